"""Which ledger entries of a journal carry which reference.

Ledger entries cannot be filtered by their piece number, and the date of the one that is looked for may not be known. So
the journal is read once, oldest first, and from then on only from the last id that was seen; a journal of Ledgerpost's
own keeps the first reading short. A reading that was broken off goes on where it stopped. Source: pennylane sheet,
sections 4 and 5.10; the index is ours.
"""

import threading
from collections.abc import Sequence
from typing import Any

from ledgerpost.connectors.pennylane.calls import PennylaneCalls
from ledgerpost.connectors.pennylane.filters import Filter, filter_text
from ledgerpost.connectors.pennylane.problems import PennylaneError, unreadable
from ledgerpost.domain.outcome import NotApplied, Retry, Unknown

LIMIT = 100
PAGES_AT_ONCE_MAX = 40
"""Pages of one look-up: ten seconds of the budget. A longer journal is read over several attempts."""


class JournalIndex:
    """The references of one journal. Safe to share between threads."""

    def __init__(self, calls: PennylaneCalls, journal: int) -> None:
        self._calls = calls
        self._journal = journal
        self._ids: dict[str, list[int]] = {}
        self._last_id = 0
        self._lock = threading.Lock()

    def of(self, reference: str) -> Sequence[int]:
        """Give the ids of the entries of `reference`, oldest first. Raises PennylaneError where the journal was not
        read to its end: then nothing is known of what stands there.
        """
        with self._lock:
            self._read_on()
            return tuple(self._ids.get(reference, ()))

    def _read_on(self) -> None:
        for _ in range(PAGES_AT_ONCE_MAX):
            items, has_more = self._page()
            for entry_id, reference in items:
                self._ids.setdefault(reference, []).append(entry_id)
                self._last_id = entry_id
            if not has_more:
                return
        reading = NotApplied("pennylane_journal_reading", Retry.LATER, f"Read up to entry {self._last_id}.")
        raise PennylaneError.of(reading, "Reading the journal")

    def _page(self) -> tuple[list[tuple[int, str]], bool]:
        filters = (Filter("journal_id", "eq", self._journal), Filter("id", "gt", self._last_id))
        query = {"limit": str(LIMIT), "sort": "id", "filter": filter_text("ledger_entries", filters)}
        page: Any = self._calls.get("/ledger_entries", query)
        if isinstance(page, NotApplied | Unknown):
            raise PennylaneError.of(page, "Reading the journal")
        items = page.get("items") if isinstance(page, dict) else None
        read = [_id_and_reference(item) for item in items] if isinstance(items, list) else [None]
        found = [each for each in read if each is not None]
        if len(found) != len(read) or [entry_id for entry_id, _ in found] != sorted(entry_id for entry_id, _ in found):
            raise PennylaneError.of(unreadable(200), "Reading the journal")
        return found, bool(page.get("has_more"))


def _id_and_reference(item: Any) -> tuple[int, str] | None:
    entry_id = item.get("id") if isinstance(item, dict) else None
    if not isinstance(entry_id, int) or isinstance(entry_id, bool):
        return None
    reference = item.get("piece_number")
    return entry_id, reference if isinstance(reference, str) else ""
