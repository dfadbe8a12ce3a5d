"""An extract's result for people and for scripts."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.markup import escape
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from ledgerpost.app.extract import ExtractReport
from ledgerpost.cli.output import messages, results, table
from ledgerpost.domain.extract.progress import Checkpoint, Finding, RowFate
from ledgerpost.errors import describe

FINDINGS_SHOWN = 30
REQUESTS_PER_S = 5
"""What Pennylane lets through: 25 requests in 5 seconds. Source: pennylane sheet, section 3."""


@contextmanager
def progress_of() -> Iterator[Callable[[Checkpoint], None]]:
    """Give what is told of each page, and show it while a terminal is there."""
    columns = (TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=messages, transient=True, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("Extracting", total=None)

        def tell(checkpoint: Checkpoint) -> None:
            rows = sum(counts.read for counts in checkpoint.counts.values())
            written = checkpoint.total(RowFate.WRITTEN)
            entity = (checkpoint.entity or "done").replace("_", " ")
            progress.update(task, description=f"{entity}: {rows:,} rows read, {written:,} written")

        yield tell


def requests_of(checkpoint: Checkpoint) -> int:
    """Give about how many requests the source was asked: one a page, and one for the lines of each document read."""
    return sum(counts.pages + counts.lines_read for counts in checkpoint.counts.values())


def as_json(report: ExtractReport, seconds: float) -> dict[str, Any]:
    """Give the result for scripts."""
    checkpoint = report.checkpoint
    return {
        "night": checkpoint.night,
        "ending": report.ending,
        "resumed": report.resumed,
        "code": report.code or None,
        "detail": report.detail or None,
        "rows": {
            entity: {
                "read": counts.read,
                **{fate: counts.of(fate) for fate in RowFate},
                "pages": counts.pages,
                "linesRead": counts.lines_read,
                "codes": dict(counts.codes),
            }
            for entity, counts in checkpoint.counts.items()
        },
        "findings": [
            {"entity": each.entity, "id": each.source_id, "code": each.code, "message": each.message}
            for each in checkpoint.findings
        ],
        "requests": requests_of(checkpoint),
        "rateLimitSeconds": requests_of(checkpoint) / REQUESTS_PER_S,
        "seconds": round(seconds, 3),
    }


def show_report(report: ExtractReport, seconds: float) -> None:
    """Print what came of the rows, what there is to know of them, and the time beside the source's own limit."""
    checkpoint = report.checkpoint
    fates = [fate.replace("_", " ") for fate in RowFate]
    shown = table(f"Extract, night {escape(checkpoint.night)}", "rows", "read", *fates, numbers=("read", *fates))
    for entity, counts in checkpoint.counts.items():
        numbers = (counts.of(fate) for fate in RowFate)
        shown.add_row(entity.replace("_", " "), f"{counts.read:,}", *(f"{each:,}" if each else "" for each in numbers))
    results.print(shown)
    _show_codes(checkpoint)
    _show_findings(checkpoint.findings)
    requests = requests_of(checkpoint)
    resumed = ", taken up where an earlier run was cut off" if report.resumed else ""
    results.print(
        f"{report.ending.replace('_', ' ').capitalize()}{resumed}: {requests:,} requests in {seconds:,.1f} s; the "
        f"source lets 25 in 5 s through, so that many take at least {requests / REQUESTS_PER_S:,.0f} s."
    )
    if report.code:
        results.print(f"[red]{report.code}[/red] {escape(report.detail)}", highlight=False)
        results.print(f"    → {describe(report.code).fix}", highlight=False)


def _show_codes(checkpoint: Checkpoint) -> None:
    numbers: Counter[str] = Counter()
    for counts in checkpoint.counts.values():
        numbers.update(counts.codes)
    if not numbers:
        return
    shown = table("What there is to know", "code", "rows", "meaning", "what to do", numbers=("rows",))
    for code, number in numbers.most_common():
        entry = describe(code)
        shown.add_row(code, f"{number:,}", entry.cause, entry.fix)
    results.print(shown)


def _show_findings(findings: tuple[Finding, ...]) -> None:
    if not findings:
        return
    shown = table("Rows", "entity", "id", "code", "message")
    for each in findings[:FINDINGS_SHOWN]:
        shown.add_row(each.entity, escape(each.source_id), each.code, escape(each.message))
    results.print(shown)
    if len(findings) > FINDINGS_SHOWN:
        results.print(f"… and {len(findings) - FINDINGS_SHOWN} more; --json has the first of each code.")
