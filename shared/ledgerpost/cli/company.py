"""`ledgerpost company`: a company's configuration, its records and its runs, in a local state folder."""

import uuid
from collections import Counter
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from ledgerpost.adapters.clock import SystemClock
from ledgerpost.app import acts
from ledgerpost.app.commerce import take_record
from ledgerpost.app.run_company import CompanyRun, run_on_request, run_range
from ledgerpost.cli.commerce_state import DEFAULT_STATE, OpenState, State, Tenant, opened
from ledgerpost.cli.day import doing_in, print_documents, print_problems
from ledgerpost.cli.inputs import entries_from, text_of_file
from ledgerpost.cli.output import NEEDS_A_PERSON, leave, messages, print_json, print_warnings, results, table
from ledgerpost.domain.closing import CompanyKey, DayRange, RunRefused
from ledgerpost.domain.company import AccountType, Classification, Option, OptionId, with_new_account
from ledgerpost.domain.company_checks import faults_of
from ledgerpost.errors import ConfigurationError, EventError, Problem, UsageError, describe
from ledgerpost.wire.commerce import read_commerce_event
from ledgerpost.wire.company import read_company
from ledgerpost.wire.company_change import read_company_change
from ledgerpost.wire.company_text import company_document
from ledgerpost.wire.event_file import EventEntry

app = typer.Typer(help="Companies whose days are grouped: configuration, records, runs.", no_args_is_help=True)
config = typer.Typer(help="A company's configuration.", no_args_is_help=True)
app.add_typer(config, name="config")

Document = Annotated[Path, typer.Argument(help="The company's configuration, YAML or JSON.")]
Company = Annotated[str, typer.Argument(help="The companyId.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print for scripts.")]


@config.command("check")
def check(document: Document) -> None:
    """Check a company's configuration. Exit 0: accepted; 2: refused, each problem with its path and its mend."""
    checked = read_company(text_of_file(document))
    print_warnings(checked.warnings)
    results.print(f"The configuration of company {checked.company.id} is accepted.")


@config.command("apply")
def apply(document: Document, state: State = DEFAULT_STATE) -> None:
    """Apply a company's configuration to the state folder; what is read-only cannot be changed."""
    text = text_of_file(document)
    with opened(state) as stores:
        companies = stores.close.companies
        checked, before = read_company_change(text, companies.company)
        print_warnings(checked.warnings)
        doing = doing_in(state, stores.close, "")
        kept = acts.apply_company(checked.company, before, companies, doing)
    results.print(f"Company {kept.company.id} is applied; its next run is due at {kept.next_run.isoformat()}.")


@config.command("show")
def show(company: Company, tenant: Tenant, state: State = DEFAULT_STATE) -> None:
    """Print the configuration that is applied, as JSON."""
    with opened(state) as stores:
        print_json(company_document(stores.company(tenant, company).company))


@app.command("new-account")
def new_account(
    company: Company,
    account_type: Annotated[AccountType, typer.Argument(help="The account type that it is for.")],
    account_id: Annotated[str, typer.Argument(help="Its id in the ledger.")],
    name: Annotated[str, typer.Argument(help="Its name in the ledger.")],
    tenant: Tenant,
    classification: Annotated[Classification, typer.Option(help="nominal or bank.")] = Classification.NOMINAL,
    state: State = DEFAULT_STATE,
) -> None:
    """Make an account of the ledger an option for its account type, and choose it."""
    created = Option(OptionId(account_id), name, classification)
    with opened(state) as stores:
        kept = stores.company(tenant, company)
        grown = with_new_account(kept.company, account_type, created)
        problems = faults_of(grown)
        if problems:
            raise ConfigurationError(problems)
        if not stores.close.companies.put(replace(kept, company=grown, fence=kept.fence + 1)):
            raise UsageError("company_changed_meanwhile", "The company was changed at the same moment.")
    results.print(f"{account_type.value} now goes to {name} ({account_id}).", highlight=False)


