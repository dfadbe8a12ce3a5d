"""Who changed what, and when: the tenant's chained change log, checked as it is shown."""

from collections.abc import Sequence
from dataclasses import dataclass

from ledgerpost.app.change_log import check
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.domain.change_log import ChainCheck, ChangeEntry
from ledgerpost.domain.event import TenantId

SHOWN_MAX = 50


@dataclass(frozen=True, slots=True)
class Audit:
    """The page, the latest first. `before` leads to the earlier ones, None at the first. `chain` is None unless it was
    asked for: checking reads the whole log.
    """

    entries: Sequence[ChangeEntry]
    before: int | None
    chain: ChainCheck | None


def audit(tenant: TenantId, ports: ConsolePorts, *, before: int | None = None, checked: bool = False) -> Audit:
    """Give a page of the change log."""
    entries = ports.changes.latest(tenant, SHOWN_MAX, before)
    earlier = entries[-1].number if entries and entries[-1].number > 1 else None
    return Audit(entries, earlier, check(tenant, ports.changes) if checked else None)
