"""`ledgerpost sweep`: what the source approved and never arrived here."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from ledgerpost.adapters.formulas import RuleEngineFormulas
from ledgerpost.app.sweep import Sweep, SweepPorts, queue_lost
from ledgerpost.app.sweep import sweep as sweep_events
from ledgerpost.cli.books import Books, ByOption, StageOption, StateOption, TenantOption, open_books
from ledgerpost.cli.inputs import configuration_from, entries_from
from ledgerpost.cli.output import NEEDS_A_PERSON, leave, print_json, results, table
from ledgerpost.domain.event import ApprovalEvent
from ledgerpost.errors import EventError, UsageError, describe
from ledgerpost.wire.approval import read_event
from ledgerpost.wire.event_file import EventEntry

GAPS_SHOWN = 50
EPOCH = "1970-01-01T00:00:00Z"


def sweep(
    config: Annotated[Path, typer.Option(help="The configuration document.")],
    approvals: Annotated[Path, typer.Option(help="The source's own list: JSON Lines, one bus entry a line.")],
    tenant: TenantOption,
    state: StateOption = None,
    stage: StageOption = None,
    queue: Annotated[bool, typer.Option("--queue", help="Send what is missing through intake.")] = False,
    grace_min: Annotated[int, typer.Option(min=0, help="Approvals younger than this may still be on their way.")] = 15,
    by: ByOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result for scripts.")] = False,
) -> None:
    """Find every approval of a list that has no delivery record, or rejection, of its version on a route that takes it.

    Exit 0: nothing is missing, or all was queued; 1: something is missing, or a line cannot be read; 2: refused input.
    """
    configuration = configuration_from(config, quiet=True)
    if configuration.tenant != tenant:
        raise UsageError("usage", f"The configuration is of tenant {configuration.tenant}, not of {tenant}.")
    entries, bad_lines = entries_from(approvals)
    refused = [f"{bad}" for bad in bad_lines]
    events = list(_events(entries, refused))
    with open_books(state, stage, configuration) as books:
        ports = _ports(books)
        now = books.ports.clock.now()
        found = sweep_events(events, configuration, ports, now=now, grace=timedelta(minutes=grace_min))
        queued = queue_lost(found, ports, by=by or books.caller()) if queue and found.gaps else 0
        books.settle()
    if as_json:
        print_json(_plain(found, queued, refused))
    else:
        _show(found, queued, refused)
    if refused or (found.gaps and not queue):
        leave(NEEDS_A_PERSON)


def _ports(books: Books) -> SweepPorts:
    return SweepPorts(
        read_event=read_event,
        find_record=books.ports.records.get,
        rejections=books.ports.rejections,
        approvals=books.ports.approvals,
        notices=books.ports.notices,
        formulas=RuleEngineFormulas(),
    )


def _events(entries: Sequence[EventEntry], refused: list[str]) -> Iterator[ApprovalEvent]:
    """Read the entries; what cannot be understood is added to `refused`."""
    for entry in entries:
        # From the content: sweeping the same list again sends the same event.
        digest = hashlib.blake2b(f"{entry.source}|{entry.detail_type}|{entry.detail}".encode(), digest_size=12)
        try:
            yield read_event(entry.envelope(f"sweep-{digest.hexdigest()}", time=EPOCH))
        except EventError as error:
            refused.append(f"line {entry.line}: {error.path}: {error.message}")


def _show(found: Sweep, queued: int, refused: Sequence[str]) -> None:
    if found.gaps:
        shown = table("Never arrived", "reference", "route", "kind", "version", "approved", "reason")
        for gap in found.gaps[:GAPS_SHOWN]:
            approved = f"{gap.event.approved_at:%Y-%m-%d %H:%M}"
            cells = (gap.reference, gap.route, gap.event.kind, str(gap.event.version), approved, gap.reason)
            shown.add_row(*map(escape, cells))
        results.print(shown)
        if len(found.gaps) > GAPS_SHOWN:
            results.print(f"… and {len(found.gaps) - GAPS_SHOWN} more; --json has them all.")
    for code, count in found.not_taken.items():
        results.print(f"{count} are taken by no route: {code}: {describe(code).fix}", highlight=False)
    for line in refused:
        results.print(f"[red]not read[/red] {escape(line)}", highlight=False)
    reasons = Counter(gap.reason for gap in found.gaps)
    named = ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items())) or "none"
    results.print(f"{found.checked} deliveries checked; missing: {named}; {queued} approvals queued.", highlight=False)


def _plain(found: Sweep, queued: int, refused: Sequence[str]) -> dict[str, Any]:
    return {
        "checked": found.checked,
        "missing": [
            {
                "route": gap.route,
                "referenceId": gap.reference or None,
                "kind": gap.event.kind,
                "version": str(gap.event.version),
                "approvedAt": gap.event.approved_at.isoformat(),
                "reason": gap.reason,
            }
            for gap in found.gaps
        ],
        "notTaken": found.not_taken,
        "recent": found.recent,
        "queued": queued,
        "notRead": list(refused),
    }
