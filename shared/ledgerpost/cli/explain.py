"""`ledgerpost explain`: why an approval did, or did not, reach the ledger; nothing is posted."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from ledgerpost.adapters.formulas import RuleEngineFormulas
from ledgerpost.app.explain import Explanation, FindRecord, RouteExplanation, status_check
from ledgerpost.app.explain import explain as explain_event
from ledgerpost.cli.books import open_books
from ledgerpost.cli.inputs import bus_bodies_from, configuration_from
from ledgerpost.cli.output import NEEDS_A_PERSON, leave, print_json, results
from ledgerpost.domain.entry import LedgerEntry
from ledgerpost.domain.event import ApprovalEvent
from ledgerpost.domain.route import TenantConfiguration
from ledgerpost.errors import EventError, UsageError, describe
from ledgerpost.wire.approval import read_event


def explain(
    event: Annotated[Path | None, typer.Option(help="A file of approval events, JSON Lines or one JSON entry.")] = None,
    reference: Annotated[str | None, typer.Option(help="The reference of a delivery.")] = None,
    config: Annotated[Path | None, typer.Option(help="The configuration document.")] = None,
    state: Annotated[Path | None, typer.Option(help="The folder that `local --state` kept records in.")] = None,
    stage: Annotated[str | None, typer.Option(help="The deployed stage to look at.")] = None,
    tenant: Annotated[str | None, typer.Option(help="With --reference: the tenant.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result for scripts.")] = False,
) -> None:
    """Say why this did, or did not, reach the ledger: each route, each check, the fix.

    Exit 0: nothing stands between it and the ledger, or it is there; 1: something does; 2: refused input.
    """
    if (event is None) == (reference is None):
        raise UsageError("usage", "Give either --event FILE or --reference R.")
    if event is not None:
        if config is None:
            raise UsageError("usage", "--event also needs --config C, the routes to walk it past.")
        clear = _explain_file(event, config, state, stage, as_json=as_json)
    else:
        if reference is None or tenant is None:
            raise UsageError("usage", "--reference also needs --tenant T.")
        clear = _explain_reference(reference, tenant, state, stage, as_json=as_json)
    if not clear:
        leave(NEEDS_A_PERSON)


def _explain_file(event: Path, config: Path, state: Path | None, stage: str | None, *, as_json: bool) -> bool:
    configuration = configuration_from(config, quiet=True)
    with _record_finder(state, stage) as find_record:
        documents = [_explained(place, body, configuration, find_record) for place, body in bus_bodies_from(event)]
    if as_json:
        print_json({"events": documents})
    else:
        for document in documents:
            _show(document)
    return all(document["reachesLedger"] for document in documents)


@contextmanager
def _record_finder(state: Path | None, stage: str | None) -> Iterator[FindRecord]:
    """Give how to look a delivery record up; without a place to look, none is known."""
    if state is None and stage is None:
        yield lambda _: None
        return
    with open_books(state, stage) as books:
        yield books.ports.records.get


def _explained(
    place: str, body: str | EventError, configuration: TenantConfiguration, find_record: FindRecord
) -> dict[str, Any]:
    try:
        approval = _approval_of(body, configuration)
    except EventError as error:
        return _refused(place, error)
    return _document(place, explain_event(approval, configuration, find_record, RuleEngineFormulas()))


def _approval_of(body: str | EventError, configuration: TenantConfiguration) -> ApprovalEvent:
    if isinstance(body, EventError):
        raise body
    approval = read_event(body)
    if approval.tenant != configuration.tenant:
        raise EventError("unknown_tenant", f"The configuration is of tenant {configuration.tenant!r}.")
    return approval


def _refused(place: str, error: EventError) -> dict[str, Any]:
    where = f"{error.path}: " if error.path else ""
    return {
        "event": place,
        "code": error.code,
        "reachesLedger": False,
        "finding": where + error.message,
        "fix": error.fix,
        "routes": [],
    }


def _document(place: str, explanation: Explanation) -> dict[str, Any]:
    code = explanation.code
    routes = [_route_document(route) for route in explanation.routes]
    return {
        "event": place,
        "kind": explanation.event.kind.value,
        "code": code,
        "finding": describe(code).cause if code else "",
        "fix": describe(code).fix if code else "",
        "reachesLedger": code is None and all(route["reachesLedger"] for route in routes if route["taken"]),
        "routes": routes,
    }


def _route_document(explained: RouteExplanation) -> dict[str, Any]:
    entry = explained.entry
    failed = next((check for check in explained.checks if not check.passed), None)
    return {
        "route": explained.route.id,
        "taken": explained.taken,
        "reachesLedger": explained.reaches_ledger,
        "code": failed.code if failed else None,
        "checks": [
            {"check": check.name, "passed": check.passed, "finding": check.finding, "fix": check.fix}
            for check in explained.checks
        ],
        "entry": {
            "referenceId": entry.reference,
            "type": entry.type.value if isinstance(entry, LedgerEntry) else entry.form,
            "amount": str(entry.money),
            "currency": entry.money.currency,
            "date": entry.day.isoformat(),
            "note": entry.note if isinstance(entry, LedgerEntry) else None,
        }
        if entry
        else None,
    }


def _show(document: dict[str, Any]) -> None:
    results.print(f"[bold]{document['event']}[/bold]", highlight=False)
    if document["code"]:
        results.print(f"  [red]{document['code']}[/red] {document['finding']}", highlight=False)
        results.print(f"    → {document['fix']}", highlight=False)
    is_taken = any(route["taken"] for route in document["routes"])
    for route in document["routes"]:
        if is_taken and not route["taken"]:
            results.print(
                f"  route {route['route']} does not take it: {route['checks'][-1]['finding']}", highlight=False
            )
            continue
        results.print(f"  route {route['route']}", highlight=False)
        for check in route["checks"]:
            mark = "[green]✓[/green]" if check["passed"] else "[red]✗[/red]"
            results.print(f"    {mark} {check['check']}: {check['finding']}", highlight=False)
            if check["fix"]:
                results.print(f"        → {check['fix']}", highlight=False)


def _explain_reference(reference: str, tenant: str, state: Path | None, stage: str | None, *, as_json: bool) -> bool:
    with open_books(state, stage) as books:
        found = [record for record in books.records(tenant) if record.key.reference == reference]
    if not found:
        raise UsageError("delivery_not_found", f"There is no delivery of reference {reference!r}.")
    checks = [(record, status_check(record)) for record in found]
    if as_json:
        deliveries = [
            {
                "route": record.route,
                "status": record.status,
                "code": check.code,
                "finding": check.finding,
                "fix": check.fix,
            }
            for record, check in checks
        ]
        print_json({"reference": reference, "deliveries": deliveries})
        return all(check.passed for _, check in checks)
    for record, check in checks:
        mark = "[green]✓[/green]" if check.passed else "[red]✗[/red]"
        results.print(f"{mark} route {record.route}, {record.kind}: {check.finding}", highlight=False)
        if check.fix:
            results.print(f"    → {check.fix}", highlight=False)
    return all(check.passed for _, check in checks)
