"""The API of what is set up: connections, their secrets, routes, rules, the test post, pauses."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.openapi.params import Path, Query

from ledgerpost.app import acts
from ledgerpost.app.apply import Consent
from ledgerpost.app.pausing import Scope
from ledgerpost.console.api.models import (
    AccountsBody,
    ConnectionBody,
    PauseBody,
    RouteBody,
    RulesBody,
    SecretBody,
    TestPostBody,
)
from ledgerpost.console.caller import Caller
from ledgerpost.console.connecting import ConnectionForm, ask_accounts, rotate_secret, save_connection
from ledgerpost.console.editing import Saved, applied_or_empty, document_of
from ledgerpost.console.gate import Endpoint
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.console.routing import RouteForm, load_fields, remove_route, save_route, save_rules
from ledgerpost.console.views.connections import account_tests, connection_called, connections
from ledgerpost.console.views.trial import TrialForm, run_trial
from ledgerpost.domain.access import Act
from ledgerpost.domain.outcome import NotApplied, Unknown
from ledgerpost.domain.pause import Pause
from ledgerpost.domain.route import AccountId, ConnectionId
from ledgerpost.errors import UsageError, describe

ENDPOINTS = (
    Endpoint("GET", "/v1/connections", Act.READ),
    Endpoint("POST", "/v1/connections", Act.APPLY),
    Endpoint("PUT", "/v1/connections/<id>", Act.APPLY),
    Endpoint("POST", "/v1/connections/<id>/secret", Act.PUT_SECRET),
    Endpoint("POST", "/v1/connections/<id>/test", Act.PREVIEW),
    Endpoint("GET", "/v1/connections/<id>/fields", Act.READ),
    Endpoint("GET", "/v1/routes", Act.READ),
    Endpoint("POST", "/v1/routes", Act.APPLY),
    Endpoint("PUT", "/v1/routes/<id>", Act.APPLY),
    Endpoint("DELETE", "/v1/routes/<id>", Act.APPLY),
    Endpoint("PUT", "/v1/routes/<id>/rules", Act.APPLY),
    Endpoint("POST", "/v1/test-post", Act.TEST_POST),
    Endpoint("GET", "/v1/pauses", Act.READ),
    Endpoint("POST", "/v1/pauses", Act.PAUSE),
    Endpoint("POST", "/v1/pauses/resume", Act.RESUME),
)

Id = Annotated[str, Path(description="The id of the connection or route.")]
Plain = dict[str, Any]


def register(resolver: APIGatewayHttpResolver, ports: ConsolePorts, caller: Callable[[], Caller]) -> None:
    """Let `resolver` answer these calls."""
    _register_connections(resolver, ports, caller)
    _register_routes(resolver, ports, caller)
    _register_pauses(resolver, ports, caller)

    @resolver.post("/v1/test-post", tags=["set up"], summary="Post a small real entry, once.")
    def test_post(body: TestPostBody) -> Plain:
        form = TrialForm(connection=body.connection, account=body.account, amount=body.amount, clean_up=body.clean_up)
        result = asdict(run_trial(form, caller(), ports))
        return {_camel(key): value for key, value in result.items()}


def _register_connections(resolver: APIGatewayHttpResolver, ports: ConsolePorts, caller: Callable[[], Caller]) -> None:
    @resolver.get("/v1/connections", tags=["set up"], summary="The connections, without their secrets.")
    def list_connections() -> Plain:
        page = connections(caller().tenant, ports)
        return {"revision": page.revision, "connections": [_plain_connection(each) for each in page.connections]}

    @resolver.post("/v1/connections", tags=["set up"], summary="Save a new connection.")
    def create_connection(body: ConnectionBody) -> Plain:
        return _saved_connection(*save_connection(_connection_form(body, ""), caller(), ports, revision=body.revision))

    @resolver.put("/v1/connections/<id>", tags=["set up"], summary="Change a connection.")
    def change_connection(id: Id, body: ConnectionBody) -> Plain:  # noqa: A002 - the name of the path's part
        return _saved_connection(*save_connection(_connection_form(body, id), caller(), ports, revision=body.revision))

    @resolver.post("/v1/connections/<id>/secret", tags=["set up"], summary="Replace a connection's secret.")
    def put_secret(id: Id, body: SecretBody) -> Plain:  # noqa: A002
        put = rotate_secret(id, body.secret, caller(), ports, password=body.password)
        return {"secret": put.put.value, "accountsTested": put.accounts_tested}

    @resolver.post("/v1/connections/<id>/test", tags=["set up"], summary="Ask the ledger for each account.")
    def test_connection(id: Id, body: AccountsBody) -> Plain:  # noqa: A002
        view, _ = connection_called(caller().tenant, id, ports)
        accounts = tuple(AccountId(each) for each in body.accounts) or view.accounts
        return {
            "accounts": [asdict(each) for each in account_tests(ask_accounts(caller().tenant, id, accounts, ports))]
        }

    @resolver.get("/v1/connections/<id>/fields", tags=["set up"], summary="The field definitions of an account.")
    def fields(id: Id, account: Annotated[str, Query(min_length=1, max_length=100)]) -> Plain:  # noqa: A002
        found = load_fields(caller().tenant, id, account, ports)
        if isinstance(found, NotApplied | Unknown):
            raise UsageError(found.code, f"The ledger gave no fields: {describe(found.code).cause}")
        return {"fields": [asdict(each) for each in found]}


def _register_routes(resolver: APIGatewayHttpResolver, ports: ConsolePorts, caller: Callable[[], Caller]) -> None:
    @resolver.get("/v1/routes", tags=["set up"], summary="The routes with their rules.")
    def list_routes() -> Plain:
        configuration, revision = applied_or_empty(ports, caller().tenant)
        return {"revision": revision, "routes": document_of(configuration, ports.plain)["routes"]}

    @resolver.post("/v1/routes", tags=["set up"], summary="Save a new route, without rules yet.")
    def create_route(body: RouteBody) -> Plain:
        return _saved_route(*save_route(_route_form(body, ""), caller(), ports, revision=body.revision))

    @resolver.put("/v1/routes/<id>", tags=["set up"], summary="Change a route; its rules stay.")
    def change_route(id: Id, body: RouteBody) -> Plain:  # noqa: A002
        return _saved_route(*save_route(_route_form(body, id), caller(), ports, revision=body.revision))

    @resolver.delete("/v1/routes/<id>", tags=["set up"], summary="Remove a route that has nothing under way.")
    def delete_route(id: Id) -> Plain:  # noqa: A002
        return _saved_route(id, remove_route(id, caller(), ports, revision=None))

    @resolver.put("/v1/routes/<id>/rules", tags=["set up"], summary="Replace a route's rules, in either casing.")
    def put_rules(id: Id, body: RulesBody) -> Plain:  # noqa: A002
        text, consent = json.dumps(body.rules), Consent(new_references=body.new_references)
        return _saved_route(id, save_rules(id, text, caller(), ports, revision=body.revision, consent=consent))


def _register_pauses(resolver: APIGatewayHttpResolver, ports: ConsolePorts, caller: Callable[[], Caller]) -> None:
    @resolver.get("/v1/pauses", tags=["operate"], summary="What is paused.")
    def list_pauses() -> Plain:
        return {"pauses": [_plain_pause(each) for each in ports.pauses.pauses(caller().tenant, fresh=True)]}

    @resolver.post("/v1/pauses", tags=["operate"], summary="Hold back a connection, or one account of it.")
    def pause(body: PauseBody) -> Plain:
        return {"paused": acts.pause(_scope(body), ports.pausing, ports.doing(caller(), body.reason))}

    @resolver.post("/v1/pauses/resume", tags=["operate"], summary="Go on, and take up what waited.")
    def resume(body: PauseBody) -> Plain:
        ended, bulk = acts.resume(_scope(body), ports.pausing, ports.doing(caller(), body.reason))
        return {"ended": _plain_pause(ended) if ended else None, "redriven": bulk.done}

    def _scope(body: PauseBody) -> Scope:
        account = AccountId(body.account) if body.account else None
        return Scope(caller().tenant, connection_id(body.connection), account)

    def connection_id(name: str) -> ConnectionId:
        return ConnectionId(connection_called(caller().tenant, name, ports)[0].id)


def _connection_form(body: ConnectionBody, id_: str) -> ConnectionForm:
    return ConnectionForm(id=id_, **body.model_dump(exclude={"revision"}))


def _route_form(body: RouteBody, id_: str) -> RouteForm:
    return RouteForm(id=id_, **body.model_dump(exclude={"revision"}))


def _saved_connection(id_: str, saved: Saved) -> Plain:
    return {"connection": id_} | _saved(saved)


def _saved_route(id_: str, saved: Saved) -> Plain:
    return {"route": id_} | _saved(saved)


def _saved(saved: Saved) -> Plain:
    return {
        "revision": saved.applied.revision,
        "changes": [str(change) for change in saved.changes],
        "warnings": [asdict(warning) for warning in saved.warnings],
    }


def _plain_connection(view: Any) -> Plain:
    return {
        "id": view.id,
        "label": view.label,
        "target": view.target,
        "baseUrl": view.base_url,
        "authType": view.auth_type,
        "identityAuthority": view.identity_authority or None,
        "clientId": view.client_id or None,
        "scopes": view.scopes or None,
        "userName": view.user_name or None,
        "options": dict(view.options),
        "credentialsExpireOn": view.credentials_expire_on or None,
        "routes": [route.id for route in view.routes],
    }


def _plain_pause(pause: Pause) -> Plain:
    return {
        "connection": pause.connection,
        "account": pause.account,
        "code": pause.code,
        "by": pause.by,
        "at": pause.at.isoformat(),
        "reason": pause.reason or None,
    }


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)
