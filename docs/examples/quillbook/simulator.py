"""Quillbook on loopback: `python -m docs.examples.quillbook.simulator`. Source: sheet.md, and never the connector.

Faults (`simulators/serving/faults.py` has the grammar): `cut=RATE[:once]` applies the entry, then cuts the connection;
`error_after=RATE[:once]` applies it and answers 500; `limit=RATE[:once][:SECONDS]` answers 429 and applies nothing.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import date
from enum import StrEnum
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qs, unquote

from ledgerpost.simulators.serving.admin import common_paths
from ledgerpost.simulators.serving.dispatch import dispatch
from ledgerpost.simulators.serving.exchange import Answer, Call, Refusal, json_answer
from ledgerpost.simulators.serving.faults import FaultGrammar, FaultInjector, parse_plan
from ledgerpost.simulators.serving.log import RequestLog
from ledgerpost.simulators.serving.process import SimulatorChild
from ledgerpost.simulators.serving.running import CommandLine, Served
from ledgerpost.simulators.serving.settings import built
from ledgerpost.simulators.serving.striking import hide

DEMO_TOKEN: Final = "demo-token-opens-only-the-simulator"  # noqa: S105 - it opens nothing else
DEMO_BOOK: Final = "b-1"
_AMOUNT: Final = re.compile(r"[0-9]{1,12}(\.[0-9]{1,4})?")
_PATH: Final = re.compile(r"/v1/books/([^/]+)(/entries)?")


class FaultKind(StrEnum):
    """What a struck call sees; the module's own docstring says it."""

    CUT = "cut"
    ERROR_AFTER = "error_after"
    LIMIT = "limit"


_GRAMMAR: Final = FaultGrammar(kinds=FaultKind, has_retry_after=frozenset({FaultKind.LIMIT}))


@dataclass(frozen=True, slots=True, kw_only=True)
class QuillbookSettings:
    """One site with one book."""

    token: str = DEMO_TOKEN
    book: str = DEMO_BOOK
    currency: str = "EUR"
    remembers_keys: bool = True
    faults: str = ""
    seed: int = 0

    def to_json(self) -> str:
        """The settings on one line of JSON, the token included: for a pipe, never a command line."""
        return json.dumps(asdict(self))


