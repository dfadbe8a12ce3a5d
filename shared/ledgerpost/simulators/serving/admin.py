"""The paths beside the API, for whoever runs the simulator: what happened, and what shall happen from now on.

`GET /_simulator/counts` · `GET /_simulator/entries` (JSON Lines) · `GET /_simulator/requests` (the last 10,000) ·
`POST /_simulator/reset` · `POST /_simulator/faults {"faults": "cut=0.05"}`; a simulator adds its own. No token is asked
for: the simulator listens on loopback and holds no real books.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Any, Final, Protocol

from ledgerpost.simulators.serving.exchange import Answer, Call, json_answer
from ledgerpost.simulators.serving.log import RequestLog
from ledgerpost.simulators.serving.settings import SettingsError

ADMIN_PREFIX: Final = "/_simulator/"

AdminPaths = Mapping[str, tuple[str, Callable[[Call], Answer]]]
"""What follows the prefix → the method, and what answers it."""


class Administered(Protocol):
    """What the common paths ask of a simulator."""

    log: RequestLog

    def counts_document(self) -> dict[str, Any]:
        """What happened so far, as JSON."""
        ...

    def entry_documents(self) -> Iterator[dict[str, Any]]:
        """Everything in the books, each as JSON."""
        ...

    def reset(self) -> None:
        """Forget what happened."""
        ...

    def set_faults(self, text: str) -> None:
        """Replace the fault plan. Raises `ValueError`."""
        ...


def answer_admin(call: Call, paths: AdminPaths) -> Answer:
    """The answer of an admin path: 400 with a plain reason for what cannot be read."""
    known = paths.get(call.path.removeprefix(ADMIN_PREFIX))
    if known is None:
        return _refused(HTTPStatus.NOT_FOUND, "no such path")
    method, run = known
    if call.method != method:
        return _refused(HTTPStatus.METHOD_NOT_ALLOWED, f"this path answers {method}")
    try:
        return run(call)
    except (ValueError, TypeError) as error:  # among them FaultSpecError, SettingsError, bad JSON
        return _refused(HTTPStatus.BAD_REQUEST, str(error))


def common_paths(simulator: Administered) -> AdminPaths:
    """The paths that every simulator has."""

    def lines() -> Iterator[bytes]:
        for document in simulator.entry_documents():
            yield json.dumps(document).encode() + b"\n"

    def set_faults(call: Call) -> Answer:
        simulator.set_faults(property_of(call, "faults", str))
        return done()

    def reset(_: Call) -> Answer:
        simulator.reset()
        return done()

    return {
        "counts": ("GET", lambda _: json_answer(simulator.counts_document())),
        "entries": ("GET", lambda _: Answer(int(HTTPStatus.OK), content_type="application/x-ndjson", lines=lines())),
        "requests": ("GET", lambda _: json_answer({"items": [line.document() for line in simulator.log.requests]})),
        "reset": ("POST", reset),
        "faults": ("POST", set_faults),
    }


def done() -> Answer:
    """The answer without a body."""
    return Answer(int(HTTPStatus.NO_CONTENT))


def property_of(call: Call, name: str, kind: type[Any]) -> Any:
    """A property of the body's object. Raises `SettingsError`."""
    value = object_of(call).get(name)
    if not isinstance(value, kind):
        raise SettingsError(f"the body must be an object with '{name}'")
    return value


def object_of(call: Call) -> Mapping[str, Any]:
    """The object that the body is. Raises `SettingsError`."""
    document = json.loads(call.body)
    if not isinstance(document, dict):
        raise SettingsError("the body must be an object")
    return document


def _refused(status: HTTPStatus, detail: str) -> Answer:
    return json_answer({"status": status.value, "detail": detail}, status)
