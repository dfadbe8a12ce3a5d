"""Approvals as they come from outside the bus: the body of a webhook, and the lines of a file, ready for the bus.

The form is that of a file of events (`event_file`): PutEvents entries, one a line, or one JSON document of one or
several. Each is validated as intake would validate it, so that what the bus has taken is taken in.
"""

from collections.abc import Sequence

from ledgerpost.app.webhook import BusEntry
from ledgerpost.errors import EventError
from ledgerpost.wire.approval import read_event
from ledgerpost.wire.event_file import BadLine, EventEntry, read_entries

_ANY_ID = "not-published-yet"
_ANY_TIME = "1970-01-01T00:00:00Z"


def read_approvals(body: bytes) -> Sequence[BusEntry]:
    """Give the approvals of a webhook's body. Raises EventError for the first that is none; nothing of a value is
    quoted in it.
    """
    entries: list[BusEntry] = []
    for item in read_entries(body, "body"):
        if isinstance(item, BadLine):
            raise item.error
        entries.append(bus_entry_of(item))
    return entries


def bus_entry_of(entry: EventEntry) -> BusEntry:
    """Give an entry of a file ready for the bus, with its tenant. Raises EventError where it is no approval."""
    try:
        event = read_event(entry.envelope(_ANY_ID, time=_ANY_TIME))
    except EventError as error:
        path = f"line {entry.line}: {error.path}" if error.path else f"line {entry.line}"
        raise EventError(error.code, error.message, path=path) from None
    return BusEntry(
        source=entry.source,
        detail_type=entry.detail_type,
        detail=entry.detail,
        tenant=event.tenant,
        time=entry.time,
    )
