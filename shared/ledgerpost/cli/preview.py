"""`ledgerpost preview`: what a changed configuration would do to the ledgers, before it is applied."""

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from ledgerpost.adapters.formulas import RuleEngineFormulas
from ledgerpost.app.apply import Consent, plan
from ledgerpost.app.preview import Effect, Preview, PreviewPorts, preview, recent
from ledgerpost.cli.books import Books, StageOption, StateOption, open_books
from ledgerpost.cli.inputs import configuration_from, secrets, targets, text_of_file
from ledgerpost.cli.output import NEEDS_A_PERSON, leave, print_json, results, table
from ledgerpost.cli.stage import Stage
from ledgerpost.cli.stage_secrets import as_planned, uploads_of
from ledgerpost.domain.route import TenantConfiguration
from ledgerpost.errors import UsageError
from ledgerpost.ports import LedgerTargets
from ledgerpost.wire.configuration import read_configuration
from ledgerpost.wire.message import read_accepted_event

ROWS_SHOWN_MAX = 50


def preview_(
    document: Annotated[Path, typer.Argument(metavar="C", help="The changed configuration document.")],
    state: StateOption = None,
    stage: StageOption = None,
    days: Annotated[int, typer.Option(min=1, help="Of the deliveries of so many days.")] = 7,
    limit: Annotated[int, typer.Option(min=1, help="Of so many events at most, the latest.")] = 1000,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result for scripts.")] = False,
) -> None:
    """Say what would be created, changed, skipped or refused if the deliveries of the last days came again under the
    changed configuration, and the sums by account. Nothing is applied, posted or recorded.

    Ledgers that are searched are searched. Exit 0: nothing is refused; 1: a person would have to look.
    """
    with open_books(state, stage) as books:
        proposed, ledgers = _proposed(document, stage)
        since = books.ports.clock.now() - timedelta(days=days)
        records = recent(books.records(proposed.tenant), since)
        seen = preview(proposed, records, _ports(books, ledgers), limit=limit)
    if as_json:
        print_json(plain_preview(seen))
    else:
        _show(seen)
    if seen.counts[Effect.REFUSED]:
        leave(NEEDS_A_PERSON)


def _proposed(document: Path, stage: str | None) -> tuple[TenantConfiguration, LedgerTargets]:
    """Give the configuration as it would be applied, with its revisions, and the ledgers that it names.

    A local run knows no revisions: there the document counts as it stands.
    """
    if stage is None:
        return configuration_from(document), targets(secrets())
    target = Stage(stage)
    checked = read_configuration(
        text_of_file(document), allow_loopback=target.is_emulated, formulas=RuleEngineFormulas()
    )
    uploads = uploads_of(target, checked.configuration)
    missing = [each.connection for each in uploads if each.replaces is None]
    if missing:
        raise UsageError("usage", f"The stage has no secret yet of: {', '.join(missing)}. Put it there first.")
    configuration = as_planned(checked.configuration, target, uploads, upload=False)
    planned = plan(configuration, Consent(prune=True, new_references=True), target.apply_ports())
    return planned.after, target.targets(target.secrets)


def _ports(books: Books, ledgers: LedgerTargets) -> PreviewPorts:
    return PreviewPorts(
        read_event=read_accepted_event,
        records=books.ports.records,
        pauses=books.pauses,
        targets=ledgers,
        formulas=RuleEngineFormulas(),
        clock=books.ports.clock,
    )


def plain_preview(seen: Preview) -> dict[str, Any]:
    """Give a preview for scripts."""
    return {
        "counts": {effect.value: count for effect, count in seen.counts.items()},
        "leftOut": seen.left_out,
        "sums": [
            {
                "connection": each.connection,
                "account": each.account,
                "currency": each.currency,
                "created": each.created,
                "changed": each.changed,
                "credit": each.credit,
                "debit": each.debit,
                "before": each.before,
                "after": each.after,
            }
            for each in seen.sums
        ],
        "rows": [
            {
                "route": row.route,
                "account": row.account,
                "referenceId": row.reference or None,
                "kind": row.kind,
                "effect": row.effect,
                "code": row.code,
                "before": row.before,
                "after": row.entry.source_amount if row.entry is not None else None,
                "currency": row.currency,
            }
            for row in seen.rows
        ],
    }


def _show(seen: Preview) -> None:
    counts = ", ".join(f"{count} {effect}" for effect, count in seen.counts.items() if count)
    results.print(f"{len(seen.rows)} deliveries: {counts or 'none'}.", highlight=False)
    if seen.left_out:
        results.print(f"{seen.left_out} older events were left out; raise --limit for them.", highlight=False)
    sums = table(
        "What would be written", "account", "currency", "created", "changed", "credit", "debit", "before", "after",
        numbers=("created", "changed", "credit", "debit", "before", "after"),
    )  # fmt: skip
    for each in seen.sums:
        amounts = (f"{amount:,f}" for amount in (each.credit, each.debit, each.before, each.after))
        sums.add_row(each.account, each.currency, str(each.created), str(each.changed), *amounts)
    results.print(sums)
    told = [row for row in seen.rows if row.effect not in (Effect.UNCHANGED, Effect.SKIPPED)]
    rows = table("Deliveries", "reference", "route", "effect", "code", "before", "after", numbers=("before", "after"))
    for row in told[:ROWS_SHOWN_MAX]:
        before = "" if row.before is None else f"{row.before:,f}"
        after = "" if row.entry is None else f"{row.entry.source_amount:,f}"
        rows.add_row(row.reference, row.route, row.effect, row.code or "", before, after)
    results.print(rows)
    if len(told) > ROWS_SHOWN_MAX:
        results.print(f"… and {len(told) - ROWS_SHOWN_MAX} more; --json has them all.", highlight=False)
