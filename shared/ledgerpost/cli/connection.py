"""`ledgerpost connection test`, `fields` and `test-post`: the guide's steps 5 and 6, with its advice."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, NoReturn
from uuid import uuid4

import typer

from ledgerpost.adapters.clock import SystemClock
from ledgerpost.cli import pause
from ledgerpost.cli.inputs import configuration_from, connection_of, secrets, targets
from ledgerpost.cli.output import NEEDS_A_PERSON, leave, messages, print_json, results, table
from ledgerpost.connectors.pennypipe.problems import advice_on
from ledgerpost.connectors.pennypipe.target import PennyPipeTarget
from ledgerpost.connectors.pennypipe.trial import TestPostPlan, TestPostReport, run_test_post
from ledgerpost.domain.money import MoneyError, parse_amount
from ledgerpost.domain.outcome import AccountAbility, Applied, NotApplied, TargetClass, Unknown
from ledgerpost.domain.route import AccountId, EntryType, TenantConfiguration
from ledgerpost.errors import UsageError, describe
from ledgerpost.ports import LedgerTarget

app = typer.Typer(help="Test the way into a ledger.", no_args_is_help=True)
app.command("pause")(pause.pause)
app.command("resume")(pause.resume)
app.command("paused")(pause.paused)

ConnectionArgument = Annotated[str, typer.Argument(metavar="ID", help="The connection's id.")]
ConfigOption = Annotated[Path, typer.Option("--config", help="The configuration document.")]
AccountOption = Annotated[str, typer.Option("--account", help="The ledger account's id.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print the result for scripts.")]


@app.command("test")
def test(
    connection_id: ConnectionArgument,
    config: ConfigOption,
    as_json: JsonOption = False,
) -> None:
    """Ask the ledger for each account that a route posts to through this connection. Exit 1: one is out of reach."""
    configuration = configuration_from(config, quiet=True)
    with _ledger(configuration, connection_id) as target:
        routes = (route for route in configuration.routes.values() if route.connection == connection_id)
        accounts = sorted({route.account for route in routes})
        if not accounts:
            raise UsageError("usage", f"No route posts through {connection_id!r}; give it a route first.")
        findings = [(account, target.ability(account)) for account in accounts]
    advice = _advice_of(connection_of(configuration, connection_id).target)
    if as_json:
        plain = [_plain(account, found, advice) for account, found in findings]
        print_json({"connection": connection_id, "accounts": plain})
    else:
        for account, found in findings:
            _show(account, found, advice)
    if not all(isinstance(found, AccountAbility) for _, found in findings):
        leave(NEEDS_A_PERSON)


def fields(
    connection_id: ConnectionArgument, account: AccountOption, config: ConfigOption, as_json: JsonOption = False
) -> None:
    """Load the account's field definitions: where to copy each FieldDefinitionId from."""
    with _pennypipe(configuration_from(config, quiet=True), connection_id) as target:
        found = target.fields(AccountId(account))
    if not isinstance(found, tuple):
        _fail(found, as_json=as_json)
    if as_json:
        print_json({"fields": [asdict(field) for field in found]})
        return
    shown = table(f"Fields of {account}", "FieldDefinitionId", "name", "type", "required", "active")
    for field in found:
        required, active = ("yes" if flag else "no" for flag in (field.required, field.active))
        shown.add_row(field.id, field.name, field.type, required, active)
    results.print(shown)


