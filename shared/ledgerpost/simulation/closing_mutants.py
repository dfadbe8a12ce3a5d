"""Defects of keeping records and closing days, put in on purpose as those of `mutants`."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from ledgerpost.adapters import sqlite_commerce
from ledgerpost.adapters.announcer import QueueAnnouncer
from ledgerpost.adapters.sqlite_commerce import SqliteCommerceStore
from ledgerpost.app import close_day, run_company
from ledgerpost.domain.grouping import close
from ledgerpost.domain.grouping.document import Place
from ledgerpost.errors import StoreError


def _swallows_a_failed_announcement(sound: Any) -> Any:
    def announce(self: Any, events: Any) -> None:
        try:
            sound(self, events)
        except StoreError:
            return

    return announce


def _marks_nothing(sound: Any) -> Any:  # noqa: ARG001
    return lambda *_: None


def _one_reference_for_all_layers(sound: Any) -> Any:
    return lambda self, part=1: sound(replace(self, layer=0), part)


def _every_version_counts(sound: Any) -> Any:  # noqa: ARG001
    return lambda records: records


def _covers_what_failed(sound: Any) -> Any:  # noqa: ARG001
    return lambda _: False


def _never_taken_over(sound: Any) -> Any:  # noqa: ARG001
    return timedelta(days=3650)


def _forgets_the_first_day(sound: Any) -> Any:
    """A record that was amended to another day is kept anew there, and stays where it was."""

    def keep(connection: Any, key: Any, day: Any, record: Any) -> Any:
        statement = "DELETE FROM heads WHERE tenant = ? AND company = ? AND record LIKE ? AND day != ?"
        connection.execute(statement, (*key, f"%{record.id}%", day.isoformat()))
        return sound(connection, key, day, record)

    return keep


CLOSING_DEFECTS: tuple[tuple[Any, ...], ...] = (
    # name, what it does, caught by, profile, replacement, places
    ("swallow-announcement", "a close takes a failed send of its documents for a sent one", "I4", "closing",
     _swallows_a_failed_announcement, (QueueAnnouncer, "announce")),
    ("no-late-mark", "nobody notes that a record came after its day was over", "I4", "closing", _marks_nothing,
     (SqliteCommerceStore, "mark_late")),
    ("second-invoice", "an adjustment has the reference of the first close", "I2 I4 I16 I17", "closing",
     _one_reference_for_all_layers, (Place, "reference")),
    ("every-version", "each version of a record is summed up, not the latest", "I4", "closing", _every_version_counts,
     (close_day, "latest_versions")),
    ("cover-what-failed", "a day that failed counts as covered", "I4 I16", "closing", _covers_what_failed,
     (run_company, "_is_failure")),
    ("close-for-ever", "a close whose worker died is never taken over", "I16", "closing", _never_taken_over,
     (close, "LEASE")),
    ("two-days", "an amended record counts in the day of each version", "I4", "closing", _forgets_the_first_day,
     (sqlite_commerce, "_keep")),
)  # fmt: skip
