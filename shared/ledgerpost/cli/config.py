"""`ledgerpost config`: checking the configuration document, and what was applied when."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from ledgerpost.adapters.formulas import RuleEngineFormulas
from ledgerpost.app.doctor import Check, Verdict
from ledgerpost.app.doctor_configuration import diagnose_connections
from ledgerpost.cli.doctor import ASKED_SIDE_BY_SIDE, plain_check, show_checks, working_ports
from ledgerpost.cli.inputs import text_of_file
from ledgerpost.cli.output import (
    NEEDS_A_PERSON,
    REFUSED_INPUT,
    leave,
    plain_problem,
    print_error,
    print_json,
    print_warnings,
    results,
    table,
)
from ledgerpost.cli.stage import NeededStage, Stage
from ledgerpost.cli.stage_secrets import as_planned, uploads_of
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.route import TenantConfiguration
from ledgerpost.errors import ConfigurationError
from ledgerpost.wire.configuration import CheckedConfiguration, read_configuration

app = typer.Typer(help="Check the configuration document; list what was applied.", no_args_is_help=True)

JsonOption = Annotated[bool, typer.Option("--json", help="Print the result for scripts.")]


@app.command("check")
def check(
    document: Annotated[Path, typer.Argument(metavar="C", help="The configuration document, YAML or JSON.")],
    stage: Annotated[
        str | None, typer.Option("--stage", help="Also read its secrets there, and ask the ledgers for each account.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check a document without applying it.

    Exit 0: accepted (warnings included); 1: with --stage, a secret or an account is out of reach; 2: refused.
    """
    try:
        checked, checks = _checked(text_of_file(document), stage)
    except ConfigurationError as error:
        if as_json:
            print_json({"accepted": False, "problems": [plain_problem(problem) for problem in error.problems]})
        else:
            print_error(error)
        leave(REFUSED_INPUT)
    if as_json:
        findings = {"checks": [plain_check(each) for each in checks]} if stage else {}
        print_json({"accepted": True, "warnings": [plain_problem(warning) for warning in checked.warnings]} | findings)
    else:
        print_warnings(checked.warnings)
        _show_routes(checked.configuration)
        if stage:
            show_checks(checks, f"Connections, on stage {stage}", every=True)
        results.print(f"Accepted, with {len(checked.warnings)} warnings.")
    if any(each.verdict is Verdict.FAIL for each in checks):
        leave(NEEDS_A_PERSON)


def _checked(text: str, stage: str | None) -> tuple[CheckedConfiguration, list[Check]]:
    if stage is None:
        return read_configuration(text, allow_loopback=True, formulas=RuleEngineFormulas()), []
    target = Stage(stage)
    checked = read_configuration(text, allow_loopback=target.is_emulated, formulas=RuleEngineFormulas())
    configuration = as_planned(checked.configuration, target, uploads_of(target, checked.configuration), upload=False)
    with ThreadPoolExecutor(ASKED_SIDE_BY_SIDE) as executor:
        return checked, list(diagnose_connections(configuration, working_ports(target, executor)))


def _show_routes(configuration: TenantConfiguration) -> None:
    shown = table(f"Routes of {configuration.tenant}", "route", "stream", "connection", "account", "rules", "enabled")
    for route in configuration.routes.values():
        mapped = [str(kind) for kind, rule in route.rules.items() if rule.enabled]
        if route.collection is not None:
            mapped.append(f"{route.collection.kind} by {route.collection.collection.name}")
        rules = ", ".join(mapped) or "none"
        enabled = "yes" if route.enabled else "no"
        shown.add_row(route.id, route.stream, route.connection, route.account, rules, enabled)
    results.print(shown)


@app.command("history")
def history(
    tenant: Annotated[str, typer.Option("--tenant", help="The tenant whose applications are meant.")],
    stage: NeededStage,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """List who applied what when, the latest first."""
    applications = Stage(stage).configurations.history(TenantId(tenant), limit)
    if as_json:
        print_json([
            {"revision": each.revision, "by": each.by, "at": each.at.isoformat(), "changes": list(each.changes)}
            for each in applications
        ])  # fmt: skip
        return
    shown = table(f"Applied to {tenant} on stage {stage}", "revision", "at", "by", "changes", numbers=("revision",))
    for each in applications:
        shown.add_row(
            str(each.revision), f"{each.at:%Y-%m-%d %H:%M:%S}", escape(each.by), escape("\n".join(each.changes))
        )
    results.print(shown)
