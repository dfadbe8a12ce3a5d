"""Undoing a route's day from a page: what would be reversed, the reversals themselves, and the ledger read back."""

from dataclasses import dataclass, replace
from datetime import date

from ledgerpost.app import acts
from ledgerpost.app.undo import Undone, UndoPlan, UndoPorts, check_undone, plan_undo
from ledgerpost.console.caller import Caller
from ledgerpost.console.editing import applied_or_empty
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.console.views.books import records_of_day
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.route import Route, RouteId
from ledgerpost.errors import UsageError, describe
from ledgerpost.wire.message import message_for, read_accepted_event


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoPage:
    """The page. `plan` is None until a day is chosen; `sent` is how many reversals were sent just now; `undone` is what
    the ledger shows of them, None until it was asked.
    """

    routes: tuple[Route, ...]
    route: str = ""
    day: date | None = None
    plan: UndoPlan | None = None
    sent: int | None = None
    undone: Undone | None = None

    @property
    def left(self) -> list[tuple[str, str]]:
        """What is left as it is, by its reference, with why."""
        return [(each.record.key.reference, describe(each.code).cause) for each in self.plan.left] if self.plan else []


def undo_page(tenant: TenantId, ports: ConsolePorts) -> UndoPage:
    """Give the form."""
    configuration, _ = applied_or_empty(ports, tenant)
    return UndoPage(routes=tuple(sorted(configuration.routes.values(), key=lambda each: each.id)))


def planned(tenant: TenantId, route: str, day_text: str, ports: ConsolePorts) -> UndoPage:
    """Say what undoing the day would do; nothing is done. Raises UsageError for a day or route that is none."""
    page = undo_page(tenant, ports)
    try:
        day = date.fromisoformat(day_text)
    except ValueError:
        raise UsageError("request_unreadable", "Choose a business day, such as 2026-01-31.") from None
    configuration, _ = applied_or_empty(ports, tenant)
    chosen = [each for each in page.routes if each.id == route]
    records = list(records_of_day(tenant, chosen, day, ports))
    plan = plan_undo(configuration, RouteId(route), day, records, _undo_ports(ports))
    return replace(page, route=route, day=day, plan=plan)


def undo_day(caller: Caller, route: str, day_text: str, reason: str, ports: ConsolePorts) -> UndoPage:
    """Send the reversals of the day, worked out anew. Raises UsageError, StoreError."""
    page = planned(caller.tenant, route, day_text, ports)
    assert page.plan is not None, "a plan was just made"
    sent = acts.undo(caller.tenant, page.plan, _undo_ports(ports), ports.doing(caller, reason))
    return replace(page, sent=sent)


def checked(tenant: TenantId, route: str, day_text: str, ports: ConsolePorts) -> UndoPage:
    """Read each entry and its reversal back from the ledger. Raises UsageError."""
    page = planned(tenant, route, day_text, ports)
    assert page.plan is not None, "a plan was just made"
    configuration, _ = applied_or_empty(ports, tenant)
    return replace(page, undone=check_undone(page.plan, configuration, _undo_ports(ports)))


def _undo_ports(ports: ConsolePorts) -> UndoPorts:
    return UndoPorts(
        read_event=read_accepted_event,
        message_for=message_for,
        records=ports.operate.records,
        deliveries=ports.operate.deliveries,
        targets=ports.targets(ports.secrets),
    )
