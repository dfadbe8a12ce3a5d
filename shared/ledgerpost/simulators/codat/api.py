"""The public paths of Codat: which call goes where.

Source: codat sheet, section 1. Checked in this order: path (404), key (401), rate (429), method (405), company (404),
then the call itself. The path that makes a new account is ours: the seed names the endpoint and not its address.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import unquote

from ledgerpost.simulators.codat import pushing
from ledgerpost.simulators.codat.configuration import ACCOUNT_TYPES
from ledgerpost.simulators.codat.data_types import DATA_TYPES
from ledgerpost.simulators.codat.faults import FaultKind
from ledgerpost.simulators.codat.listing import listing_of, query_of
from ledgerpost.simulators.codat.numbers import exact_answer, read_json
from ledgerpost.simulators.codat.problems import Violation, bad_request, method_not_allowed, not_found
from ledgerpost.simulators.codat.settings import Option
from ledgerpost.simulators.codat.simulator import Company, Simulator
from ledgerpost.simulators.codat.sync import SyncRun, instant_of
from ledgerpost.simulators.serving.exchange import Answer, Call, Refusal, json_answer

TIMEOUT_MINUTES_MAX: Final = 14 * 24 * 60
_OPTION_LISTS: Final = {"suppliers": "suppliers", "taxRates": "tax_rates"}


@dataclass(frozen=True, slots=True)
class Target:
    """An authorised call on one company; `rest` holds what the path names beside the company."""

    simulator: Simulator
    call: Call
    company: Company
    now: datetime
    rest: tuple[str, ...] = ()


Run = Callable[[Target], Answer]
Operations = Mapping[str, tuple[str, Run]]
"""Method → the operation's name in the counts, and what does it."""


def resource(simulator: Simulator, call: Call, name: Callable[[str], None]) -> Answer:
    """The answer of the API, with the rate headers. Raises `ApiError`."""
    parts = call.path.split("/")
    company_id, operations, rest = _operations([unquote(part) for part in parts[1:]])
    operation = operations.get(call.method)
    if operation is not None:
        name(operation[0])
    simulator.authorize(call.headers.get("Authorization"))
    now = simulator.bring_forward()
    refusal = simulator.limiter.refusal(now)
    headers = simulator.limiter.headers(now)
    try:
        if refusal is not None:
            raise refusal
        if operation is None:
            raise method_not_allowed(", ".join(operations))
        target = Target(simulator, call, simulator.company(company_id), now, rest)
        answer = operation[1](target)
    except Refusal as refused:
        refused.headers |= headers
        raise
    answer.headers |= headers
    return answer


def _operations(path: list[str]) -> tuple[str, Operations, tuple[str, ...]]:
    """The company that the path names, what can be done there, and what else the path names. Raises 404."""
    for route, operations in _ROUTES:
        if len(route) == len(path) and all(part in ("*", given) for part, given in zip(route, path, strict=True)):
            company, *rest = [given for part, given in zip(route, path, strict=True) if part == "*"]
            return company, operations, tuple(rest)
    raise not_found("No such path")


def _get_company(target: Target) -> Answer:
    settings = target.company.settings
    status = "Linked" if settings.active else "Deauthorized"
    connections = [{"id": settings.connection, "status": status, "sourceType": "Accounting", "platformName": "Books"}]
    if settings.commerce_connection is not None:
        commerce = {"id": settings.commerce_connection, "status": "Linked", "sourceType": "Commerce"}
        connections.append({**commerce, "platformName": "Shop"})
    return json_answer({"id": settings.id, "name": settings.name, "dataConnections": connections})


def _get_configuration(target: Target) -> Answer:
    return json_answer(target.company.configuration.document())


def _set_configuration(target: Target) -> Answer:
    target.company.configuration.update(read_json(target.call.body))
    return _get_configuration(target)


def _new_account(target: Target) -> Answer:
    """A nominal account for an account type, opened in the accounting software and selectable from now on."""
    body = read_json(target.call.body)
    kind = body.get("accountType") if isinstance(body, dict) else None
    if not isinstance(kind, str) or not any(kind in kinds for kinds in ACCOUNT_TYPES.values()):
        raise bad_request("The account type is none", [Violation("accountType", "is not one of the account types")])
    classification = "bank" if kind in ACCOUNT_TYPES["payments"] else "nominal"
    account = Option(target.simulator.new_id(), f"{kind} account", classification, kind)
    target.company.books.options["accounts"][account.id] = account
    return json_answer(account.document())


def _sync_latest(target: Target) -> Answer:
    body = read_json(target.call.body) if target.call.body.strip() else {}
    until = body.get("syncTo") if isinstance(body, dict) else None
    run = target.company.syncs.to_latest(target.now, None if until is None else _instant(until, "syncTo"))
    return _sync_answer(target, run)


