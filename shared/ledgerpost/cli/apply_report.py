"""What an application would change, as a table for people and as plain values for scripts."""

from typing import Any

from rich.markup import escape
from rich.table import Table

from ledgerpost.app.apply import Plan
from ledgerpost.app.configuration_changes import Change, ChangeKind
from ledgerpost.cli.output import plain_problem, print_warnings, results, table
from ledgerpost.cli.stage_secrets import Upload
from ledgerpost.domain.route import RouteId

_SIGNS = {
    ChangeKind.ADDED: "[green]+[/green]",
    ChangeKind.CHANGED: "[yellow]~[/yellow]",
    ChangeKind.REMOVED: "[red]-[/red]",
}


def show_plan(plan: Plan, stage: str, uploads: tuple[Upload, ...]) -> None:
    """Print the changes, the secrets that would be uploaded, and the warnings."""
    tenant = plan.after.tenant
    if plan.changes:
        shown = table(f"{tenant} on stage {stage}: revision {plan.revision}", "", "what", "field", "now", "then")
        for change in plan.changes:
            _add_rows(shown, change)
        results.print(shown)
    else:
        results.print(f"{tenant} on stage {stage} is as the document says.", highlight=False)
    for upload in uploads:
        what = "a new version, where it differs" if upload.replaces else "created"
        results.print(f"Secret of {upload.connection}, from {upload.source}: {what}.", highlight=False)
    print_warnings(plan.warnings)


def _add_rows(shown: Table, change: Change) -> None:
    sign, name = _SIGNS[change.kind], f"{change.what} {change.id}"
    if not change.fields:
        shown.add_row(sign, name, "", "", "")
    for field in change.fields:
        shown.add_row(sign, name, field.path, _text(field.before), _text(field.after))
        name = ""


def _text(value: Any) -> str:
    """Give a value for the table, shielded: rich would take the brackets of a note template for markup."""
    if value is None or value in ("", []):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return escape(", ".join(map(str, value)) if isinstance(value, list) else str(value))


def plain_plan(plan: Plan, stage: str) -> dict[str, Any]:
    """Give a plan for scripts. A secret stands there by its reference, never by its value."""
    before = plan.before
    return {
        "tenant": plan.after.tenant,
        "stage": stage,
        "revision": before.revision if before else 0,
        "appliedBy": before.by if before else None,
        "appliedAt": before.at.isoformat() if before else None,
        "changes": [_plain_change(change, plan) for change in plan.changes],
        "warnings": [plain_problem(problem) for problem in plan.warnings],
        "objections": [plain_problem(problem) for problem in plan.objections],
    }


def _plain_change(change: Change, plan: Plan) -> dict[str, Any]:
    made: dict[str, Any] = {"change": change.kind, "what": change.what, "id": change.id}
    route = plan.after.routes.get(RouteId(change.id)) if change.what == "route" else None
    if route is not None:
        made["routeRevision"] = route.revision
    fields = [{"path": field.path, "before": field.before, "after": field.after} for field in change.fields]
    return made | {"fields": fields}
