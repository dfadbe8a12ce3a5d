"""Connections: the guide's step 2, and pausing and resuming them."""

from collections.abc import Mapping

from ledgerpost.app import acts
from ledgerpost.app.pausing import Scope
from ledgerpost.app.stage_secrets import REFRESH_TOKEN, Put
from ledgerpost.console.answers import Answer, Html, Page, Redirect, problems_in, status_of
from ledgerpost.console.connecting import ConnectionForm, ask_accounts, rotate_secret, save_connection
from ledgerpost.console.ledgers import LEDGERS, OPTIONS
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.console.requests import Fields, PageRequest
from ledgerpost.console.views.connections import account_tests, connection_called, connections
from ledgerpost.domain.access import Act
from ledgerpost.domain.route import AccountId, ConnectionId
from ledgerpost.errors import LedgerpostError, UsageError

Parts = Mapping[str, str]

SCOPES = "webjala_pennypipe_api pennypipe.integration.ledger.write"
"""What a client that posts asks for. Source: pennypipe.md, section 3.1."""

NEW = ConnectionForm(label="", base_url="", auth_type="OAuth", scopes=SCOPES)


def show_connections(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:  # noqa: ARG001
    """All connections, and the form of a new one."""
    return _all(request, ports, NEW)


def post_connection(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:  # noqa: ARG001
    """Save connection."""
    form = _form(request.form)
    try:
        id_, _ = save_connection(form, request.caller, ports, revision=_revision(request.form))
    except LedgerpostError as error:
        if form.id:
            return _one(request, ports, form.id, form=form, problems=problems_in(error), status=status_of(error))
        return _all(request, ports, form, problems=problems_in(error), status=status_of(error))
    return Redirect(f"/connections/{id_}?done=connection-saved")


def show_connection(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:
    """One connection: change it, test it, rotate its secret, pause it."""
    return _one(request, ports, parts["id"])


def post_test(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:
    """Ask the ledger for each account that a route posts to, and for the one that is typed in."""
    tenant = request.caller.tenant
    view, _ = connection_called(tenant, parts["id"], ports)
    typed = request.form.text("account")
    accounts = (AccountId(typed),) if typed else view.accounts
    try:
        if not accounts:
            raise UsageError("request_unreadable", "No route posts through it yet: enter an account id to ask for.")
        tests = account_tests(ask_accounts(tenant, view.id, accounts, ports))
    except LedgerpostError as error:
        return _one(request, ports, view.id, problems=problems_in(error), status=status_of(error))
    return _one(request, ports, view.id, tests=tests)


def post_secret(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:
    """Replace the secret, where the ledger takes the new one."""
    try:
        secret, password = request.form.text("secret"), request.form.text("password")
        put = rotate_secret(parts["id"], secret, request.caller, ports, password=password)
    except LedgerpostError as error:
        return _one(request, ports, parts["id"], problems=problems_in(error), status=status_of(error))
    done = "secret-unchanged" if put.put is Put.UNCHANGED else "secret-rotated"
    return Redirect(f"/connections/{parts['id']}?done={done}")


def post_pause(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:
    """Hold everything back that would go through this connection, or to one account of it."""
    view, _ = connection_called(request.caller.tenant, parts["id"], ports)
    scope = _scope(request, view.id)
    reason = request.form.text("reason")
    paused = acts.pause(scope, ports.pausing, ports.doing(request.caller, reason))
    return Redirect(f"/connections/{view.id}?done={'paused' if paused else 'paused-already'}")


def post_resume(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:
    """Go on, and take up what waited."""
    view, _ = connection_called(request.caller.tenant, parts["id"], ports)
    scope = _scope(request, view.id)
    acts.resume(scope, ports.pausing, ports.doing(request.caller, request.form.text("reason")))
    return Redirect(f"/connections/{view.id}?done=resumed")


def _scope(request: PageRequest, id_: str) -> Scope:
    account = request.form.text("account")
    return Scope(request.caller.tenant, ConnectionId(id_), AccountId(account) if account else None)


def _form(form: Fields) -> ConnectionForm:
    return ConnectionForm(
        id=form.text("id"),
        label=form.text("label"),
        base_url=form.text("base_url"),
        auth_type=form.text("auth_type"),
        identity_authority=form.text("identity_authority"),
        client_id=form.text("client_id"),
        scopes=form.text("scopes"),
        credentials_expire_on=form.text("credentials_expire_on"),
        target=form.text("target") or "pennypipe",
        secret=form.text("token") if form.text("auth_type") == "PAT" else form.text("client_secret"),
        user_name=form.text("user_name"),
        password=form.text("password") if form.text("auth_type") == "OAuthPassword" else "",
        refresh_token=form.text("refresh_token") if form.text("auth_type") == "OAuth" else "",
        options=_options(form),
    )


def _options(form: Fields) -> dict[str, str] | None:
    """Give the target's own settings; None where the form has no place for them."""
    if not form.ticked("option"):
        return None
    rows = zip(form.all("option"), form.all("option_value"), strict=False)
    return {name: value for name, value in rows if name and name != REFRESH_TOKEN}


def _revision(form: Fields) -> int | None:
    text = form.text("revision")
    return int(text) if text.isascii() and text.isdigit() else None


def _all(
    request: PageRequest, ports: ConsolePorts, form: ConnectionForm, *, status: int = 200, **values: object
) -> Html:
    page = connections(request.caller.tenant, ports)
    shown = {"page": page, "form": form, "problems": (), "ledgers": LEDGERS, "option_names": OPTIONS}
    return Html("connections.html", shown | values, status)


def _one(request: PageRequest, ports: ConsolePorts, id_: str, *, status: int = 200, **values: object) -> Html:
    view, revision = connection_called(request.caller.tenant, id_, ports)
    shown = {"page": view, "revision": revision, "form": view, "tests": (), "problems": ()}
    return Html("connection.html", shown | {"ledgers": LEDGERS, "option_names": OPTIONS} | values, status)


PAGES = (
    Page("GET", "/connections", Act.READ, show_connections),
    Page("POST", "/connections", Act.APPLY, post_connection),
    Page("GET", "/connections/<id>", Act.READ, show_connection),
    Page("POST", "/connections/<id>/test", Act.PREVIEW, post_test),
    Page("POST", "/connections/<id>/secret", Act.PUT_SECRET, post_secret),
    Page("POST", "/connections/<id>/pause", Act.PAUSE, post_pause),
    Page("POST", "/connections/<id>/resume", Act.RESUME, post_resume),
)
