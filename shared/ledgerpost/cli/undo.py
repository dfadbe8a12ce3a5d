"""`ledgerpost undo`: take a route's day back by reversals, shown first, and read back after."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from ledgerpost.app import acts
from ledgerpost.app.undo import Undone, UndoPlan, UndoPorts, check_undone, plan_undo
from ledgerpost.cli.books import Books, ByOption, StageOption, StateOption, open_books
from ledgerpost.cli.inputs import configuration_from, secrets, targets
from ledgerpost.cli.output import NEEDS_A_PERSON, leave, messages, print_json, results, table
from ledgerpost.cli.stage import Stage
from ledgerpost.domain.delivery import OPEN
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.route import RouteId, TenantConfiguration
from ledgerpost.errors import UsageError, describe
from ledgerpost.ports import LedgerTargets
from ledgerpost.wire.message import message_for, read_accepted_event

POLL_S = 2.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a day is undone: the records, the configuration that is applied, and its ledgers."""

    books: Books
    configuration: TenantConfiguration
    ports: UndoPorts

    def plan(self, route: str, day: date) -> UndoPlan:
        """Work out the reversals as the records are now."""
        records = self.books.records(self.configuration.tenant)
        return plan_undo(self.configuration, RouteId(route), day, records, self.ports)


def undo(
    route: Annotated[str, typer.Option("--route", help="The route whose day is taken back.")],
    day: Annotated[str, typer.Option("--day", help="The business day, YYYY-MM-DD.")],
    tenant: Annotated[str | None, typer.Option("--tenant", help="With --stage: whose route it is.")] = None,
    state: StateOption = None,
    stage: StageOption = None,
    config: Annotated[Path | None, typer.Option("--config", help="With --state: what was delivered by.")] = None,
    post: Annotated[bool, typer.Option("--post", help="Post the reversals; without it they are only shown.")] = False,
    wait_s: Annotated[float, typer.Option("--wait", min=0, help="With --stage: wait so many seconds for them.")] = 120,
    reason: Annotated[str, typer.Option(help="Why; kept in the change log.")] = "",
    by: ByOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result for scripts.")] = False,
) -> None:
    """Reverse every entry that a route brought into its ledger on a business day. Without --post nothing is done.

    Each reversal is an entry of its own, on the other side, under the original's reference with `:undo:` and a mark;
    made again, the same undo posts nothing more. Exit 0: all is cancelled out, or would be; 1: something is left to a
    person.
    """
    with _place(tenant, state, stage, config) as place:
        plan = place.plan(route, _day(day))
        undone = None
        if post and plan.reversals:
            acts.undo(place.configuration.tenant, plan, place.ports, place.books.doing(by, reason))
            place.books.settle()
            _wait(plan, place, wait_s if stage is not None else 0)
            undone = check_undone(plan, place.configuration, place.ports)
    if as_json:
        print_json(_plain(plan, undone))
    else:
        _show(plan, undone)
    if plan.left or (undone is not None and not undone.ties_out):
        leave(NEEDS_A_PERSON)


@contextmanager
def _place(tenant: str | None, state: Path | None, stage: str | None, config: Path | None) -> Iterator[Place]:
    configuration, ledgers = _configuration(tenant, stage, config)
    with open_books(state, stage, configuration) as books:
        ports = UndoPorts(
            read_event=read_accepted_event,
            message_for=message_for,
            records=books.ports.records,
            deliveries=books.ports.deliveries,
            targets=ledgers,
        )
        yield Place(books, configuration, ports)


def _configuration(
    tenant: str | None, stage: str | None, config: Path | None
) -> tuple[TenantConfiguration, LedgerTargets]:
    if stage is None:
        if config is None:
            raise UsageError("usage", "--state also needs --config C, what was delivered by.")
        return configuration_from(config, quiet=True), targets(secrets())
    if tenant is None:
        raise UsageError("usage", "--stage also needs --tenant T.")
    target = Stage(stage)
    applied = target.configurations.applied(TenantId(tenant))
    if applied is None:
        raise UsageError("usage", f"The stage has no configuration of the tenant {tenant!r}.")
    return applied.configuration, target.targets(target.secrets)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError("usage", f"{text!r} is not a day (YYYY-MM-DD).") from None


def _wait(plan: UndoPlan, place: Place, wait_s: float) -> None:
    """Wait until no reversal of the plan is still under way, or until the time is over."""
    until = time.monotonic() + wait_s
    keys = {each.original.key._replace(reference=each.opposite.reference, collision="") for each in plan.reversals}
    while keys and time.monotonic() < until:
        records = {key: place.books.ports.records.get(key) for key in keys}
        keys = {key for key, record in records.items() if record is None or record.status in OPEN}
        if keys:
            messages.print(f"{len(keys)} reversals are under way.", highlight=False)
            time.sleep(POLL_S)


def _show(plan: UndoPlan, undone: Undone | None) -> None:
    shown = table("Reversals", "reference", "by", "side", "amount", "currency", numbers=("amount",))
    for each in plan.reversals:
        opposite = each.opposite
        shown.add_row(
            each.original.key.reference,
            opposite.reference,
            opposite.type,
            f"{opposite.money.amount:,f}",
            opposite.money.currency,
        )
    results.print(shown)
    for total in plan.sums:
        sides = f"{total.credit:,f} credit, {total.debit:,f} debit {total.currency}"
        results.print(f"{total.reversals} reversals: {sides}.", highlight=False)
    for left in plan.left:
        results.print(f"[yellow]{left.code}[/yellow] {left.record.key.reference}: {describe(left.code).cause}")
        results.print(f"    → {describe(left.code).fix}", highlight=False)
    if undone is None:
        posted = "There is nothing to reverse." if not plan.reversals else "Nothing was posted; give --post for that."
        results.print(posted, highlight=False)
        return
    results.print(f"{undone.cancelled} of {len(plan.reversals)} entries are cancelled out.", highlight=False)
    for reference, why in (*undone.open, *undone.unread):
        results.print(f"[red]✗[/red] {reference}: {why}", highlight=False)


def _plain(plan: UndoPlan, undone: Undone | None) -> dict[str, Any]:
    return {
        "route": plan.route.id,
        "day": plan.day.isoformat(),
        "reversals": [
            {
                "referenceId": each.original.key.reference,
                "reversedBy": each.opposite.reference,
                "side": each.opposite.type,
                "amount": each.opposite.money.amount,
                "currency": each.opposite.money.currency,
                "isThere": each.is_there,
            }
            for each in plan.reversals
        ],
        "left": [{"referenceId": each.record.key.reference, "code": each.code} for each in plan.left],
        "posted": undone is not None,
        "cancelled": undone.cancelled if undone is not None else None,
        "open": [{"referenceId": reference, "why": why} for reference, why in undone.open] if undone else None,
        "unread": [{"referenceId": reference, "code": code} for reference, code in undone.unread] if undone else None,
    }
