"""The public paths of PennyPipe: which call goes where, and who may make it.

Source: reference/pennypipe.md §3. Checked in this order: path (404), token (401), rate (429), account
(404), method (405), right (403), then the call itself.
"""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final
from urllib.parse import parse_qs, unquote

from ledgerpost.simulators.pennypipe import posting, validation
from ledgerpost.simulators.pennypipe.auth import SCOPES, OAuthCaller, OAuthError, Right
from ledgerpost.simulators.pennypipe.counts import Effect
from ledgerpost.simulators.pennypipe.faults import FaultKind
from ledgerpost.simulators.pennypipe.ledger import Account, Page
from ledgerpost.simulators.pennypipe.problems import (
    FieldError,
    account_not_found,
    malformed,
    method_not_allowed,
    unprocessable,
)
from ledgerpost.simulators.pennypipe.simulator import Simulator
from ledgerpost.simulators.serving.exchange import JSON, Answer, Call, json_answer

DISCOVERY_PATH: Final = "/.well-known/openid-configuration"
TOKEN_PATH: Final = "/connect/token"  # noqa: S105 - a path
PAGE_ENTRIES_MAX: Final = 200
PAGE_ENTRIES_DEFAULT: Final = 100


@dataclass(frozen=True, slots=True)
class Target:
    """An authorised call on one account; `rest` is what follows the path's resource, as an entry's id."""

    simulator: Simulator
    call: Call
    account: Account
    token: str
    is_oauth: bool
    rest: str = ""


@dataclass(frozen=True, slots=True)
class Operation:
    """One call of the contract: its name in the counts, the right it needs, and what does it."""

    name: str
    right: Right
    run: Callable[[Target], Answer]


def discovery(simulator: Simulator, call: Call) -> Answer:
    """The OpenID document, or 404 if it is switched off, so that a client falls back to `/connect/token`."""
    if not simulator.settings.discovery:
        raise account_not_found("no such path")
    if call.method != "GET":
        raise method_not_allowed("GET")
    issuer = f"http://{call.headers.get('Host', '')}"
    return json_answer(
        {
            "issuer": issuer,
            "token_endpoint": issuer + TOKEN_PATH,
            "grant_types_supported": ["client_credentials"],
            "response_types_supported": [],
            "scopes_supported": list(SCOPES),
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        }
    )


def token(simulator: Simulator, call: Call) -> Answer:
    """An access token, or the error of RFC 6749 §5.2; never cached (§5.1)."""
    if call.method != "POST":
        raise method_not_allowed("POST")
    simulator.tally.token_requests += 1
    authorization = call.headers.get("Authorization")
    try:
        answer = json_answer(simulator.tokens.issue(_form_body(call), authorization))
    except OAuthError as error:
        answer = json_answer({"error": error.error, "error_description": error.description}, error.status)
        if error.status is HTTPStatus.UNAUTHORIZED and authorization is not None:
            answer.headers["WWW-Authenticate"] = 'Basic realm="pennypipe"'
    answer.headers |= {"Cache-Control": "no-store", "Pragma": "no-cache"}
    return answer


def resource(simulator: Simulator, call: Call, name: Callable[[str], None]) -> Answer:
    """The answer of an account's resource. `name` is told the operation as soon as it is known. Raises `Problem`."""
    parts = call.path.split("/")
    match [unquote(part) for part in parts] if "%" in call.path else parts:
        case ["", "api", "accounts", account_id, *path]:
            operations, rest = _operations(path)
        case _:
            raise account_not_found("no such path")
    operation = operations.get(call.method)
    if operation is not None:
        name(operation.name)
    access_token, caller = simulator.tokens.caller(call.headers.get("Authorization"))
    if simulator.limiter is not None:
        simulator.limiter.admit(access_token)
    account = simulator.ledger.account(account_id)
    if operation is None:
        raise method_not_allowed(", ".join(operations))
    caller.demand(operation.right, account)
    is_oauth = isinstance(caller, OAuthCaller)
    return operation.run(Target(simulator, call, account, access_token, is_oauth, rest))


def _operations(path: list[str]) -> tuple[Mapping[str, Operation], str]:
    match path:
        case []:
            return _ACCOUNT, ""
        case ["ledger-entries"]:
            return _ENTRIES, ""
        case ["ledger-entries", "batch"]:
            return _BATCH, ""
        case ["ledger-entries", entry_id]:
            return _ENTRY, entry_id
        case ["field-definitions"]:
            return _FIELDS, ""
        case ["tags"]:
            return _TAGS, ""
        case ["integration-clients"]:
            return _CLIENTS, ""
        case _:
            raise account_not_found("no such path")


def _post_entry(target: Target) -> Answer:
    return posting.post_entry(target.simulator, _post(target))


def _post_batch(target: Target) -> Answer:
    return posting.post_batch(target.simulator, _post(target))


def _post(target: Target) -> posting.Post:
    return posting.Post(target.account, target.token, target.is_oauth, _json_body(target.call))


