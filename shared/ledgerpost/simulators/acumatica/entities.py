"""The calls on the entities of the endpoint: list, get, put, delete and actions, with the faults that strike a write.

The order of a write: signed in → faults that keep it from being applied (`expire`, `limit`, `error_before`, `conflict`,
`poison`) → checked → applied → faults that hide that it was (`cut`, `error_after`, `html`). `slow` delays any answer.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl

from ledgerpost.simulators.acumatica.faults import FaultKind
from ledgerpost.simulators.acumatica.filters import Predicate, parse_filter
from ledgerpost.simulators.acumatica.jsontext import decode, encode
from ledgerpost.simulators.acumatica.problems import (
    JSON,
    FieldError,
    exception,
    invalid_request,
    method_not_allowed,
    no_entity,
    not_found,
    not_signed_in,
    timed_out,
    too_many_requests,
    unprocessable,
)
from ledgerpost.simulators.acumatica.records import Record, View, shown
from ledgerpost.simulators.acumatica.schema import WRITABLE, Schema
from ledgerpost.simulators.acumatica.simulator import Simulator
from ledgerpost.simulators.acumatica.site import Condition
from ledgerpost.simulators.acumatica.table import Table
from ledgerpost.simulators.serving.exchange import Answer, Call, Refusal
from ledgerpost.simulators.serving.faults import CallFaults
from ledgerpost.simulators.serving.striking import delay, digest_of, hide


@dataclass(frozen=True, slots=True)
class Request:
    """A call by somebody who is signed in, on one entity; `key` is what follows the entity in the path."""

    simulator: Simulator
    call: Call
    table: Table
    key: tuple[str, ...]

    @property
    def schema(self) -> Schema:
        """The entity."""
        return self.table.schema

    def query(self) -> Mapping[str, str]:
        """The query's options, decoded."""
        return dict(parse_qsl(self.call.query, keep_blank_values=True))

    def matching(self) -> Predicate | None:
        """The query's filter."""
        text = self.query().get("$filter", "").strip()
        return parse_filter(text, self.schema) if text else None

    def view(self) -> View:
        """What the query wants to be shown."""
        options = self.query()
        selected = _names(options.get("$select", ""))
        expanded = _names(options.get("$expand", ""))
        for path in expanded:
            _check_path(path, self.schema)
        select = frozenset(name.partition("/")[0] for name in selected) if selected else None
        return View(select, expanded, _names(options.get("$custom", "")))


def operation_of(method: str, entity: str, key: tuple[str, ...]) -> tuple[str, Callable[[Request], Answer]]:
    """What a call on an entity does, and its name in the counts. Raises 405."""
    match method:
        case "GET" if not key:
            return f"list_{entity}", _list
        case "GET":
            return f"get_{entity}", _get
        case "PUT" if not key and entity in WRITABLE:
            return f"put_{entity}", _put
        case "POST" if len(key) == 1:
            return key[0], _act
        case "DELETE" if key and entity in WRITABLE:
            return f"delete_{entity}", _delete
    raise method_not_allowed("GET, PUT, POST, DELETE")


def _list(request: Request) -> Answer:
    matching, view, options = request.matching(), request.view(), request.query()
    records = [
        record
        for record in request.table
        if (matching is None or matching(record)) and not _is_hidden(request, record, matching)
    ]
    skip, top = _number(options, "$skip"), _number(options, "$top")
    start = skip or 0
    chosen = records[start : None if top is None else start + top]
    return _json([shown(record, view, number) for number, record in enumerate(chosen, start + 1)])


def _get(request: Request) -> Answer:
    if request.key == ("$adHocSchema",):
        return _json({**{name: {} for name in request.schema.fields}, "custom": {}})
    return _json(shown(_record(request), request.view()))


def _delete(request: Request) -> Answer:
    request.simulator.site.delete(request.schema.name, _record(request))
    return Answer(int(HTTPStatus.NO_CONTENT))


def _record(request: Request) -> Record:
    """The record of the path's key or GUID. Raises 500, as the site does."""
    found = request.table.of_id(request.key[0]) if len(request.key) == 1 else None
    found = found or request.table.of_key(request.key)
    if found is None:
        raise no_entity()
    return found


def _put(request: Request) -> Answer:
    document = _document(request.call.body)
    reference = reference_of(document) or digest_of(request.call.body)
    simulator, entity = request.simulator, request.schema.name
    if simulator.settings.fault_entities and entity not in simulator.settings.fault_entities:
        return _applied(request, document)
    faults = simulator.faults.call(entity, reference)
    try:
        _strike_before(request, document, reference, faults)
        answer = hide(faults, _applied(request, document), timed_out())
    except Refusal as refusal:
        answer = refusal.answer()
    return delay(faults, answer)


def _applied(request: Request, document: Mapping[str, Any]) -> Answer:
    headers = request.call.headers
    condition = Condition(
        insert=headers.get("If-None-Match", "").strip() == "*",
        update=headers.get("If-Match", "").strip() == "*",
        matching=request.matching(),
    )
    view = request.view()
    applied = request.simulator.site.put(request.schema.name, document, condition)
    request.simulator.tally.effects[request.schema.name, applied.effect] += 1
    return _json(shown(applied.record, view))


