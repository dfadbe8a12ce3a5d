"""What comes of a file of events, as far as it can be told without a store: the pure core run over its entries."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from ledgerpost.domain.claim import Claim, Collide, Leave, Put, first_record, offer
from ledgerpost.domain.decision import RetryPolicy, decide
from ledgerpost.domain.delivery import DeliveryKey, DeliveryRecord, Work, work_of
from ledgerpost.domain.entry import LedgerEntry
from ledgerpost.domain.event import ApprovalEvent
from ledgerpost.domain.mapping import Refusal, Skip, map_entry
from ledgerpost.domain.outcome import Applied, TargetClass
from ledgerpost.domain.route import TenantConfiguration
from ledgerpost.errors import EventError
from ledgerpost.wire.approval import read_event
from ledgerpost.wire.event_file import BadLine, EventEntry, read_entries

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LEASE = timedelta(seconds=90)
Records = dict[DeliveryKey, DeliveryRecord]


def outcomes_of(path: Path, configuration: TenantConfiguration) -> list[str]:
    """Give one sentence per entry, such as `entry credit 139.12 GBP on 2010-12-01` or `skipped zero_amount`."""
    records: Records = {}
    entries = read_entries(path.read_bytes(), path.name)
    return [_outcome(entry, number, configuration, records) for number, entry in enumerate(entries, start=1)]


def _outcome(line: EventEntry | BadLine, number: int, configuration: TenantConfiguration, records: Records) -> str:
    if isinstance(line, BadLine):
        return f"refused {line.code} at line {line.line}"
    try:
        event = read_event(line.envelope(f"event-{number}", time="2026-01-01T00:00:00Z"))
    except EventError as error:
        return f"refused {error.code} at {error.path}" if error.path else f"refused {error.code}"
    if event.tenant != configuration.tenant:
        return "refused unknown_tenant at detail.tenantId"
    return _delivered(event, configuration, records)


def _delivered(event: ApprovalEvent, configuration: TenantConfiguration, records: Records) -> str:
    (route,) = configuration.routes_for(event)
    mapped = map_entry(event, route, route.rules[event.kind])
    match mapped:
        case Skip():
            if mapped.reference is None or not records:
                return f"skipped {mapped.code}"
            work = work_of(event, route, mapped.reference, None, code=mapped.code)
        case Refusal():
            return f"parked {mapped.code}"
        case LedgerEntry():
            work = work_of(event, route, mapped.reference, mapped)
    return _recorded(work, records)


def _recorded(work: Work, records: Records) -> str:
    known = records.get(work.key)
    answer = offer(known, work, NOW, LEASE) if known else first_record(work, NOW, LEASE)
    match answer:
        case Claim(record):
            applied = decide(record, Applied("entry-1", created=True), TargetClass.UPSERT, RetryPolicy(), NOW)
            records[work.key] = applied.record
            assert work.entry is not None
            return f"entry {work.entry.type} {work.entry.money} {work.entry.money.currency} on {work.entry.day}"
        case Put(record, _, result):
            records[work.key] = record
            return f"{result} {record.code}" if record.code else str(result)
        case Leave(result):
            return str(result)
        case Collide():
            return "parked reference_collision"
        case _:
            raise AssertionError(f"{answer} cannot come of a file: no claim is in flight")