def _get_account(target: Target) -> Answer:
    account = target.account
    capabilities = ["referenceIdUpsert", "batch"] if target.simulator.ledger.upsert else ["batch"]
    return json_answer(
        {"id": account.id, "name": account.name, "currency": account.currency, "capabilities": capabilities}
    )


def _list_entries(target: Target) -> Answer:
    query = _query(target.call)
    if "referenceId" in query:
        return _look_up(target, query["referenceId"])
    page = target.simulator.ledger.page(target.account, after=_after(query.get("cursor")), limit=_limit(query))
    return _page_answer(page)


def _look_up(target: Target, reference_id: str) -> Answer:
    """The entries of one reference, on one page: there is one, or with upserts off as many as were posted."""
    simulator = target.simulator
    simulator.tally.lookups += 1
    lag_s = simulator.faults.standing_s(FaultKind.LAG, target.account.id, reference_id)
    entries, hidden = simulator.ledger.find(target.account, reference_id, lag_s=lag_s)
    if hidden:
        simulator.faults.count(FaultKind.LAG)
    return _page_answer(Page(tuple(entries), None))


def _page_answer(page: Page) -> Answer:
    cursor = None if page.next_after is None else _cursor(page.next_after)
    return json_answer({"items": [entry.document() for entry in page.entries], "nextCursor": cursor})


def _get_entry(target: Target) -> Answer:
    return json_answer(target.account.entry(target.rest).document())


def _delete_entry(target: Target) -> Answer:
    target.simulator.ledger.delete(target.account, target.rest)
    target.simulator.tally.effects[Effect.DELETED] += 1
    return Answer(int(HTTPStatus.NO_CONTENT))


def _get_fields(target: Target) -> Answer:
    items = [
        {"id": field.id, "name": field.name, "type": field.type, "required": field.required, "active": field.active}
        for field in target.account.fields.values()
    ]
    return json_answer({"items": items})


def _get_tags(target: Target) -> Answer:
    return json_answer({"items": [{"id": tag.id, "name": tag.name} for tag in target.account.tags.values()]})


def _allow_client(target: Target) -> Answer:
    document = validation.read_json(_json_body(target.call))
    client_id = document.get("oauthClientId") if isinstance(document, dict) else None
    if not isinstance(client_id, str) or not 1 <= len(client_id) <= validation.REFERENCE_CHARACTERS_MAX:
        raise unprocessable("validation", [FieldError("oauthClientId", "must be text of 1 to 200 characters")])
    target.account.allowed_clients.add(client_id)
    return json_answer({"accountId": target.account.id, "oauthClientId": client_id}, HTTPStatus.CREATED)


def _form_body(call: Call) -> bytes:
    if call.media_type != "application/x-www-form-urlencoded":
        raise OAuthError("invalid_request", "the body must be application/x-www-form-urlencoded")
    return call.body


def _json_body(call: Call) -> bytes:
    if call.media_type != JSON:
        raise malformed("the body must be application/json", HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    return call.body


def _query(call: Call) -> dict[str, str]:
    try:
        query = parse_qs(call.query, keep_blank_values=True, errors="strict", max_num_fields=16)
    except ValueError:
        raise malformed("the query cannot be read") from None
    return {name: values[-1] for name, values in query.items()}


def _limit(query: Mapping[str, str]) -> int:
    text = query.get("limit", str(PAGE_ENTRIES_DEFAULT))
    limit = validation.read_decimal(text)
    if limit is None or limit != int(limit) or not 1 <= limit <= PAGE_ENTRIES_MAX:
        raise unprocessable("validation", [FieldError("limit", f"must be 1 to {PAGE_ENTRIES_MAX}")])
    return int(limit)


def _cursor(after: int) -> str:
    return base64.urlsafe_b64encode(json.dumps({"after": after}).encode()).decode()


def _after(cursor: str | None) -> int:
    if cursor is None:
        return -1
    try:
        after = json.loads(base64.b64decode(cursor, altchars=b"-_", validate=True))["after"]
    except (binascii.Error, ValueError, KeyError, TypeError):
        raise malformed("the cursor is none of ours") from None
    if not isinstance(after, int) or after < 0:
        raise malformed("the cursor is none of ours")
    return after


_ACCOUNT: Final = {"GET": Operation("get_account", Right.READ, _get_account)}
_ENTRIES: Final = {
    "GET": Operation("list_entries", Right.READ, _list_entries),
    "POST": Operation("post_entry", Right.WRITE, _post_entry),
}
_BATCH: Final = {"POST": Operation("post_batch", Right.WRITE, _post_batch)}
_ENTRY: Final = {
    "GET": Operation("get_entry", Right.READ, _get_entry),
    "DELETE": Operation("delete_entry", Right.WRITE, _delete_entry),
}
_FIELDS: Final = {"GET": Operation("list_fields", Right.READ, _get_fields)}
_TAGS: Final = {"GET": Operation("list_tags", Right.READ, _get_tags)}
_CLIENTS: Final = {"POST": Operation("allow_client", Right.ADMIN, _allow_client)}
