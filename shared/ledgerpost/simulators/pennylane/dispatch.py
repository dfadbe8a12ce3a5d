"""From a call to its answer: the checks in their order, the faults around them, the counts and the log.

Before any effect strike `expire`, `limit`, `refuse` and `poison`; after it `cut`, `error_after` and `html`. `slow`
delays any answer; `lag` hides a new row from look-ups by its reference.
"""

import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import Final
from urllib.parse import unquote

from ledgerpost.simulators.pennylane import admin, api
from ledgerpost.simulators.pennylane.auth import Caller
from ledgerpost.simulators.pennylane.exchange import (
    Refusal,
    json_answer,
    no_such_path,
    parameters_of,
    rate_limited,
    unauthorized,
    unavailable,
    unprocessable,
)
from ledgerpost.simulators.pennylane.faults import FaultKind
from ledgerpost.simulators.pennylane.listing import reference_in
from ledgerpost.simulators.pennylane.simulator import LoggedRequest, Simulator
from ledgerpost.simulators.serving.exchange import Answer, Call
from ledgerpost.simulators.serving.faults import CallFaults

TOKEN_PATH: Final = "/oauth/token"  # noqa: S105 - a path
_HTML: Final = b"<!doctype html><title>Gateway</title><h1>Please stand by</h1>"


def answer(simulator: Simulator, call: Call) -> Answer:
    """The answer to any call. Calls of the API are counted and logged; those of the admin paths are not."""
    if call.path.startswith(admin.ADMIN_PREFIX):
        return _refused_or(lambda: admin.answer(simulator, call))
    given = _token_answer(simulator, call) if call.path == TOKEN_PATH else _api_answer(simulator, call)
    status = "cut" if given.cut else str(given.status)
    simulator.books.tally.calls[given.operation, status] += 1
    simulator.requests.append(
        LoggedRequest(given.operation, call.method, unquote(call.path), unquote(call.query), status)
    )
    return given


def _refused_or(run: "admin.Run") -> Answer:
    try:
        return run()
    except Refusal as refusal:
        return refusal.answer


def _token_answer(simulator: Simulator, call: Call) -> Answer:
    given = simulator.tokens.issue(call) if call.method == "POST" else no_such_path().answer
    given.operation = "token"
    if simulator.token_answers_to_cut > 0 and given.status == 200:
        simulator.token_answers_to_cut -= 1
        given.cut = True
    return given


def _api_answer(simulator: Simulator, call: Call) -> Answer:
    operation_name, headers = "unknown", {}
    try:
        caller = simulator.tokens.caller(call)
        operation, row_id = api.operation_of(call)
        operation_name = operation.name
        caller.demand(operation.scope, writes=operation.writes)
        headers = dict(_admitted(simulator, caller))
        given = _struck_answer(simulator, call, caller, operation, row_id)
    except Refusal as refusal:
        given = refusal.answer
    given.operation = operation_name
    given.headers = headers | given.headers
    return given


def _admitted(simulator: Simulator, caller: Caller) -> Mapping[str, str]:
    try:
        return simulator.limit.admit(caller.token)
    except Refusal:
        simulator.books.tally.rejected_by_limit += 1
        raise


def _struck_answer(simulator: Simulator, call: Call, caller: Caller, operation: api.Operation, row_id: str) -> Answer:
    faults = simulator.faults.call("", _drawn_by(call))
    asked = api.Asked(
        simulator.books, call, caller, f"http://{call.headers.get('Host', '')}", row_id, _hidden(simulator, call)
    )
    try:
        _strike_before(simulator, call, caller, faults)
        given = operation.run(asked)
    except Refusal as refusal:
        given = refusal.answer
    else:
        given = _strike_after(faults, given, is_read=call.method == "GET")
    if fault := faults.strikes(FaultKind.SLOW):
        given.delay_s = fault.seconds
    return given


def _strike_before(simulator: Simulator, call: Call, caller: Caller, faults: CallFaults) -> None:
    if caller.family is not None and faults.strikes(FaultKind.EXPIRE):
        simulator.tokens.revoke(caller.token)
        raise unauthorized()
    if fault := faults.strikes(FaultKind.LIMIT):
        raise rate_limited(int(fault.seconds))
    if fault := faults.strikes(FaultKind.REFUSE):
        raise unavailable(int(fault.seconds))
    if call.method == "POST" and simulator.faults.names(FaultKind.POISON, _sent_reference(call)):
        raise unprocessable("Refused by the simulator's plan")


def _strike_after(faults: CallFaults, given: Answer, *, is_read: bool) -> Answer:
    if faults.strikes(FaultKind.DROP if is_read else FaultKind.CUT):
        given.cut = True
    elif faults.strikes(FaultKind.ERROR_AFTER):
        return json_answer({"error": "internal_server_error", "message": "Something went wrong", "details": {}}, 500)
    elif faults.strikes(FaultKind.HTML):
        return Answer(200, _HTML, "text/html")
    return given


def _drawn_by(call: Call) -> str:
    """What decides whether a fault strikes: the reference of a create, else method, path, query and body."""
    reference = _sent_reference(call)
    if reference is not None:
        return reference
    digest = blake2b(call.body, digest_size=8).hexdigest()
    return f"{call.method} {call.path}?{call.query} {digest}"


def _sent_reference(call: Call) -> str | None:
    """The external reference or the piece number that a create carries."""
    if call.method != "POST":
        return None
    try:
        document = json.loads(call.body)
    except ValueError:
        return None
    if not isinstance(document, dict):
        return None
    found = document.get("external_reference") or document.get("piece_number")
    return found if isinstance(found, str) else None


def _hidden(simulator: Simulator, call: Call) -> frozenset[int]:
    """The rows that a look-up by reference does not see yet."""
    if call.method != "GET" or FaultKind.LAG not in simulator.faults.plan:
        return frozenset()
    reference = reference_in(parameters_of(call).get("filter"))
    lag_s = simulator.faults.standing_s(FaultKind.LAG, "", reference) if reference else 0.0
    now_s = simulator.books.now_s()
    return frozenset(row_id for row_id, born_s in simulator.books.born_s.items() if now_s - born_s < lag_s)
