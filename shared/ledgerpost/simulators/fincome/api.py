"""The paths: which call does what, with which faults.

Checked in this order: path (404), key (401), rate (429), then the call itself. Source: fincome sheet, section 3.
"""

import json
import math
import time
from collections.abc import Callable
from dataclasses import asdict
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import unquote

from ledgerpost.simulators.fincome.books import Books, Effect, Entity
from ledgerpost.simulators.fincome.faults import FaultKind, parse_faults
from ledgerpost.simulators.fincome.problems import Fault, Refusal, not_found, too_many, unavailable, unknown_key
from ledgerpost.simulators.fincome.problems import unprocessable as unprocessable_with
from ledgerpost.simulators.fincome.settings import FincomeSettings
from ledgerpost.simulators.fincome.validation import check, read_row
from ledgerpost.simulators.serving.exchange import Answer, Call
from ledgerpost.simulators.serving.faults import CallFaults, FaultInjector

PREFIX: Final = "product"
LIMIT_RETRY_AFTER_S: Final = 2


class FincomeSimulator:
    """One tenant's rows behind the API. Lives in one thread; its clock is given, in seconds."""

    def __init__(self, settings: FincomeSettings, *, clock_s: Callable[[], float] = time.monotonic) -> None:
        self.settings = settings
        self.books = Books()
        self._clock_s = clock_s
        self._window: tuple[float, int] = (-math.inf, 0)
        self._faults = self._injector(settings.faults)

    def set_faults(self, text: str) -> None:
        """Replace the fault plan. Raises `FaultSpecError`."""
        self._faults = self._injector(text)

    def answer(self, call: Call) -> Answer:
        """The answer to any call; calls of the API are counted, those of the admin paths are not."""
        parts = [unquote(part) for part in call.path.strip("/").split("/")]
        if parts[0] == "_simulator":
            return self._refusable(lambda: self._admin(call, parts[1:]))
        operation = f"{call.method} {parts[1] if len(parts) > 1 else call.path}"
        given = self._refusable(lambda: self._api(call, parts))
        self.books.calls[operation, "cut" if given.cut else str(given.status)] += 1
        return given

    def _refusable(self, run: Callable[[], Answer]) -> Answer:
        try:
            return run()
        except Refusal as refusal:
            document = refusal.document(as_text=self.settings.detail_as_text)
            answer = _json(document, refusal.status)
            answer.headers.update(refusal.headers)
            return answer

    def _api(self, call: Call, parts: list[str]) -> Answer:
        match parts:
            case [str(prefix), str(name), *rest] if prefix == PREFIX and name in tuple(Entity) and len(rest) < 2:
                entity = Entity(name)
            case _:
                raise not_found("path")
        if call.headers.get(self.settings.key_header) != self.settings.key_prefix + self.settings.key:
            raise unknown_key()
        self._admit()
        match call.method, rest:
            case "POST", []:
                return self._write(entity, read_row(call.body))
            case "GET", [row_id]:
                return _json(self._row(entity, row_id))
            case "PATCH", [row_id] if entity is Entity.CUSTOMERS:
                return self._patch(entity, row_id, read_row(call.body))
            case "DELETE", [row_id] if entity is Entity.CUSTOMERS:
                self._row(entity, row_id)
                self.books.delete(entity, row_id)
                return Answer(int(HTTPStatus.NO_CONTENT))
            case _:
                raise Refusal(HTTPStatus.METHOD_NOT_ALLOWED, "Method Not Allowed")

    def _write(self, entity: Entity, row: dict[str, Any]) -> Answer:
        reference = str(row.get("id", ""))
        faults = self._faults.call(entity.value, reference)
        self._refuse_before(faults, reference)
        check(entity, row, self.books)
        effect = self.books.write(entity, row)
        status = HTTPStatus.CREATED if effect is Effect.CREATED else HTTPStatus.OK
        return _struck_after(faults, _json({"id": row["id"]}, status))

    def _patch(self, entity: Entity, row_id: str, changes: dict[str, Any]) -> Answer:
        row = {**self._row(entity, row_id), **changes, "id": row_id}
        check(entity, row, self.books)
        self.books.write(entity, row)
        return _json({"id": row_id}, HTTPStatus.ACCEPTED)

    def _row(self, entity: Entity, row_id: str) -> dict[str, Any]:
        row = self.books.rows[entity].get(row_id)
        if row is None:
            raise not_found("row")
        return dict(row)

    def _refuse_before(self, faults: CallFaults, reference: str) -> None:
        """Raise the refusals that strike this call: nothing is applied."""
        if (fault := faults.strikes(FaultKind.LIMIT)) is not None:
            raise too_many(max(int(fault.seconds), 0))
        if (fault := faults.strikes(FaultKind.REFUSE)) is not None:
            raise unavailable(max(int(fault.seconds), 0))
        if self._faults.names(FaultKind.POISON, reference):
            raise unprocessable_with([Fault(("id",), "This row is refused")])

    def _admit(self) -> None:
        if not self.settings.rate_calls:
            return
        now_s = self._clock_s()
        opened_s, calls = self._window
        if now_s - opened_s >= self.settings.rate_window_s:
            opened_s, calls = now_s, 0
        if calls >= self.settings.rate_calls:
            raise too_many(LIMIT_RETRY_AFTER_S)
        self._window = (opened_s, calls + 1)

    def _admin(self, call: Call, parts: list[str]) -> Answer:
        match call.method, parts:
            case "GET", ["counts"]:
                return _json(asdict(self.books.counts()))
            case "GET", ["rows"]:
                lines = (json.dumps(row, default=_plain).encode() + b"\n" for row in self.books.all_rows())
                return Answer(int(HTTPStatus.OK), content_type="application/x-ndjson", lines=lines)
            case "POST", ["reset"]:
                self.books.clear()
                self._faults.forget()
                return Answer(int(HTTPStatus.NO_CONTENT))
            case "POST", ["faults"]:
                self._replace_faults(read_row(call.body).get("faults"))
                return Answer(int(HTTPStatus.NO_CONTENT))
            case _:
                raise not_found("path")

    def _replace_faults(self, text: object) -> None:
        try:
            self.set_faults(str(text))
        except ValueError as error:
            raise Refusal(HTTPStatus.BAD_REQUEST, str(error)) from error

    def _injector(self, text: str) -> FaultInjector:
        return FaultInjector(self.settings.seed, parse_faults(text), injected=self.books.fault)


def _struck_after(faults: CallFaults, answer: Answer) -> Answer:
    """What the caller sees of an applied write."""
    if faults.strikes(FaultKind.CUT) is not None:
        answer.cut = True
    elif faults.strikes(FaultKind.ERROR_AFTER) is not None:
        answer = _json({"detail": "Internal Server Error"}, HTTPStatus.INTERNAL_SERVER_ERROR)
    elif faults.strikes(FaultKind.HTML) is not None:
        answer = Answer(int(HTTPStatus.OK), b"<html>welcome</html>", "text/html")
    if (slow := faults.strikes(FaultKind.SLOW)) is not None:
        answer.delay_s = slow.seconds
    return answer


def _json(document: object, status: int = HTTPStatus.OK) -> Answer:
    return Answer(int(status), json.dumps(document, default=_plain).encode())


def _plain(value: object) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(type(value).__name__)
