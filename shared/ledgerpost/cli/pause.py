"""`ledgerpost connection pause`, `resume` and `paused`: hold everything back from a ledger or one account."""

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from ledgerpost.app import acts
from ledgerpost.app.operate import Bulk
from ledgerpost.app.pausing import Scope, take_up
from ledgerpost.cli.books import Books, ByOption, StageOption, StateOption, TenantOption, open_books
from ledgerpost.cli.inputs import configuration_from
from ledgerpost.cli.output import NEEDS_A_PERSON, leave, print_json, results, table
from ledgerpost.domain.delivery import Status
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.pause import Pause
from ledgerpost.domain.route import AccountId, ConnectionId
from ledgerpost.errors import UsageError, describe

ConnectionArgument = Annotated[str, typer.Argument(metavar="ID", help="The connection's id.")]
AccountOption = Annotated[str | None, typer.Option("--account", help="Only this account of the connection.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result for scripts.")]


def pause(
    connection_id: ConnectionArgument,
    tenant: TenantOption,
    reason: Annotated[str, typer.Option(help="Why; shown with everything that waits.")],
    account: AccountOption = None,
    state: StateOption = None,
    stage: StageOption = None,
    by: ByOption = None,
) -> None:
    """Post nothing through a connection until it is resumed; what comes meanwhile waits as parked.

    On a stage it holds within a minute. Exit 1: it was paused already.
    """
    scope = _scope(tenant, connection_id, account)
    with open_books(state, stage) as books:
        is_new = acts.pause(scope, books.pausing, books.doing(by, reason))
    results.print(f"{_named(scope)} {'is paused' if is_new else 'was paused already'}.", highlight=False)
    if not is_new:
        leave(NEEDS_A_PERSON)


def resume(
    connection_id: ConnectionArgument,
    tenant: TenantOption,
    account: AccountOption = None,
    state: StateOption = None,
    stage: StageOption = None,
    config: Annotated[Path | None, typer.Option("--config", help="With --state: what to deliver by.")] = None,
    reason: Annotated[str, typer.Option(help="Why; kept with each delivery.")] = "",
    by: ByOption = None,
    as_json: JsonOption = False,
) -> None:
    """End a pause and take up again all that waited for it, with a fresh budget of attempts.

    May be called again, also where nothing is paused: it then takes up what an interrupted resume left. Exit 1: with
    --state, something is parked again.
    """
    if state is not None and config is None:
        raise UsageError("usage", "--state also needs --config C, what to deliver by.")
    scope = _scope(tenant, connection_id, account)
    configuration = configuration_from(config, quiet=True) if config else None
    with open_books(state, stage, configuration) as books:
        doing = books.doing(by, reason)
        ended, taken_up = acts.resume(scope, books.pausing, doing)
        taken_up += _take_up_late(scope, ended, books, doing.person.by)
        books.settle()
        parked = sum(1 for _ in books.records(tenant, Status.PARKED)) if state is not None else 0
    if as_json:
        print_json({"resumed": ended is not None, "redriven": taken_up.done, "parked": parked})
    else:
        first = f"{_named(scope)} is resumed" if ended else f"{_named(scope)} was not paused"
        results.print(f"{first}; {taken_up.done} deliveries were taken up again.", highlight=False)
    if parked:
        leave(NEEDS_A_PERSON)


def paused(
    tenant: TenantOption, state: StateOption = None, stage: StageOption = None, as_json: JsonOption = False
) -> None:
    """List what is paused, by whom, since when and why."""
    with open_books(state, stage) as books:
        found = books.pauses.pauses(TenantId(tenant), fresh=True)
    if as_json:
        print_json({"paused": [_plain(each) for each in found]})
        return
    shown = table("Paused", "connection", "account", "code", "by", "since", "reason", "next step")
    for each in found:
        since, fix = f"{each.at:%Y-%m-%d %H:%M}", describe(each.code).fix
        shown.add_row(each.connection, each.account or "all", each.code, each.by, since, each.reason, fix)
    results.print(shown)


def _take_up_late(scope: Scope, ended: Pause | None, books: Books, by: str) -> Bulk:
    """Take up once more what the index did not show at first."""
    if not books.lag_s:
        return Bulk(0, 0)
    time.sleep(books.lag_s)
    return take_up(scope, ended, books.pausing, by=by)


def _scope(tenant: str, connection: str, account: str | None) -> Scope:
    return Scope(TenantId(tenant), ConnectionId(connection), AccountId(account) if account else None)


def _named(scope: Scope) -> str:
    what = f"Connection {scope.connection}"
    return what if scope.account is None else f"Account {scope.account} of {what.lower()}"


def _plain(pause: Pause) -> dict[str, Any]:
    return {
        "connection": pause.connection,
        "account": pause.account,
        "code": pause.code,
        "by": pause.by,
        "at": pause.at.isoformat(),
        "reason": pause.reason or None,
        "fix": describe(pause.code).fix,
    }