def _sync_range(target: Target) -> Answer:
    body = read_json(target.call.body)
    sent = body.get("dateRange") if isinstance(body, dict) else None
    if not isinstance(sent, dict):
        raise bad_request("The date range is missing", [Violation("dateRange", "is required")])
    start = _instant(sent.get("start"), "dateRange.start")
    finish = _instant(sent.get("finish"), "dateRange.finish")
    if not timedelta(0) < finish - start <= timedelta(days=3660):
        raise bad_request("The date range is empty or too long", [Violation("dateRange", "must end after it starts")])
    return _sync_answer(target, target.company.syncs.of_range(target.now, start, finish))


def _sync_answer(target: Target, run: SyncRun) -> Answer:
    target.simulator.tally.syncs += 1
    return json_answer(run.as_json(target.company.settings.id, target.now))


def _get_sync(target: Target) -> Answer:
    run = target.company.syncs.run(target.rest[0] if target.rest else "latest")
    return json_answer(run.as_json(target.company.settings.id, target.now))


def _list_syncs(target: Target) -> Answer:
    runs = reversed(target.company.syncs.runs)
    return json_answer([run.as_json(target.company.settings.id, target.now) for run in runs])


def _list_pushes(target: Target) -> Answer:
    operations = target.company.books.operations.values()
    return listing_of(target.call).answer(target.call.path, [operation.as_json(target.now) for operation in operations])


def _get_push(target: Target) -> Answer:
    operation = target.company.books.operations.get(target.rest[0])
    if operation is None:
        raise not_found("No such push operation")
    return exact_answer(operation.as_json(target.now))


def _new_push(target: Target) -> Answer:
    connection, name = target.rest
    _check_connection(target, connection)
    data_type = DATA_TYPES.get(name)
    if data_type is None:
        raise not_found(f"Datatype {name} not supported by platform")
    timeout = query_of(target.call).get("timeoutInMinutes")
    if timeout is not None and not (timeout.isdecimal() and 1 <= int(timeout) <= TIMEOUT_MINUTES_MAX):
        raise bad_request(f"timeoutInMinutes must be 1 to {TIMEOUT_MINUTES_MAX}")
    minutes = None if timeout is None else int(timeout)
    return pushing.take(target.simulator, target.company, data_type, target.call, minutes)


def _list_data(target: Target) -> Answer:
    *connection, name = target.rest
    if connection:
        _check_connection(target, connection[0])
    listing = listing_of(target.call)
    if listing.clauses:
        target.simulator.tally.lookups += 1
    return listing.answer(target.call.path, _records(target, name))


def _records(target: Target, name: str) -> list[Mapping[str, Any]]:
    """The records of a data type that show by now; what the fault plan lets lag is left out."""
    if name in _OPTION_LISTS:
        options = target.company.books.options[_OPTION_LISTS[name]].values()
        return [{**option.document(), "status": "Active" if option.active else "Archived"} for option in options]
    if name not in DATA_TYPES:
        raise not_found(f"Datatype {name} not supported by platform")
    faults, shown = target.simulator.faults, []
    for landed in target.company.books.documents(name):
        lag_s = faults.standing_s(FaultKind.LAG, target.company.settings.id, landed.reference or "")
        if landed.landed_at + timedelta(seconds=lag_s) <= target.now:
            shown.append(landed.document)
        else:
            faults.count(FaultKind.LAG)
    return shown


def _check_connection(target: Target, connection: str) -> None:
    if connection != target.company.settings.connection:
        raise not_found("No such connection")


def _instant(text: object, path: str) -> datetime:
    try:
        return instant_of(text if isinstance(text, str) else "")
    except ValueError:
        raise bad_request("The date cannot be read", [Violation(path, "must be a date and time")]) from None


_ROUTES: Final[tuple[tuple[list[str], Operations], ...]] = tuple(
    (path.split("/"), operations)
    for path, operations in (
        ("companies/*", {"GET": ("get_company", _get_company)}),
        (
            "config/companies/*/sync/commerce",
            {"GET": ("get_configuration", _get_configuration), "POST": ("set_configuration", _set_configuration)},
        ),
        ("config/companies/*/sync/commerce/accounts", {"POST": ("new_account", _new_account)}),
        ("companies/*/sync/commerce/latest", {"POST": ("sync_latest", _sync_latest)}),
        ("meta/companies/*/sync/commerce/historic", {"POST": ("sync_range", _sync_range)}),
        ("meta/companies/*/sync/commerce/status", {"GET": ("get_sync", _get_sync)}),
        ("companies/*/sync/commerce/syncs/list/status", {"GET": ("list_syncs", _list_syncs)}),
        ("companies/*/sync/commerce/syncs/*/status", {"GET": ("get_sync", _get_sync)}),
        ("companies/*/push", {"GET": ("list_pushes", _list_pushes)}),
        ("companies/*/push/*", {"GET": ("get_push", _get_push)}),
        ("companies/*/connections/*/push/*", {"POST": ("push", _new_push)}),
        ("companies/*/data/*", {"GET": ("list_data", _list_data)}),
        ("companies/*/connections/*/data/*", {"GET": ("list_data", _list_data)}),
    )
)
"""The first that fits counts; `*` is the company, then what else the path names."""
