"""What is parked: each cause with its fix, to be redriven or skipped singly or in bulk."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import islice

from ledgerpost.app import acts
from ledgerpost.app.browse import waiting
from ledgerpost.app.operate import Bulk
from ledgerpost.console.caller import Caller
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.domain.delivery import DeliveryRecord, Status
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.rejection import Rejection
from ledgerpost.error_catalogue import CATALOGUE, CatalogueEntry
from ledgerpost.errors import UsageError, describe

SHOWN_PER_CAUSE = 25
READ_MAX = 2_000
"""Parked deliveries that a page looks at, and that one act in bulk takes on, at most."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Deliveries that are parked for one reason. `shown` are the first of `count`."""

    entry: CatalogueEntry
    count: int
    shown: tuple[DeliveryRecord, ...]


@dataclass(frozen=True, slots=True)
class Parked:
    """The page; `only` is the code that was asked for, blank for all. `events` have no delivery of their own."""

    causes: tuple[Cause, ...]
    events: tuple[tuple[Rejection, CatalogueEntry], ...]
    only: str
    is_whole: bool


def parked(tenant: TenantId, only: str, ports: ConsolePorts) -> Parked:
    """Give what is parked, the commonest cause first."""
    records = waiting(tenant, Status.PARKED, ports.browse, limit=READ_MAX + 1).records
    by_code: dict[str, list[DeliveryRecord]] = defaultdict(list)
    for record in records:
        by_code[record.code or "defect"].append(record)
    causes = [
        Cause(describe(code), len(found), tuple(_oldest_first(found)[:SHOWN_PER_CAUSE]))
        for code, found in by_code.items()
        if only in ("", code)
    ]
    events = [(each, describe(each.code)) for each in ports.set_aside(tenant)]
    return Parked(
        tuple(sorted(causes, key=lambda cause: (-cause.count, cause.entry.code))),
        tuple(events[:SHOWN_PER_CAUSE]),
        only,
        len(records) <= READ_MAX,
    )


def redrive_cause(code: str, route: str, caller: Caller, ports: ConsolePorts, *, reason: str) -> Bulk:
    """Take up all that is parked with `code`, on all routes or one. Raises UsageError for a code that there is not."""
    records = _of_cause(code, route, caller.tenant, ports)
    return acts.redrive_all(caller.tenant, records, ports.operate, ports.doing(caller, reason))


def skip_cause(code: str, route: str, caller: Caller, ports: ConsolePorts, *, reason: str) -> Bulk:
    """Skip all that is parked with `code` for good. Raises UsageError without a reason, or for an unknown code."""
    records = _of_cause(code, route, caller.tenant, ports)
    return acts.skip_all(caller.tenant, records, ports.operate, ports.doing(caller, needed_reason(reason)))


def needed_reason(reason: str) -> str:
    """Give the reason of a skip. Raises UsageError(request_unreadable) where there is none."""
    if not reason:
        raise UsageError("request_unreadable", "Say why it is skipped; the reason is kept with the delivery.")
    return reason


def _of_cause(code: str, route: str, tenant: TenantId, ports: ConsolePorts) -> list[DeliveryRecord]:
    """Give what is meant at this moment; a collision is left out, since only its owner can be posted."""
    if code not in CATALOGUE:
        raise UsageError("request_unreadable", f"There is no code {code!r}.")
    found = (
        record
        for record in ports.listing.records(tenant, Status.PARKED)
        if record.code == code and route in ("", record.route) and not record.key.collision
    )
    return list(islice(found, READ_MAX))


def _oldest_first(records: list[DeliveryRecord]) -> list[DeliveryRecord]:
    return sorted(records, key=lambda record: record.updated_at)