@app.command("records")
def records(
    events: Annotated[Path, typer.Argument(help="Commerce events: JSON Lines, one bus entry a line.")],
    state: State = DEFAULT_STATE,
    as_json: AsJson = False,
) -> None:
    """Take commerce records into the state folder; taking them again changes nothing.

    Exit 1: some are malformed, or are for a person to reconcile.
    """
    entries, bad_lines = entries_from(events)
    counts: Counter[str] = Counter({"malformed": len(bad_lines)} if bad_lines else {})
    for bad in bad_lines:
        messages.print(f"[red]{bad.code}[/red] {bad}", highlight=False)
    with opened(state) as stores:
        for entry in entries:
            counts[_taken(entry, stores)] += 1
    if as_json:
        print_json(dict(sorted(counts.items())))
    else:
        results.print(", ".join(f"{count:,} {name}" for name, count in sorted(counts.items())) or "no records")
    if any(counts[name] for name in ("malformed", "conflict", "reconcile_manually")):
        leave(NEEDS_A_PERSON)


def _taken(entry: EventEntry, stores: OpenState) -> str:
    try:
        tenant, read = read_commerce_event(entry.envelope(f"line-{entry.line}", time="1970-01-01T00:00:00Z"))
        taken = take_record(CompanyKey(tenant, read.company), read.record, stores.take)
    except EventError as error:
        messages.print(f"[red]{error.code}[/red] line {entry.line}: {error.path}: {error.message}", highlight=False)
        return "malformed"
    if taken.code is not None:
        cause = describe(taken.code).cause
        messages.print(f"[yellow]{taken.code}[/yellow] line {entry.line}: {cause}", highlight=False)
    return taken.intake.value


@app.command("run")
def run(
    company: Company,
    tenant: Tenant,
    first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.")] = None,
    state: State = DEFAULT_STATE,
) -> None:
    """Close every day that is due, or a range of days that no run has covered. Exit 1: a day failed."""
    run_id = str(uuid.uuid4())
    with opened(state) as stores:
        kept = stores.company(tenant, company)
        if first is not None and last is not None:
            outcome: CompanyRun | RunRefused | None = run_range(
                kept, run_id, DayRange(first.date(), last.date()), stores.close
            )
        else:
            outcome = run_on_request(kept, run_id, stores.close)
    match outcome:
        case None:
            results.print("No day is due.")
        case RunRefused(code=code, status=status, message=message):
            raise UsageError(code, f"{message} (status {status})")
        case CompanyRun():
            _print_run(outcome)


def _print_run(outcome: CompanyRun) -> None:
    problems: list[Problem] = []
    for result in outcome.days:
        print_documents(f"{result.day}", result.documents)
        problems += result.problems
    print_problems(problems)
    results.print(f"{outcome.run.status.value} {outcome.run.status.text}")
    if outcome.disabled:
        messages.print(f"[red]close_company_disabled[/red] {describe('close_company_disabled').cause}")
    if not outcome.run.status.is_success:
        leave(NEEDS_A_PERSON)


@app.command("runs")
def runs(
    company: Company, tenant: Tenant, limit: int = 20, state: State = DEFAULT_STATE, as_json: AsJson = False
) -> None:
    """List the runs of a company, the latest first, in the words of the status API."""
    now = SystemClock().now()
    with opened(state) as stores:
        kept = stores.company(tenant, company)
        summaries = [
            each.summary(kept.company.extras.time_zone, now, kept.company.data_connections or ())
            for each in stores.close.runs.runs(kept.key, limit)
        ]
    if as_json:
        print_json(summaries)
        return
    shown = table("Runs", "started", "from", "to", "code", "status", "error")
    for each in summaries:
        period = each["syncDateRangeUtc"]
        status = (str(each["syncStatusCode"]), each["syncStatus"], each["errorMessage"] or "")
        shown.add_row(each["syncUtc"], period["start"], period["finish"], *status)
    results.print(shown)
