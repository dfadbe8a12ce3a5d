"""`ledgerpost doctor`: whether a deployed stage is well."""

from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated, Any

import typer
from rich.markup import escape

from ledgerpost.adapters.clock import SystemClock
from ledgerpost.app.doctor import Check, Verdict, diagnose
from ledgerpost.app.doctor_configuration import WorkingPorts, diagnose_configurations
from ledgerpost.cli.output import NEEDS_A_PERSON, leave, print_json, results, table
from ledgerpost.cli.stage import NeededStage, Stage
from ledgerpost.domain.event import TenantId
from ledgerpost.errors import UsageError

ASKED_SIDE_BY_SIDE = 8

_MARKS = {Verdict.OK: "[green]✓ ok[/green]", Verdict.WARN: "[yellow]! warn[/yellow]", Verdict.FAIL: "[red]✗ fail[/red]"}


def doctor(
    stage: NeededStage,
    tenant: Annotated[str | None, typer.Option("--tenant", help="Only this tenant's connections.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Show each part that is well, too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result for scripts.")] = False,
) -> None:
    """Look at every part of a deployed stage. Exit 0: all is well, perhaps with warnings; 1: something has failed."""
    target = Stage(stage)
    with ThreadPoolExecutor(ASKED_SIDE_BY_SIDE) as executor:
        checks = list(_checks(target, tenant, executor))
    verdicts = Counter(check.verdict for check in checks)
    if as_json:
        counts = {verdict.value: verdicts[verdict] for verdict in Verdict}
        print_json({"stage": stage, **counts, "checks": [plain_check(check) for check in checks]})
    else:
        show_checks(checks, f"Stage {stage}", every=every)
        results.print(", ".join(f"{verdicts[verdict]} {verdict}" for verdict in Verdict))
    if verdicts[Verdict.FAIL]:
        leave(NEEDS_A_PERSON)


def _checks(stage: Stage, tenant: str | None, executor: ThreadPoolExecutor) -> Iterator[Check]:
    from ledgerpost.cli.stage_view import AwsStageView, expected_resources  # noqa: PLC0415 - brings botocore

    yield from diagnose(AwsStageView(stage), expected_resources(), executor)
    try:
        ports = working_ports(stage, executor)
    except UsageError as error:
        # A clock that is wrong also ends here, and was told already.
        yield Check("configuration", "tenants", Verdict.FAIL, error.message, error.fix)
    else:
        yield from diagnose_configurations([TenantId(tenant)] if tenant else None, ports)


def working_ports(stage: Stage, executor: ThreadPoolExecutor) -> WorkingPorts:
    """Give what the checks of connections need. Raises UsageError(stage_not_found)."""
    return WorkingPorts(
        configurations=stage.configurations,
        clock=SystemClock(),
        secrets=stage.secrets,
        targets=stage.targets(stage.secrets),
        executor=executor,
    )


def show_checks(checks: Iterable[Check], title: str, *, every: bool) -> None:
    """Print what is not well, each with its next step; what is well by its area alone, or each where `every`."""
    shown = table(title, "", "area", "what", "finding")
    well: Counter[str] = Counter()
    for check in checks:
        if check.verdict is Verdict.OK and not every:
            well[check.area] += 1
            continue
        finding = escape(check.finding) + (f"\n→ {escape(check.fix)}" if check.fix else "")
        shown.add_row(_MARKS[check.verdict], check.area, escape(check.name), finding)
    for area, count in well.items():
        shown.add_row(_MARKS[Verdict.OK], area, f"{count}", "")
    results.print(shown)


def plain_check(check: Check) -> dict[str, Any]:
    """Give a check for scripts."""
    return {
        "area": check.area,
        "name": check.name,
        "verdict": check.verdict,
        "finding": check.finding,
        "fix": check.fix or None,
    }