def test_post(
    connection_id: ConnectionArgument,
    account: AccountOption,
    config: ConfigOption,
    amount: Annotated[str, typer.Option(help="A small amount; it is really posted.")] = "0.01",
    clean_up: Annotated[bool, typer.Option("--clean-up", help="Delete the entry again.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Post a small real entry and say what to check where it is refused. Exit 0: posted; 1: refused."""
    configuration = configuration_from(config, quiet=True)
    plan = TestPostPlan(
        account=AccountId(account),
        amount=_amount(amount),
        day=SystemClock().now().date(),
        id=uuid4(),
        type=_first_entry_type(configuration, connection_id, account),
        clean_up=clean_up,
    )
    with _pennypipe(configuration, connection_id) as target:
        report = run_test_post(target, plan)
    if as_json:
        print_json(_plain_report(report))
    else:
        _show_report(report)
    if not isinstance(report.outcome, Applied):
        leave(NEEDS_A_PERSON)


@contextmanager
def _ledger(configuration: TenantConfiguration, connection_id: str) -> Iterator[LedgerTarget]:
    """Give the ledger behind the connection; what was opened to it is closed at the end."""
    connection = connection_of(configuration, connection_id)
    with closing(targets(secrets())) as opened:
        yield opened.target_of(configuration.tenant, connection)


@contextmanager
def _pennypipe(configuration: TenantConfiguration, connection_id: str) -> Iterator[PennyPipeTarget]:
    """Give the PennyPipe behind the connection: it alone has fields, and entries that can be deleted again."""
    with _ledger(configuration, connection_id) as target:
        if not isinstance(target, PennyPipeTarget):
            raise UsageError(
                "usage", f"{connection_id} does not lead to a PennyPipe, so there is nothing of this kind."
            )
        yield target


def _amount(text: str) -> Decimal:
    try:
        amount = parse_amount(text)
    except MoneyError as error:
        raise UsageError("usage", f"--amount: {error}") from None
    if amount <= 0:
        raise UsageError("usage", "--amount has to be greater than zero.")
    return amount


def _first_entry_type(configuration: TenantConfiguration, connection_id: str, account: str) -> EntryType:
    """Give the side of the first enabled rule that posts there, else credit. Source: PennyPipe contract, 3.6."""
    for route in configuration.routes.values():
        if (route.connection, route.account) == (connection_id, account):
            for rule in route.rules.values():
                if rule.enabled:
                    return rule.entry_type
    return EntryType.CREDIT


Advice = Callable[[str], tuple[str, ...]]
"""Gives what to check where a code is met."""


def _advice_of(target: str) -> Advice:
    """Give the target's own advice, where it has any; else what the catalogue says."""

    def advice(code: str) -> tuple[str, ...]:
        own = advice_on(code) if target == "pennypipe" else ()
        return own or (describe(code).fix,)

    return advice


def _plain(account: str, found: AccountAbility | NotApplied | Unknown, advice: Advice) -> dict[str, Any]:
    if isinstance(found, AccountAbility):
        return {"account": account, "reached": True, "class": found.target_class, "currency": found.currency}
    checks = advice(found.code)
    return {"account": account, "reached": False, "code": found.code, "status": found.status, "advice": checks}


_CARE = {
    TargetClass.UPSERT: "",
    TargetClass.KEY: " (no upsert: each post carries an idempotency key)",
    TargetClass.LOOK_UP: " (no upsert: each post is looked up first)",
    TargetClass.NONE: " (no upsert: a post whose outcome is not known asks a person)",
}
"""What an account's class means for a post, where a repeat is not harmless by itself."""


def _show(account: str, found: AccountAbility | NotApplied | Unknown, advice: Advice) -> None:
    if isinstance(found, AccountAbility):
        kept_in = f", kept in {found.currency}" if found.currency else ""
        results.print(f"[green]✓[/green] {account}: reached{kept_in}{_CARE[found.target_class]}", highlight=False)
        return
    results.print(f"[red]✗[/red] {account}: {found.code}: {describe(found.code).cause}", highlight=False)
    for line in advice(found.code):
        results.print(f"    → {line}", highlight=False)


def _fail(found: NotApplied | Unknown, *, as_json: bool) -> NoReturn:
    if as_json:
        print_json(_plain("", found, _advice_of("pennypipe")))
    else:
        _show("fields", found, _advice_of("pennypipe"))
    leave(NEEDS_A_PERSON)


def _plain_report(report: TestPostReport) -> dict[str, Any]:
    outcome = report.outcome
    posted = isinstance(outcome, Applied)
    return {
        "posted": posted,
        "referenceId": report.reference,
        "ledgerId": outcome.ledger_id if isinstance(outcome, Applied) else None,
        "code": None if isinstance(outcome, Applied) else outcome.code,
        "status": None if isinstance(outcome, Applied) else outcome.status,
        "advice": list(report.advice),
        "leavesAnEntry": report.leaves_an_entry,
    }


def _show_report(report: TestPostReport) -> None:
    outcome = report.outcome
    if isinstance(outcome, Applied):
        results.print(f"[green]✓[/green] Posted as {outcome.ledger_id} ({report.reference}).", highlight=False)
    else:
        status = f" ({outcome.status})" if outcome.status else ""
        results.print(f"[red]✗[/red] {outcome.code}{status}: {describe(outcome.code).cause}", highlight=False)
        for line in report.advice:
            results.print(f"    → {line}", highlight=False)
    if report.leaves_an_entry:
        messages.print("The account now holds, or may hold, a real entry of that amount; --clean-up deletes it.")
