"""Approvals as they come from outside the bus: the body of a webhook, and the lines of a file, ready for the bus.

The form is that of a file of events (`event_file`): PutEvents entries, one a line, or one JSON document of one or
several. Each is validated as intake would validate it, so that what the bus has taken is taken in.
"""

from collections.abc import Iterator, Sequence

from ledgerpost.app.webhook import BusEntry
from ledgerpost.domain.event import ApprovalEvent
from ledgerpost.errors import EventError
from ledgerpost.wire.approval import read_event
from ledgerpost.wire.event_file import BadLine, EventEntry, read_entries
from ledgerpost.wire.message import read_accepted_event

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


def entries_of_file(content: bytes, file: str) -> Iterator[BusEntry | EventError]:
    """Give the approvals of a file of events in their order, and an error with its line for each that is none."""
    for item in read_entries(content, file):
        if isinstance(item, BadLine):
            yield item.error
            continue
        try:
            yield bus_entry_of(item)
        except EventError as error:
            yield error


def approval_of(entry: BusEntry) -> ApprovalEvent:
    """Give the approval of an entry that was validated, as delivering would see it."""
    envelope = EventEntry(
        line=0, source=entry.source, detail_type=entry.detail_type, time=entry.time, detail=entry.detail
    )
    return read_accepted_event(envelope.envelope(_ANY_ID, time=_ANY_TIME))