class Refused(Refusal):
    """A refusal, in the shape of the sheet's section 5."""

    def __init__(self, status: HTTPStatus, code: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.document = {"error": {"code": code, "message": message}}
        self.headers = headers or {}

    def answer(self) -> Answer:
        """The answer, with its headers."""
        given = json_answer(self.document, self.status)
        given.headers.update(self.headers)
        return given


INTERNAL: Final = Refused(HTTPStatus.INTERNAL_SERVER_ERROR, "internal", "Something went wrong.")


class QuillbookSimulator:
    """One book behind the API. Lives in one thread."""

    def __init__(self, settings: QuillbookSettings) -> None:
        self._settings = settings
        self.log = RequestLog()
        self._entries: list[dict[str, Any]] = []
        self._of_key: dict[str, dict[str, Any]] = {}
        self.set_faults(settings.faults)

    def answer(self, call: Call) -> Answer:
        """The answer to any call."""
        return dispatch(call, log=self.log, admin=common_paths(self), api=self._api)

    def counts_document(self) -> dict[str, Any]:
        """How many entries there are, and the calls by status: effects told apart from calls."""
        return {"entries": len(self._entries), "calls": self.log.calls()}

    def entry_documents(self) -> Iterator[dict[str, Any]]:
        """Every entry."""
        return iter(self._entries)

    def reset(self) -> None:
        """Forget entries, keys and calls."""
        self._entries.clear()
        self._of_key.clear()
        self.log.clear()

    def set_faults(self, text: str) -> None:
        """Replace the fault plan. Raises `FaultSpecError`."""
        self._faults = FaultInjector(self._settings.seed, parse_plan(text, _GRAMMAR), injected=lambda _: None)

    def _api(self, call: Call, name: Callable[[str], None]) -> Answer:
        if call.headers.get("Authorization") != f"Bearer {self._settings.token}":
            raise Refused(HTTPStatus.UNAUTHORIZED, "unauthorized", "This token opens nothing.")
        path = _PATH.fullmatch(call.path)
        if path is None or unquote(path[1]) != self._settings.book:
            raise Refused(HTTPStatus.NOT_FOUND, "no_such_book", "There is no such book.")
        name(f"{call.method} {'entries' if path[2] else 'book'}")
        match call.method, bool(path[2]):
            case "GET", False:
                return json_answer(
                    {
                        "id": self._settings.book,
                        "currency": self._settings.currency,
                        "remembersKeys": self._settings.remembers_keys,
                    }
                )
            case "GET", True:
                wanted = parse_qs(call.query).get("externalId", [""])[0]
                return json_answer({"entries": [entry for entry in self._entries if entry["externalId"] == wanted]})
            case "POST", True:
                return self._write(_entry_of(call.body), call.headers.get("Idempotency-Key", ""))
            case _:
                raise Refused(HTTPStatus.METHOD_NOT_ALLOWED, "malformed", "There is no such call.")

    def _write(self, entry: dict[str, Any], key: str) -> Answer:
        """Create the entry, or give the one of the key. Source: sheet, section 3."""
        faults = self._faults.call(self._settings.book, entry["externalId"])
        if (limit := faults.strikes(FaultKind.LIMIT)) is not None:
            wait = {"Retry-After": str(int(limit.seconds))}
            raise Refused(HTTPStatus.TOO_MANY_REQUESTS, "slow_down", "Too many requests.", wait)
        if not 0 < len(key) <= 64:
            raise Refused(HTTPStatus.BAD_REQUEST, "malformed", "Idempotency-Key: 1 to 64 characters.")
        held = self._of_key.get(key)
        if held is not None and {**held, "id": ""} != {**entry, "id": ""}:
            raise Refused(HTTPStatus.CONFLICT, "key_reused", "This key was used for another entry.")
        status = HTTPStatus.CREATED if held is None else HTTPStatus.OK
        if held is None:
            held = {**entry, "id": f"e-{len(self._entries) + 1}"}
            self._entries.append(held)
            if self._settings.remembers_keys:
                self._of_key[key] = held
        return hide(faults, json_answer({"id": held["id"], "externalId": held["externalId"]}, status), INTERNAL)


def _entry_of(body: bytes) -> dict[str, Any]:
    """The entry that a body asks for. Raises 400 for what is no JSON object, 422 for what breaks a rule."""
    try:
        document = json.loads(body)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise Refused(HTTPStatus.BAD_REQUEST, "malformed", "The body is no JSON object.")
    amount, text, external_id = document.get("amount"), document.get("text"), document.get("externalId")
    fine = isinstance(external_id, str) and external_id and (text is None or isinstance(text, str))
    if not fine or document.get("side") not in ("credit", "debit"):
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", "externalId, side or text cannot be used.")
    if not isinstance(amount, str) or not _AMOUNT.fullmatch(amount) or not amount.strip("0."):
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", "amount has to be positive decimal text.")
    try:
        day = date.fromisoformat(str(document.get("bookedOn")))
    except ValueError:
        raise Refused(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid", "bookedOn has to be a day.") from None
    return {
        "externalId": external_id,
        "side": document["side"],
        "amount": amount,
        "bookedOn": day.isoformat(),
        "text": text,
    }


def served(settings: QuillbookSettings) -> Served:
    """A new simulator of these settings, to be served."""
    too_large = Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "malformed", "The body is too large.")
    return Served("quillbook", QuillbookSimulator(settings).answer, too_large.answer)


class QuillbookProcess(SimulatorChild):
    """Runs Quillbook as its own process for the length of a `with` block."""

    module = "docs.examples.quillbook.simulator"


COMMAND: Final = CommandLine(
    name="quillbook",
    from_json=lambda text: served(built(QuillbookSettings, json.loads(text))),
    demo=lambda faults, seed: served(QuillbookSettings(faults=faults, seed=seed)),
)

if __name__ == "__main__":
    raise SystemExit(COMMAND.run())
