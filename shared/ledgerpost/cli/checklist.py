"""`ledgerpost checklist`: the guide's go-live checklist of a stage, ticked by facts."""

from datetime import UTC
from typing import TYPE_CHECKING, Annotated

import typer

from ledgerpost.app.checklist import ChecklistPorts, go_live_checklist
from ledgerpost.cli.books import TenantOption
from ledgerpost.cli.output import NEEDS_A_PERSON, leave, print_json, results
from ledgerpost.domain.checklist import Line
from ledgerpost.domain.event import TenantId

if TYPE_CHECKING:
    from ledgerpost.cli.stage import Stage


def checklist(
    stage: Annotated[str, typer.Option("--stage", help="The deployed stage to look at.")],
    tenant: TenantOption,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result for scripts.")] = False,
) -> None:
    """Say what is missing until the tenant is live. Ledgers are asked; nothing is posted. Exit 1: something is."""
    from ledgerpost.cli.stage import Stage  # noqa: PLC0415 - it loads boto3

    lines = lines_of(TenantId(tenant), Stage(stage))
    if as_json:
        print_json({"done": all(line.is_done for line in lines), "lines": [_plain(line) for line in lines]})
    else:
        for line in lines:
            results.print(f"{'[green]✓[/green]' if line.is_done else '○'} {line.title}", highlight=False)
            for sentence in (*line.missing, *line.notes):
                results.print(f"    {sentence}", highlight=False)
    if not all(line.is_done for line in lines):
        leave(NEEDS_A_PERSON)


def lines_of(tenant: TenantId, stage: "Stage") -> tuple[Line, ...]:
    """Give the lines of the list. Raises UsageError(stage_not_found) for a stage without a listing, and StoreError."""
    from ledgerpost.adapters.dynamodb import DynamoDeliveryLookup, DynamoListing  # noqa: PLC0415
    from ledgerpost.app.browse import BrowsePorts  # noqa: PLC0415
    from ledgerpost.wire.message import read_accepted_event  # noqa: PLC0415

    dynamodb, clock = stage.client("dynamodb"), stage.services.clock()
    listing = DynamoListing(dynamodb, stage.output("ListingTableName"), clock)
    records = DynamoDeliveryLookup(dynamodb, stage.output("DeliveriesTableName"))
    ports = ChecklistPorts(
        configurations=stage.configurations,
        changes=stage.changes,
        browse=BrowsePorts(records=records, listing=listing),
        targets=stage.targets(stage.secrets),
        read_event=read_accepted_event,
    )
    return go_live_checklist(tenant, clock.now().astimezone(UTC).date(), ports)


def _plain(line: Line) -> dict[str, object]:
    missing, notes = list(line.missing), list(line.notes)
    return {"step": line.step.value, "title": line.title, "done": line.is_done, "missing": missing, "notes": notes}
