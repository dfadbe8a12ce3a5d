"""Stream routes, their rules and the ledger's fields: the guide's steps 3 to 5."""

from collections.abc import Callable, Mapping

from ledgerpost.app.apply import Consent
from ledgerpost.connectors.pennypipe.problems import advice_on
from ledgerpost.console.answers import Answer, Html, Page, Redirect, problems_in, status_of
from ledgerpost.console.editing import Document, Saved, rules_text
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.console.previewing import previewed
from ledgerpost.console.requests import Fields, PageRequest
from ledgerpost.console.routing import (
    RouteForm,
    kind_called,
    load_fields,
    remove_route,
    rule_of_form,
    save_route,
    save_rule,
    save_rules,
    switch_route,
    with_rule,
    with_rules,
)
from ledgerpost.console.views.routes import route_called, routes
from ledgerpost.domain.access import Act
from ledgerpost.domain.outcome import NotApplied, Unknown
from ledgerpost.errors import LedgerpostError, Problem, describe

Parts = Mapping[str, str]

NEW = RouteForm(connection="", stream_type="Sales", account_id="", time_zone="Europe/London", enabled=True)


def show_routes(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:  # noqa: ARG001
    """All routes, and the form of a new one."""
    return _all(request, ports, NEW)


def post_route(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:  # noqa: ARG001
    """Save the route; its rules stay as they are."""
    form = _form(request.form)
    try:
        id_, _ = save_route(form, request.caller, ports, revision=_revision(request.form))
    except LedgerpostError as error:
        if form.id:
            return _one(request, ports, form.id, problems=problems_in(error), status=status_of(error))
        return _all(request, ports, form, problems=problems_in(error), status=status_of(error))
    return Redirect(f"/routes/{id_}?done=route-saved")


def show_route(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:
    """One route with its rules; with `?fields=1` also the fields of its account, asked of the ledger."""
    return _one(request, ports, parts["id"], wants_fields=request.query.ticked("fields"))


def post_enabled(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:
    """Switch the route on or off."""
    enabled = request.form.text("enabled") == "true"
    done = "route-enabled" if enabled else "route-disabled"
    return _changed(
        request, ports, parts["id"], done, lambda: switch_route(parts["id"], request.caller, ports, enabled=enabled)
    )


def post_rule(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:
    """Save one rule from its form."""
    form = request.form
    kind = kind_called(parts["kind"])

    def change() -> Saved:
        return save_rule(
            parts["id"],
            kind,
            rule_of_form(form),
            request.caller,
            ports,
            revision=_revision(form),
            consent=_consent(form),
        )

    return _changed(request, ports, parts["id"], "rule-saved", change)


def post_rules(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:
    """Apply rules as JSON, in either casing."""
    form, text = request.form, request.form.raw("rules")

    def change() -> Saved:
        return save_rules(parts["id"], text, request.caller, ports, revision=_revision(form), consent=_consent(form))

    return _changed(request, ports, parts["id"], "rules-applied", change, typed=text)


def post_rule_preview(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:
    """Say what one rule, as it is typed, would do to the deliveries of the last days; nothing is saved."""
    kind, rule = kind_called(parts["kind"]), rule_of_form(request.form)
    document = with_rule(parts["id"], kind, rule, request.caller, ports)
    return _preview(request, ports, parts["id"], lambda: document)


def post_rules_preview(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:
    """Say what the rules in the editor would do; nothing is saved."""
    text = request.form.raw("rules")
    return _preview(
        request, ports, parts["id"], lambda: with_rules(parts["id"], text, request.caller, ports), typed=text
    )


def _preview(
    request: PageRequest, ports: ConsolePorts, id_: str, document: Callable[[], Document], *, typed: str | None = None
) -> Answer:
    try:
        proposed = document()
        page = previewed(proposed, request.caller, ports)
    except LedgerpostError as error:
        return _one(request, ports, id_, problems=problems_in(error), status=status_of(error), typed=typed)
    text = rules_text(proposed, id_)
    return _one(request, ports, id_, preview=page, typed=typed or text, proposed=text)


def post_remove(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:
    """Remove the route, where nothing of it is under way."""
    try:
        remove_route(parts["id"], request.caller, ports, revision=_revision(request.form))
    except LedgerpostError as error:
        return _one(request, ports, parts["id"], problems=problems_in(error), status=status_of(error))
    return Redirect("/routes?done=route-removed")


def _changed(
    request: PageRequest,
    ports: ConsolePorts,
    id_: str,
    done: str,
    change: Callable[[], Saved],
    *,
    typed: str | None = None,
) -> Answer:
    try:
        change()
    except LedgerpostError as error:
        return _one(request, ports, id_, problems=problems_in(error), status=status_of(error), typed=typed)
    return Redirect(f"/routes/{id_}?done={done}")


def _form(form: Fields) -> RouteForm:
    return RouteForm(
        id=form.text("id"),
        connection=form.text("connection"),
        stream_type=form.text("stream_type"),
        account_id=form.text("account_id"),
        time_zone=form.text("time_zone"),
        enabled=form.ticked("enabled"),
        new_references=form.ticked("new_references"),
    )


def _consent(form: Fields) -> Consent:
    return Consent(new_references=form.ticked("new_references"))


def _revision(form: Fields) -> int | None:
    text = form.text("revision")
    return int(text) if text.isascii() and text.isdigit() else None


def _all(request: PageRequest, ports: ConsolePorts, form: RouteForm, *, status: int = 200, **values: object) -> Html:
    page = routes(request.caller.tenant, ports)
    return Html("routes.html", {"page": page, "form": form, "problems": ()} | values, status)


def _one(
    request: PageRequest,
    ports: ConsolePorts,
    id_: str,
    *,
    status: int = 200,
    wants_fields: bool = False,
    **values: object,
) -> Html:
    tenant = request.caller.tenant
    page = route_called(tenant, id_, ports)
    refused: tuple[Problem, ...] = ()
    if wants_fields:
        found = load_fields(tenant, page.route.connection, page.route.account, ports)
        if isinstance(found, NotApplied | Unknown):
            refused = _refusal(found)
        else:
            page = route_called(tenant, id_, ports, found)
    shown = {"page": page, "problems": refused, "typed": None, "preview": None, "proposed": ""} | values
    return Html("route.html", shown, status)


def _refusal(found: NotApplied | Unknown) -> tuple[Problem, ...]:
    advice = " ".join(advice_on(found.code)) or describe(found.code).fix
    return (Problem("Fields", f"The ledger gave no fields: {describe(found.code).cause}", advice, found.code),)


PAGES = (
    Page("GET", "/routes", Act.READ, show_routes),
    Page("POST", "/routes", Act.APPLY, post_route),
    Page("GET", "/routes/<id>", Act.READ, show_route),
    Page("POST", "/routes/<id>/enabled", Act.APPLY, post_enabled),
    Page("POST", "/routes/<id>/rules/<kind>", Act.APPLY, post_rule),
    Page("POST", "/routes/<id>/rules", Act.APPLY, post_rules),
    Page("POST", "/routes/<id>/preview/<kind>", Act.PREVIEW, post_rule_preview),
    Page("POST", "/routes/<id>/preview", Act.PREVIEW, post_rules_preview),
    Page("POST", "/routes/<id>/remove", Act.APPLY, post_remove),
)
