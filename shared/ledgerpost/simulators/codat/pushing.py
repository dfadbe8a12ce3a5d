"""Taking a push, with the faults that may strike on the way.

The order of one push: faults that keep it from being taken (`limit`, `refuse`) → its shape is checked (400) → taken →
faults that hide that it was (`cut`, `error_after`, `html`). What becomes of it (`fail`, `time_out`, `land_late`,
`pend`, `poison`) is drawn when it is taken. `slow` delays any answer of it.
"""

from dataclasses import dataclass
from datetime import timedelta

from ledgerpost.simulators.codat.data_types import DataType
from ledgerpost.simulators.codat.faults import FaultKind
from ledgerpost.simulators.codat.numbers import exact_answer, read_json
from ledgerpost.simulators.codat.problems import (
    Violation,
    bad_request,
    forbidden,
    internal,
    too_many_requests,
    unavailable,
)
from ledgerpost.simulators.codat.push import PushOperation, Status
from ledgerpost.simulators.codat.simulator import Company, Simulator
from ledgerpost.simulators.serving.exchange import JSON, Answer, Call, Refusal
from ledgerpost.simulators.serving.faults import CallFaults
from ledgerpost.simulators.serving.striking import delay, digest_of, hide


@dataclass(frozen=True, slots=True)
class _Push:
    """One authorised push, its body read, its faults at hand."""

    simulator: Simulator
    company: Company
    data_type: DataType
    body: object
    faults: CallFaults
    timeout_minutes: int | None


def take(
    simulator: Simulator, company: Company, data_type: DataType, call: Call, timeout_minutes: int | None
) -> Answer:
    """Take one push: 200 with the pending operation, or the error. Source: codat sheet, sections 1 and 7."""
    if call.media_type != JSON:
        raise bad_request("The body must be application/json")
    body = read_json(call.body)
    reference = data_type.reference_of(body) or digest_of(call.body)
    faults = simulator.faults.call(company.settings.id, reference)
    try:
        answer = _taken(_Push(simulator, company, data_type, body, faults, timeout_minutes))
    except Refusal as refusal:
        answer = refusal.answer()
    return delay(faults, answer)


def _taken(push: _Push) -> Answer:
    if fault := push.faults.strikes(FaultKind.LIMIT):
        raise too_many_requests(int(fault.seconds))
    if fault := push.faults.strikes(FaultKind.REFUSE):
        raise unavailable(int(fault.seconds))
    violations = push.data_type.violations(push.body)
    if violations or not isinstance(push.body, dict):
        raise bad_request("The pushed record is not valid", violations)
    if not push.company.settings.active:
        raise forbidden("The connection to the accounting software was taken away")
    operation = _operation(push, push.body)
    push.company.books.take(operation)
    push.company.books.bring_forward(operation.requested_at)  # without a latency it is processed at once
    push.simulator.tally.pushes += 1
    given = exact_answer(operation.as_json(operation.requested_at))
    return hide(push.faults, given, internal("An unexpected error occurred"))


def _operation(push: _Push, body: dict[str, object]) -> PushOperation:
    now = push.simulator.now()
    pend = push.faults.strikes(FaultKind.PEND)
    latency_s = push.simulator.settings.push_latency_s + (pend.seconds if pend else 0)
    operation = PushOperation(
        key=push.simulator.new_id(),
        company=push.company.settings.id,
        connection=push.company.settings.connection,
        data_type=push.data_type,
        data=body,
        requested_at=now,
        ends_at=now + timedelta(seconds=latency_s),
        ending=Status.SUCCESS,
        lands_at=now + timedelta(seconds=latency_s),
        timeout_minutes=push.timeout_minutes,
    )
    _strike_operation(push, operation)
    return operation


def _strike_operation(push: _Push, operation: PushOperation) -> None:
    """Draw what becomes of the operation."""
    poisoned = push.simulator.faults.names(FaultKind.POISON, push.data_type.reference_of(push.body))
    if poisoned or push.faults.strikes(FaultKind.FAIL):
        operation.fail([Violation(push.data_type.reference, "is refused by the simulator's plan", "Plan")])
    elif push.faults.strikes(FaultKind.TIME_OUT):
        operation.ending, operation.lands_at = Status.TIMED_OUT, None
    elif late := push.faults.strikes(FaultKind.LAND_LATE):
        lands_at = operation.ends_at + timedelta(seconds=late.seconds)
        operation.ending, operation.lands_at = Status.TIMED_OUT, lands_at