def _act(request: Request) -> Answer:
    """An action: done at once, and told after some polls of its Location. Source: reference/acumatica.md §4 and §8."""
    if request.key[0] != "SalesOrderCreateShipment" or request.schema.name != "SalesOrder":
        raise not_found()
    document = _document(request.call.body)
    entity, parameters = document.get("entity", {}), document.get("parameters", {})
    site = request.simulator.site
    order = site.catalogue.order(_text(entity, "OrderType"), _text(entity, "OrderNbr"))
    if order is None:
        raise no_entity()
    details = [
        {
            "OrderType": {"value": order.text("OrderType")},
            "OrderNbr": {"value": order.text("OrderNbr")},
            "OrderLineNbr": {"value": line.values["LineNbr"]},
        }
        for line in order.rows["Details"]
        if line.number("OpenQty") > 0
    ]
    shipment = {
        "CustomerID": {"value": order.text("CustomerID")},
        "WarehouseID": {"value": _text(parameters, "WarehouseID")},
        "ShipmentDate": {"value": _text(parameters, "ShipmentDate") or None},
        "Details": details,
    }
    applied = site.put("Shipment", shipment, Condition(insert=True))
    request.simulator.tally.effects["Shipment", applied.effect] += 1
    polls = request.simulator.settings.action_polls
    if polls == 0:
        return Answer(int(HTTPStatus.NO_CONTENT))
    action_id = request.simulator.new_id()
    request.simulator.actions[action_id] = polls
    location = f"{request.call.path}/status/{action_id}"
    return Answer(int(HTTPStatus.ACCEPTED), headers={"Location": location})


def action_status(simulator: Simulator, action_id: str) -> Answer:
    """202 while the action runs, then 204. Raises 404 for an action that was not begun."""
    if action_id not in simulator.actions:
        raise not_found()
    simulator.actions[action_id] -= 1
    is_running = simulator.actions[action_id] > 0
    return Answer(int(HTTPStatus.ACCEPTED if is_running else HTTPStatus.NO_CONTENT))


def reference_of(document: Mapping[str, Any]) -> str:
    """What a document is known by from outside: an order's reference, a customer's e-mail, a tracking number."""
    for name in ("ExternalRef", "CustomerOrder", "OrderNbr"):
        if reference := _text(document, name):
            return reference
    contact = document.get("MainContact")
    if isinstance(contact, dict):
        return _text(contact, "Email")
    packages = document.get("Packages")
    first = packages[0] if isinstance(packages, list) and packages else None
    return _text(first, "TrackingNbr") if isinstance(first, dict) else ""


def _strike_before(request: Request, document: Mapping[str, Any], reference: str, faults: CallFaults) -> None:
    if faults.strikes(FaultKind.EXPIRE):
        request.simulator.sessions.expire(request.call.headers)
        raise not_signed_in()
    if fault := faults.strikes(FaultKind.LIMIT):
        raise too_many_requests(int(fault.seconds) or None)
    if faults.strikes(FaultKind.ERROR_BEFORE):
        message = "Transaction (Process ID 71) was deadlocked on lock resources and has been chosen as the victim."
        raise exception(message, "System.Data.SqlClient.SqlException")
    if faults.strikes(FaultKind.CONFLICT):
        message = f"Error: Another process has updated the '{request.schema.name}' record. Your changes will be lost."
        raise exception(message, "PX.Data.PXLockViolationException")
    if request.simulator.faults.names(FaultKind.POISON, reference):
        raise unprocessable(document, [FieldError(("Description",), "Error: refused by the simulator's plan.")])


def _is_hidden(request: Request, record: Record, matching: Predicate | None) -> bool:
    """Whether a search misses the record because it is too young for the plan's `lag`."""
    if matching is None:
        return False
    simulator = request.simulator
    reference = record.text("ExternalRef") or record.text("CustomerOrder") or record.id
    lag_s = simulator.faults.standing_s(FaultKind.LAG, request.schema.name, reference)
    if not lag_s or request.table.created_at_s(record) <= simulator.clock_s() - lag_s:
        return False
    simulator.faults.count(FaultKind.LAG)
    return True


def _document(body: bytes) -> Mapping[str, Any]:
    try:
        document = decode(body)
    except (ValueError, RecursionError):
        raise invalid_request("The body is not JSON.") from None
    if not isinstance(document, dict):
        raise invalid_request("The body must be an object.")
    return document


def _text(document: object, name: str) -> str:
    wrapped = document.get(name) if isinstance(document, dict) else None
    value = wrapped.get("value") if isinstance(wrapped, dict) else None
    return "" if value is None else str(value).strip()


def _names(text: str) -> frozenset[str]:
    return frozenset(name.strip() for name in text.split(",") if name.strip())


def _check_path(path: str, schema: Schema) -> None:
    at = schema
    for step in path.split("/"):
        inner = at.objects.get(step) or at.rows.get(step)
        if inner is None:
            raise invalid_request(f"The entity {schema.name} has nothing to expand under {path}.")
        at = inner


def _number(options: Mapping[str, str], name: str) -> int | None:
    text = options.get(name)
    if text is None:
        return None
    if not text.isdecimal():
        raise invalid_request(f"{name} must be a whole number.")
    return int(text)


def _json(document: object) -> Answer:
    return Answer(int(HTTPStatus.OK), encode(document), JSON)
