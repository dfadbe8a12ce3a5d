"""`ledgerpost reconcile`: the source's approvals against our records and the ledger, entry by entry."""

import re
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from ledgerpost.app.reconcile import Reconciliation, RecordsBook, SourceBook, Window, records_book, window_of
from ledgerpost.cli.audit_files import write_audit
from ledgerpost.cli.books import StageOption, StateOption, open_books
from ledgerpost.cli.inputs import configuration_from, entries_from, secrets
from ledgerpost.cli.output import NEEDS_A_PERSON, leave, print_json, results, table
from ledgerpost.cli.report import print_balances
from ledgerpost.cli.run import Run, RunOptions, balance_json
from ledgerpost.domain.audit import NO_HEAD
from ledgerpost.domain.reconciliation import Finding
from ledgerpost.domain.route import TenantConfiguration
from ledgerpost.errors import UsageError

FINDINGS_SHOWN = 50
UNREAD_SHOWN = 10
DAY = ["%Y-%m-%d"]


def reconcile(
    config: Annotated[Path, typer.Option(help="The configuration document.")],
    events: Annotated[Path, typer.Option(help="The source's own approvals: JSON Lines, one bus entry a line.")],
    state: StateOption = None,
    stage: StageOption = None,
    first: Annotated[
        datetime | None, typer.Option("--from", formats=DAY, help="First business day of the records; else the list's.")
    ] = None,
    last: Annotated[
        datetime | None, typer.Option("--to", formats=DAY, help="Last business day of the records; else the list's.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Write the books and digests there, for an auditor.")] = None,
    previous: Annotated[str, typer.Option(help="The head of the run before, to chain the digests to.")] = NO_HEAD,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result for scripts.")] = False,
) -> None:
    """Compare what was approved with what the ledger holds, per route, currency and day; nothing is posted.

    With --state or --stage the delivery records are compared as well. Exit 0: every reference agrees; 1: something
    differs or could not be read; 2: refused input.
    """
    if not re.fullmatch("[0-9a-f]{64}", previous):
        raise UsageError("usage", "--previous is the head of an earlier run: 64 hexadecimal digits.")
    configuration = configuration_from(config, quiet=True)
    entries, _ = entries_from(events)
    run = Run(configuration, RunOptions(secrets=secrets()))
    book = run.source_book(entries)
    window = _window(book, first, last)
    records = _records(state, stage, book, configuration, window) if state or stage else None
    found = run.reconcile_book(book, records)
    head = write_audit(out, configuration.tenant, found, before=previous) if out else None
    if as_json:
        print_json(_plain(book, found, head))
    else:
        _show(book, found)
        if head is not None:
            results.print(f"Written to {out}; head {head}", highlight=False, soft_wrap=True)
    if not found.ties_out:
        leave(NEEDS_A_PERSON)


def _window(book: SourceBook, first: datetime | None, last: datetime | None) -> Window:
    spanned = window_of(book)
    begin = first.date() if first else (spanned.first if spanned else date.max)
    end = last.date() if last else (spanned.last if spanned else date.min)
    return Window(begin, end)


def _records(
    state: Path | None, stage: str | None, book: SourceBook, configuration: TenantConfiguration, window: Window
) -> RecordsBook:
    with open_books(state, stage) as books:
        return records_book(books.records(configuration.tenant), book, configuration, window)


def _show(book: SourceBook, found: Reconciliation) -> None:
    print_balances(found.balances)
    _show_exceptions(found.findings)
    if book.repeated:
        results.print(f"{len(book.repeated)} transactions stand in the list more than once; each counts once.")
    for each in found.unread[:UNREAD_SHOWN]:
        results.print(f"[red]not read[/red] {each.reference} ({each.route}): {each.code}", highlight=False)


def _show_exceptions(findings: tuple[Finding, ...]) -> None:
    if not findings:
        return
    shown = table("Exceptions", "day", "route", "reference", "book", "what", "expected", "found", "detail")
    for each in findings[:FINDINGS_SHOWN]:
        cells = (each.route, each.reference, each.book, each.kind, each.expected, each.found, each.detail)
        shown.add_row(each.day.isoformat(), *map(escape, cells))
    results.print(shown)
    if len(findings) > FINDINGS_SHOWN:
        results.print(f"… and {len(findings) - FINDINGS_SHOWN} more; --json or --out has them all.")


def _plain(book: SourceBook, found: Reconciliation, head: str | None) -> dict[str, object]:
    return {
        "balances": [balance_json(balance) for balance in found.balances],
        "exceptions": [{**asdict(each), "day": each.day.isoformat()} for each in found.findings],
        "unread": [{"route": each.route, "referenceId": each.reference, "code": each.code} for each in found.unread],
        "repeated": [{"route": route, "referenceId": reference} for route, reference in book.repeated],
        "head": head,
    }
