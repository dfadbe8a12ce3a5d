"""`ledgerpost day`: preview, close, reopen and look at one business day of a company, in a local state folder."""

import getpass
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from ledgerpost.adapters.memory_change_log import MemoryChangeLog
from ledgerpost.app import acts
from ledgerpost.app.acts import Doing
from ledgerpost.app.change_log import ActPorts, Person
from ledgerpost.app.close_day import ClosePorts, preview_day
from ledgerpost.cli.books import CHANGES
from ledgerpost.cli.commerce_state import DEFAULT_STATE, State, Tenant, opened
from ledgerpost.cli.output import (
    NEEDS_A_PERSON,
    leave,
    messages,
    plain_problem,
    print_json,
    print_warnings,
    results,
    table,
)
from ledgerpost.domain.access import Role
from ledgerpost.domain.grouping.assemble import Stopped
from ledgerpost.domain.grouping.document import CommerceDocument
from ledgerpost.errors import Problem, describe

app = typer.Typer(help="Business days of a company: preview, close, reopen, show.", no_args_is_help=True)

Company = Annotated[str, typer.Argument(help="The companyId.")]
Day = Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="The business day in the merchant's zone.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print for scripts.")]


@app.command("preview")
def preview(company: Company, day: Day, tenant: Tenant, state: State = DEFAULT_STATE, as_json: AsJson = False) -> None:
    """Show what a close would send now. Nothing is written; the day may still run. Exit 1: something would stop it."""
    with opened(state) as stores:
        kept = stores.company(tenant, company)
        answer = preview_day(kept.company, kept.key, day.date(), stores.close)
    problems = answer.problems if isinstance(answer, Stopped) else ()
    documents = answer.documents if not isinstance(answer, Stopped) else ()
    _print(f"Preview of {day.date()}", documents, problems, as_json=as_json)


@app.command("close")
def close(company: Company, day: Day, tenant: Tenant, state: State = DEFAULT_STATE, as_json: AsJson = False) -> None:
    """Close a day: its documents once, or those of what came since. Exit 1: something stopped it, by name."""
    with opened(state) as stores:
        kept = stores.company(tenant, company)
        result = acts.close_day(kept, day.date(), stores.close, doing_in(state, stores.close, ""))
    for reference in result.vanished:
        entry = describe("close_document_vanished")
        messages.print(f"[yellow]{entry.code}[/yellow] {reference}: {entry.cause}\n    → {entry.fix}", highlight=False)
    _print(f"Close of {day.date()}", result.documents, result.problems, as_json=as_json)
    if result.documents and not as_json:
        results.print(f"Post them with: ledgerpost local --config … --events {stores.outbox}", highlight=False)


@app.command("reopen")
def reopen(
    company: Company,
    day: Day,
    tenant: Tenant,
    reason: Annotated[str, typer.Option(help="Why, in your own words; it is kept with the day.")],
    state: State = DEFAULT_STATE,
) -> None:
    """Reopen a closed day: its next close writes every document anew, under the same references."""
    with opened(state) as stores:
        kept = stores.company(tenant, company)
        acts.reopen_day(kept.key, day.date(), stores.close, doing_in(state, stores.close, reason))
    results.print(f"{day.date()} is reopened; close it again to send its documents anew.")


def doing_in(state: Path, ports: ClosePorts, reason: str) -> Doing:
    """Give who acts on a state folder, with the folder's own change log."""
    person = Person(getpass.getuser(), Role.ADMIN)
    return Doing(person=person, ports=ActPorts(MemoryChangeLog(state / CHANGES), ports.clock), reason=reason)


@app.command("show")
def show(company: Company, day: Day, tenant: Tenant, state: State = DEFAULT_STATE, as_json: AsJson = False) -> None:
    """Show where a day stands: its state, its closes, its references, and who reopened it."""
    with opened(state) as stores:
        kept = stores.company(tenant, company)
        found = stores.close.days.day(kept.key, day.date())
    if found is None:
        results.print(f"{day.date()} was never closed.")
        return
    if as_json:
        operations = [
            {"at": each.at.isoformat(), "act": each.act, "by": each.by, "reason": each.reason}
            for each in found.operations
        ]
        print_json(
            {
                "day": found.day,
                "status": found.status.value,
                "revision": found.revision,
                "adjustments": len(found.layers) - 1,
                "references": list(found.references),
                "operations": operations,
            }
        )
        return
    results.print(f"{found.day}: {found.status.value}, revision {found.revision}, {len(found.layers) - 1} adjustments")
    for reference in found.references:
        results.print(f"  {reference}", highlight=False)
    for each in found.operations:
        results.print(f"  {each.act} by {each.by} at {each.at.isoformat()}: {each.reason}", highlight=False)


def _print(title: str, documents: Sequence[CommerceDocument], problems: Sequence[Problem], *, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "documents": [document.as_json() for document in documents],
                "problems": [plain_problem(problem) for problem in problems],
            }
        )
    else:
        print_documents(title, documents)
        print_problems(problems)
    if problems:
        leave(NEEDS_A_PERSON)


def print_documents(title: str, documents: Sequence[CommerceDocument]) -> None:
    """Print documents as a table, one row each."""
    if not documents:
        results.print(f"{title}: no documents.")
        return
    shown = table(title, "reference", "form", "what", "lines", "total", "", numbers=("lines", "total"))
    for document in documents:
        form = document.form.value.removeprefix("codat.")
        currency = document.place.currency
        shown.add_row(
            document.reference, form, document.description, str(len(document.lines)), document.money, currency
        )
    results.print(shown)


def print_problems(problems: Sequence[Problem]) -> None:
    """Say what stopped a close, each with its path and its mend."""
    print_warnings(problems)
