"""`ledgerpost backfill`: approvals of the past from a file onto a stage's bus, counted first."""

import hashlib
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from ledgerpost.adapters.checkpoints import DynamoCheckpoints
from ledgerpost.adapters.event_bus import EventBridgeBus
from ledgerpost.adapters.formulas import RuleEngineFormulas
from ledgerpost.adapters.queue_depth import SqsDepth
from ledgerpost.app import acts
from ledgerpost.app.acts import Doing
from ledgerpost.app.backfill import BackfillPlan, BackfillPorts, BackfillRun, Pace, plan_backfill, run_backfill
from ledgerpost.app.webhook import BusEntry
from ledgerpost.cli.books import ByOption, StageOption
from ledgerpost.cli.inputs import configuration_from, text_of_file
from ledgerpost.cli.output import NEEDS_A_PERSON, leave, messages, print_json, results, table
from ledgerpost.cli.stage import Stage
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.route import TenantConfiguration
from ledgerpost.errors import EventError, UsageError
from ledgerpost.wire.approvals import approval_of, entries_of_file
from ledgerpost.wire.column_map import read_column_map, read_rows


def backfill(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSON Lines of bus entries, or CSV with --map.")],
    tenant: Annotated[str | None, typer.Option("--tenant", help="With --stage: whose approvals they are.")] = None,
    stage: StageOption = None,
    config: Annotated[Path | None, typer.Option("--config", help="Count by this document, without a stage.")] = None,
    column_map: Annotated[Path | None, typer.Option("--map", help="The column map of a CSV file, YAML.")] = None,
    post: Annotated[bool, typer.Option("--post", help="Publish them; without it they are only counted.")] = False,
    per_second: Annotated[float, typer.Option("--rate", min=0.1, help="Approvals a second at most.")] = 50.0,
    waiting_max: Annotated[int, typer.Option("--waiting", min=0, help="Wait while more messages are queued.")] = 200,
    reason: Annotated[str, typer.Option(help="Why; kept in the change log.")] = "",
    by: ByOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result for scripts.")] = False,
) -> None:
    """Bring approvals of the past onto a stage, beside live traffic. Without --post they are only counted and summed.

    A run that broke off goes on where it was when the command is given again with the same file. Exit 0: all is
    published, or could be; 1: a line is no approval, or the queues stayed busy; 2: refused.
    """
    content = _content(file)
    text = text_of_file(column_map) if column_map is not None else ""
    items = list(_items(content, file.name, text))
    target = Stage(stage) if stage is not None else None
    configuration = _configuration(target, tenant, config)
    plan = plan_backfill(items, configuration, approval_of, RuleEngineFormulas())
    run = None
    if post:
        upload = _Upload(
            configuration.tenant,
            file.name,
            hashlib.sha256(content + text.encode()).hexdigest(),
            _publishable(items, plan),
        )
        on = _needed(target)
        pace = Pace(waiting_max=waiting_max, per_second=per_second)
        run = _publish(upload, on, pace, on.doing(by, reason))
    if as_json:
        print_json(_plain(plan, run))
    else:
        _show(plan, run)
    if plan.bad_count or (run is not None and not run.is_complete):
        leave(NEEDS_A_PERSON)


@dataclass(frozen=True, slots=True)
class _Upload:
    """What is published: `digest` is that of the file and its column map, by which a later run goes on."""

    tenant: TenantId
    name: str
    digest: str
    entries: Sequence[BusEntry]


def _publish(upload: _Upload, target: Stage, pace: Pace, doing: Doing) -> BackfillRun:
    """Put the approvals on the stage's bus, and keep in the change log who did."""
    return acts.backfill(
        upload.tenant,
        f"{upload.name} {upload.digest}",
        len(upload.entries),
        lambda: run_backfill(upload.entries, upload.digest, pace, _ports(target), progress=_progress),
        doing,
    )


def _needed(target: Stage | None) -> Stage:
    if target is None:
        raise UsageError("usage", "--post needs --stage S; on this machine `ledgerpost local` takes such a file.")
    return target


def _publishable(items: Iterable[BusEntry | EventError], plan: BackfillPlan) -> list[BusEntry]:
    if plan.bad_count:
        _show(plan, None)
        raise UsageError("usage", f"{plan.bad_count} lines are no approval; mend or remove them first.")
    return [item for item in items if isinstance(item, BusEntry)]


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise UsageError("usage", f"{file} cannot be read: {error}.") from None


def _items(content: bytes, name: str, column_map: str) -> Iterable[BusEntry | EventError]:
    if column_map:
        return read_rows(content, read_column_map(column_map))
    if name.casefold().endswith(".csv"):
        raise UsageError("usage", "A CSV file needs its column map: --map M.")
    return entries_of_file(content, name)


def _configuration(target: Stage | None, tenant: str | None, config: Path | None) -> TenantConfiguration:
    if target is None:
        if config is None:
            raise UsageError("usage", "Give --stage S and --tenant T, or --config C to count only.")
        return configuration_from(config, quiet=True)
    if tenant is None:
        raise UsageError("usage", "--stage also needs --tenant T.")
    applied = target.configurations.applied(TenantId(tenant))
    if applied is None:
        raise UsageError("usage", f"The stage has no configuration of the tenant {tenant!r}.")
    return applied.configuration


def _ports(target: Stage) -> BackfillPorts:
    queues = (target.output("IntakeQueueUrl"), target.output("DeliveryQueueUrl"))
    return BackfillPorts(
        bus=EventBridgeBus(target.client("events"), target.output("EventBusName")),
        checkpoints=DynamoCheckpoints(target.client("dynamodb"), target.output("RoutesTableName")),
        depth=SqsDepth(target.client("sqs"), queues),
        clock=target.services.clock(),
        pause=time.sleep,
    )


def _progress(reached: int, total: int) -> None:
    if reached % 1000 < 20 or reached == total:
        messages.print(f"{reached} of {total} are published.", highlight=False)


def _show(plan: BackfillPlan, run: BackfillRun | None) -> None:
    shown = table("What it brings", "route", "currency", "month", "entries", "sum", numbers=("entries", "sum"))
    for row in plan.rows:
        shown.add_row(row.route, row.currency, row.month, str(row.entries), f"{row.total:,f}")
    results.print(shown)
    for code, count in plan.left_out.items():
        results.print(f"{count} make no entry: {code}.", highlight=False)
    for bad in plan.bad:
        results.print(f"[red]{bad.code}[/red] {bad.path}: {bad.message}", highlight=False)
    if plan.bad_count > len(plan.bad):
        results.print(f"… and {plan.bad_count - len(plan.bad)} more lines that are no approval.", highlight=False)
    if run is None:
        results.print(f"{plan.approvals} approvals; nothing was published.", highlight=False)
        return
    went_on = f", going on from {run.started_at}" if run.started_at else ""
    results.print(f"{run.reached} of {run.total} are published{went_on}.", highlight=False)
    if not run.is_complete:
        results.print("The queues stayed busy; give the command again to go on.", highlight=False)


def _plain(plan: BackfillPlan, run: BackfillRun | None) -> dict[str, Any]:
    return {
        "approvals": plan.approvals,
        "rows": [
            {"route": row.route, "currency": row.currency, "month": row.month, "entries": row.entries, "sum": row.total}
            for row in plan.rows
        ],
        "leftOut": dict(plan.left_out),
        "bad": [{"code": bad.code, "path": bad.path, "message": bad.message} for bad in plan.bad],
        "badCount": plan.bad_count,
        "published": {"from": run.started_at, "to": run.reached, "of": run.total} if run is not None else None,
    }
