"""The paths beside the API, for whoever runs the simulator: what happened, and what shall happen from now on.

`GET /_simulator/counts` · `GET /_simulator/entries` (JSON Lines) · `GET /_simulator/requests` (the last 10,000) ·
`POST /_simulator/reset` · `POST /_simulator/faults {"faults": "cut=0.05"}` · `POST /_simulator/upsert {"on": false}` ·
`POST /_simulator/accounts {"id", "name", "currency", "fields", "tags", "oauth_clients"}`. No token is asked for: the
simulator listens on loopback and holds no real books.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final

from ledgerpost.simulators.pennypipe.exchange import Answer, Call, json_answer
from ledgerpost.simulators.pennypipe.problems import account_not_found, malformed, method_not_allowed
from ledgerpost.simulators.pennypipe.settings import AccountSettings, SettingsError
from ledgerpost.simulators.pennypipe.simulator import Simulator

ADMIN_PREFIX: Final = "/_simulator/"


def answer(simulator: Simulator, call: Call) -> Answer:
    """The answer of an admin path. Raises `Problem`: 400 with a plain reason for what cannot be read."""
    known = _PATHS.get(call.path.removeprefix(ADMIN_PREFIX))
    if known is None:
        raise account_not_found("no such path")
    method, run = known
    if call.method != method:
        raise method_not_allowed(method)
    try:
        return run(simulator, call)
    except (ValueError, TypeError) as error:  # among them FaultSpecError, SettingsError, bad JSON
        raise malformed(str(error)) from error


def _counts(simulator: Simulator, _: Call) -> Answer:
    return json_answer(simulator.counts().document())


def _entries(simulator: Simulator, _: Call) -> Answer:
    return Answer(int(HTTPStatus.OK), content_type="application/x-ndjson", lines=_entry_lines(simulator))


def _entry_lines(simulator: Simulator) -> Iterator[bytes]:
    for entry in simulator.ledger.all_entries():
        yield json.dumps(entry.document()).encode() + b"\n"


def _requests(simulator: Simulator, _: Call) -> Answer:
    return json_answer({"items": [request.document() for request in simulator.requests]})


def _reset(simulator: Simulator, _: Call) -> Answer:
    simulator.reset()
    return Answer(int(HTTPStatus.NO_CONTENT))


def _faults(simulator: Simulator, call: Call) -> Answer:
    simulator.set_faults(_property(call, "faults", str))
    return Answer(int(HTTPStatus.NO_CONTENT))


def _upsert(simulator: Simulator, call: Call) -> Answer:
    simulator.ledger.upsert = _property(call, "on", bool)
    return Answer(int(HTTPStatus.NO_CONTENT))


def _accounts(simulator: Simulator, call: Call) -> Answer:
    account = simulator.ledger.add(AccountSettings.from_document(_object(call)))
    return json_answer({"id": account.id}, HTTPStatus.CREATED)


def _property(call: Call, name: str, kind: type[Any]) -> Any:
    value = _object(call).get(name)
    if not isinstance(value, kind):
        raise SettingsError(f"the body must be an object with '{name}'")
    return value


def _object(call: Call) -> Mapping[str, Any]:
    document = json.loads(call.body)
    if not isinstance(document, dict):
        raise SettingsError("the body must be an object")
    return document


_PATHS: Final[Mapping[str, tuple[str, Callable[[Simulator, Call], Answer]]]] = {
    "counts": ("GET", _counts),
    "entries": ("GET", _entries),
    "requests": ("GET", _requests),
    "reset": ("POST", _reset),
    "faults": ("POST", _faults),
    "upsert": ("POST", _upsert),
    "accounts": ("POST", _accounts),
}
