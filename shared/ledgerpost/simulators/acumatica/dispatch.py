"""From a call to its answer: sign-in paths, entity paths, admin paths; each call of the API is counted and logged."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qsl, unquote

from ledgerpost.simulators.acumatica import admin
from ledgerpost.simulators.acumatica.entities import Request, action_status, operation_of
from ledgerpost.simulators.acumatica.jsontext import decode, encode
from ledgerpost.simulators.acumatica.problems import (
    JSON,
    invalid_request,
    length_required,
    method_not_allowed,
    not_found,
    too_many_requests,
    unknown_company,
)
from ledgerpost.simulators.acumatica.sessions import COOKIE, SCOPES
from ledgerpost.simulators.acumatica.simulator import Simulator
from ledgerpost.simulators.pennypipe.auth import OAuthError
from ledgerpost.simulators.serving.dispatch import dispatch
from ledgerpost.simulators.serving.exchange import Answer, Call, Refusal

TOKEN_PATH: Final = "/identity/connect/token"  # noqa: S105 - a path
REVOCATION_PATH: Final = "/identity/connect/revocation"
DISCOVERY_PATH: Final = "/identity/.well-known/openid-configuration"
LOGIN_PATH: Final = "/entity/auth/login"
LOGOUT_PATH: Final = "/entity/auth/logout"

Name = Callable[[str], None]


def answer(simulator: Simulator, call: Call) -> Answer:
    """The answer to any call."""
    return dispatch(
        call,
        log=simulator.log,
        admin=admin.paths_of(simulator),
        api=lambda call, name: _api_answer(simulator, call, name),
    )


def _api_answer(simulator: Simulator, call: Call, name: Name) -> Answer:
    paths: dict[str, tuple[str, str, Callable[[Simulator, Call], Answer]]] = {
        TOKEN_PATH: ("token", "POST", _token),
        REVOCATION_PATH: ("revoke", "POST", _revoke),
        DISCOVERY_PATH: ("discovery", "GET", _discovery),
        LOGIN_PATH: ("login", "POST", _login),
        LOGOUT_PATH: ("logout", "POST", _logout),
    }
    known = paths.get(call.path)
    if known is None:
        return _resource(simulator, call, name)
    operation, method, run = known
    name(operation)
    if call.method != method:
        raise method_not_allowed(method)
    return run(simulator, call)


def _token(simulator: Simulator, call: Call) -> Answer:
    simulator.tally.token_requests += 1
    try:
        given = Answer(200, encode(simulator.sessions.issue(call.body, call.headers.get("Authorization"))), JSON)
    except OAuthError as error:
        given = Answer(int(error.status), encode({"error": error.error, "error_description": error.description}), JSON)
    given.headers |= {"Cache-Control": "no-store", "Pragma": "no-cache"}
    return given


def _revoke(simulator: Simulator, call: Call) -> Answer:
    """RFC 7009 §2.2: 200, also for a token that is not known."""
    form = dict(parse_qsl(call.body.decode("utf-8", "replace")))
    simulator.sessions.revoke(form.get("token", ""))
    return Answer(int(HTTPStatus.OK))


def _discovery(_: Simulator, call: Call) -> Answer:
    issuer = f"http://{call.headers.get('Host', '')}/identity"
    document = {
        "issuer": issuer,
        "token_endpoint": f"{issuer}/connect/token",
        "authorization_endpoint": f"{issuer}/connect/authorize",
        "revocation_endpoint": f"{issuer}/connect/revocation",
        "grant_types_supported": ["authorization_code", "password", "refresh_token"],
        "scopes_supported": list(SCOPES),
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
    }
    return Answer(int(HTTPStatus.OK), encode(document), JSON)


def _login(simulator: Simulator, call: Call) -> Answer:
    simulator.tally.logins += 1
    try:
        document = decode(call.body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise invalid_request("The body must be an object.")
    cookie = simulator.sessions.login(document)
    return Answer(int(HTTPStatus.NO_CONTENT), headers={"Set-Cookie": f"{COOKIE}={cookie}; path=/; HttpOnly"})


def _logout(simulator: Simulator, call: Call) -> Answer:
    if "Content-Length" not in call.headers:
        raise length_required()
    simulator.tally.logouts += 1
    simulator.sessions.logout(call.headers)
    return Answer(int(HTTPStatus.NO_CONTENT))


def _resource(simulator: Simulator, call: Call, name: Name) -> Answer:
    parts = [unquote(part) for part in call.path.strip("/").split("/")]
    match parts:
        case ["entity"]:
            _admitted(simulator, call)
            name("endpoints")
            return _endpoints(simulator, call)
        case ["entity", "Default", version, entity, *key] if version == simulator.settings.version:
            return _entity(simulator, call, name, entity, tuple(key))
    raise not_found()


def _entity(simulator: Simulator, call: Call, name: Name, entity: str, key: tuple[str, ...]) -> Answer:
    table = simulator.site.tables.get(entity)
    if table is None or entity in simulator.settings.absent_entities:
        raise not_found()
    if call.method == "GET" and len(key) == 3 and key[1] == "status":
        name("action_status")
        _admitted(simulator, call)
        return action_status(simulator, key[2])
    operation, run = operation_of(call.method, entity, key)
    name(operation)
    _admitted(simulator, call)
    return run(Request(simulator, call, table, key))


def _admitted(simulator: Simulator, call: Call) -> None:
    header, _, value = simulator.settings.company_header.partition(":")
    known_by = simulator.sessions.admit(call.headers)
    if header and call.headers.get(header.strip()) != value.strip():
        raise unknown_company()
    if simulator.limiter is not None:
        try:
            simulator.limiter.admit(known_by)
        except Refusal:
            raise too_many_requests() from None


def _endpoints(simulator: Simulator, call: Call) -> Answer:
    version = simulator.settings.version
    href = f"http://{call.headers.get('Host', '')}/entity/Default/{version}/"
    build = {"acumaticaBuildVersion": f"{version[:2]}.201.0070", "databaseVersion": f"{version[:2]}.201.0070"}
    document = {"version": build, "endpoints": [{"name": "Default", "version": version, "href": href}]}
    return Answer(int(HTTPStatus.OK), encode(document), JSON)
