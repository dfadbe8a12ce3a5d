"""`ledgerpost changes`: the change log, and whether its chain holds."""

from typing import Annotated, Any

import typer

from ledgerpost.app.change_log import check
from ledgerpost.cli.books import StageOption, StateOption, TenantOption, open_books
from ledgerpost.cli.output import NEEDS_A_PERSON, leave, print_json, results, table
from ledgerpost.domain.change_log import ChangeEntry
from ledgerpost.domain.event import TenantId

app = typer.Typer(help="What people changed: who, when and why.", no_args_is_help=True)

JsonOption = Annotated[bool, typer.Option("--json", help="Print the result for scripts.")]


@app.command("list")
def list_(
    tenant: TenantOption,
    state: StateOption = None,
    stage: StageOption = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 50,
    before: Annotated[int | None, typer.Option(min=1, help="Only those of a lower number.")] = None,
    as_json: JsonOption = False,
) -> None:
    """List what was changed, the latest first."""
    with open_books(state, stage) as books:
        entries = books.changes.latest(TenantId(tenant), limit, before)
    if as_json:
        print_json({"changes": [_plain(entry) for entry in entries]})
        return
    shown = table("Changes", "number", "at", "by", "act", "refused", "what", numbers=("number",))
    for entry in entries:
        change = entry.change
        facts = ", ".join(f"{name} {value}" for name, value in change.facts.items())
        shown.add_row(str(entry.number), f"{change.at:%Y-%m-%d %H:%M:%S}", change.by, change.act, change.refused, facts)
    results.print(shown)


@app.command("check")
def check_(
    tenant: TenantOption, state: StateOption = None, stage: StageOption = None, as_json: JsonOption = False
) -> None:
    """Check the whole chain: that no entry was altered, dropped or put in between. Exit 1: it does not hold.

    Keep the head that is printed: a later check that gives another digest for the same number shows that the log was
    written anew.
    """
    with open_books(state, stage) as books:
        found = check(TenantId(tenant), books.changes)
    if as_json:
        print_json({"entries": found.entries, "head": found.head, "brokenAt": found.broken_at})
    elif found.broken_at is None:
        results.print(f"{found.entries} entries hold; the head is {found.head}.", highlight=False)
    else:
        results.print(f"[red]✗[/red] Entry {found.broken_at} does not follow from the one before it.", highlight=False)
    if found.broken_at is not None:
        leave(NEEDS_A_PERSON)


def _plain(entry: ChangeEntry) -> dict[str, Any]:
    change = entry.change
    return {
        "number": entry.number,
        "at": change.at.isoformat(),
        "by": change.by,
        "act": change.act,
        "refused": change.refused or None,
        "facts": dict(change.facts),
        "digest": entry.digest,
    }
