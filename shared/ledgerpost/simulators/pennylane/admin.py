"""The paths beside the API, for whoever runs the simulator.

`GET /_simulator/counts` · `GET /_simulator/rows/{collection}` (JSON Lines; a document's lines stand in it) ·
`GET /_simulator/requests` (the last 10,000) · `POST /_simulator/reset` ·
`POST /_simulator/faults {"faults": "cut=0.05"}` ·
`POST /_simulator/load {"products": [body, …], …}` (bulk, through the API's own rules, no token and no rate limit) ·
`POST /_simulator/expire` (every access token) · `POST /_simulator/cut_token_answers {"next": 1}`.
No token is asked for: the simulator listens on loopback and holds no real books.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from ledgerpost.simulators.pennylane import api
from ledgerpost.simulators.pennylane.auth import Caller
from ledgerpost.simulators.pennylane.books import COLLECTIONS
from ledgerpost.simulators.pennylane.exchange import Refusal, json_answer, no_such_path
from ledgerpost.simulators.pennylane.links import API_PATH, NESTED, shown
from ledgerpost.simulators.pennylane.settings import ALL_SCOPES
from ledgerpost.simulators.pennylane.simulator import Simulator
from ledgerpost.simulators.serving.exchange import Answer, Call

ADMIN_PREFIX: Final = "/_simulator/"

Run = Callable[[], Answer]


def answer(simulator: Simulator, call: Call) -> Answer:
    """The answer of an admin path. Raises `Refusal`: 400 with a plain reason for what cannot be read."""
    name, _, rest = call.path.removeprefix(ADMIN_PREFIX).partition("/")
    known = _PATHS.get((call.method, name))
    if known is None:
        raise no_such_path()
    try:
        return known(simulator, call, rest)
    except (ValueError, TypeError, KeyError) as error:  # among them FaultSpecError and bad JSON
        raise _refused(str(error)) from error


def _counts(simulator: Simulator, _call: Call, _rest: str) -> Answer:
    return json_answer(simulator.counts())


def _rows(simulator: Simulator, call: Call, rest: str) -> Answer:
    if rest not in COLLECTIONS:
        raise no_such_path()
    base_url = f"http://{call.headers.get('Host', '')}"
    return Answer(200, content_type="application/x-ndjson", lines=_row_lines(simulator, rest, base_url))


def _row_lines(simulator: Simulator, collection: str, base_url: str) -> Iterator[bytes]:
    """Each row as the API gives it, with what lies behind its links in place of them."""
    for row in simulator.books.rows(collection):
        inside = {name: simulator.books.children(collection, row["id"], name) for name in NESTED.get(collection, ())}
        yield json.dumps(shown(collection, row, base_url) | inside, default=str).encode() + b"\n"


def _requests(simulator: Simulator, _call: Call, _rest: str) -> Answer:
    return json_answer({"items": [request.document() for request in simulator.requests]})


def _reset(simulator: Simulator, _call: Call, _rest: str) -> Answer:
    simulator.reset()
    return Answer(204)


def _faults(simulator: Simulator, call: Call, _rest: str) -> Answer:
    simulator.set_faults(str(_object(call)["faults"]))
    return Answer(204)


def _expire(simulator: Simulator, _call: Call, _rest: str) -> Answer:
    simulator.tokens.revoke_all()
    return Answer(204)


def _cut_token_answers(simulator: Simulator, call: Call, _rest: str) -> Answer:
    simulator.token_answers_to_cut = int(_object(call)["next"])
    return Answer(204)


def _load(simulator: Simulator, call: Call, _rest: str) -> Answer:
    """Create every body under its path's name, in the order given, and answer the ids. Path `customer_invoices/7/…`
    acts on one row. The first refused one ends it; what came before stays.
    """
    ids: dict[str, list[int | None]] = {}
    for path, bodies in _object(call).items():
        ids[path] = [_made(simulator, call, path, body) for body in bodies]
    return json_answer({"ids": ids}, 201)


def _made(simulator: Simulator, call: Call, path: str, body: Any) -> int | None:
    method = "PUT" if path.rpartition("/")[2] in ("mark_as_paid", "finalize", "categories", "update_status") else "POST"
    if path == "categories":
        method = "POST"
    inner = replace(call, method=method, path=f"{API_PATH}/{path}", query="", body=json.dumps(body).encode())
    operation, row_id = api.operation_of(inner)
    caller = Caller("", frozenset(ALL_SCOPES))
    try:
        given = operation.run(api.Asked(simulator.books, inner, caller, "", row_id))
    except Refusal as refusal:
        raise ValueError(f"{path}: {refusal.answer.body.decode()}") from None
    document = json.loads(given.body) if given.body else None
    return document["id"] if isinstance(document, dict) else None


def _refused(detail: str) -> Refusal:
    return Refusal(json_answer({"detail": detail}, 400))


def _object(call: Call) -> Mapping[str, Any]:
    document = json.loads(call.body)
    if not isinstance(document, dict):
        raise TypeError("the body must be an object")
    return document


_PATHS: Final[Mapping[tuple[str, str], Callable[[Simulator, Call, str], Answer]]] = {
    ("GET", "counts"): _counts,
    ("GET", "rows"): _rows,
    ("GET", "requests"): _requests,
    ("POST", "reset"): _reset,
    ("POST", "faults"): _faults,
    ("POST", "load"): _load,
    ("POST", "expire"): _expire,
    ("POST", "cut_token_answers"): _cut_token_answers,
}
