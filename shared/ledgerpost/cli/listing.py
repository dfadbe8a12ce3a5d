"""`ledgerpost listing`: the listing that the console's pages search."""

import time
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from ledgerpost.app.rebuild_listing import RebuildPorts, Rebuilt
from ledgerpost.app.rebuild_listing import rebuild as rebuild_listing
from ledgerpost.cli.listing_work import SqliteWork
from ledgerpost.cli.output import messages, print_json, results
from ledgerpost.cli.stage import NeededStage, Stage
from ledgerpost.wire.message import read_accepted_event

app = typer.Typer(help="The listing that the console's pages search by day and receipt number.", no_args_is_help=True)

WORK_FOLDER = Path(".ledgerpost")

SAID = {"records": "Reading records", "days": "Setting days right"}


@app.callback()
def listing() -> None:
    """The listing that the console's pages search by day and receipt number."""


@app.command("rebuild")
def rebuild(
    stage: NeededStage,
    work: Annotated[Path | None, typer.Option("--work", help="Where what was read is kept until the end.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result for scripts.")] = False,
) -> None:
    """List every delivery of a stage anew. It changes no delivery record, and may run beside live traffic.

    For a stage that had deliveries before it had the console, and after changes were lost to the listing. A run that
    broke off goes on where it was when the command is given again in the same folder. Exit 0: all is listed.
    """
    target = Stage(stage)
    path = work or WORK_FOLDER / f"listing-{stage}.sqlite"
    with (
        Progress(
            TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=messages
        ) as bar,
        closing(SqliteWork(path)) as kept,
    ):
        done = rebuild_listing(_ports(target, kept, bar))
    path.unlink()
    _show(done, stage, as_json=as_json)


def _ports(stage: Stage, work: SqliteWork, bar: Progress) -> RebuildPorts:
    from ledgerpost.adapters.dynamodb.listing_rebuild import DynamoListingRebuild  # noqa: PLC0415 - brings botocore
    from ledgerpost.adapters.dynamodb.record_scan import DynamoRecordScan  # noqa: PLC0415

    client = stage.client("dynamodb")
    records = DynamoRecordScan(client, stage.output("DeliveriesTableName"))
    listing = DynamoListingRebuild(client, stage.output("ListingTableName"))
    totals = {"records": records.estimate()}
    tasks = {step: bar.add_task(SAID[step], total=totals.get(step)) for step in SAID}

    def told(step: str, done: int, total: int) -> None:
        bar.update(tasks[step], completed=done, total=total or max(done, totals.get(step, 0)))

    return RebuildPorts(
        records=records,
        listing=listing,
        work=work,
        read_event=read_accepted_event,
        clock=stage.services.clock(),
        sleep=time.sleep,
        told=told,
    )


def _show(done: Rebuilt, stage: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"stage": stage, "records": done.records, "days": done.days})
    else:
        results.print(f"{done.records} records were read; {done.days} days of routes are listed as they are.")
