"""From a call to its answer: the one place where a problem becomes a response, is counted and is logged."""

from typing import Final

from ledgerpost.simulators.pennypipe import admin, api
from ledgerpost.simulators.pennypipe.exchange import Answer, Call, problem_answer
from ledgerpost.simulators.pennypipe.problems import Problem
from ledgerpost.simulators.pennypipe.simulator import LoggedRequest, Simulator

REQUEST_ID_HEADER: Final = "X-Request-Id"
_REQUEST_ID_CHARACTERS_MAX: Final = 128


def answer(simulator: Simulator, call: Call) -> Answer:
    """The answer to any call. Calls of the API are counted and logged; those of the admin paths are not."""
    if call.path.startswith(admin.ADMIN_PREFIX):
        return _admin_answer(simulator, call)
    given = _api_answer(simulator, call)
    status = "cut" if given.cut else str(given.status)
    request_id = _request_id(call)
    simulator.tally.calls[(given.operation, status)] += 1
    simulator.requests.append(LoggedRequest(given.operation, call.method, call.path, status, request_id))
    if request_id is not None:
        given.headers[REQUEST_ID_HEADER] = request_id
    return given


def _admin_answer(simulator: Simulator, call: Call) -> Answer:
    try:
        return admin.answer(simulator, call)
    except Problem as problem:
        return problem_answer(problem)


def _api_answer(simulator: Simulator, call: Call) -> Answer:
    operation = "unknown"

    def name(known: str) -> None:
        nonlocal operation
        operation = known

    try:
        if call.path == api.TOKEN_PATH:
            name("token")
            given = api.token(simulator, call)
        elif call.path == api.DISCOVERY_PATH:
            name("discovery")
            given = api.discovery(simulator, call)
        else:
            given = api.resource(simulator, call, name)
    except Problem as problem:
        given = problem_answer(problem)
    given.operation = operation
    return given


def _request_id(call: Call) -> str | None:
    """The caller's id, if it is short printable text: it goes back in a header."""
    request_id = call.headers.get(REQUEST_ID_HEADER)
    if request_id is None or len(request_id) > _REQUEST_ID_CHARACTERS_MAX or not request_id.isprintable():
        return None
    return request_id
