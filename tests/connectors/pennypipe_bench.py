"""A target of PennyPipe whose answers a test writes."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from ledgerpost.connectors.pennypipe import PennyPipeTarget, TestPostPlan
from tests.connectors.conformance.pennypipe_case import ACCOUNT
from tests.connectors.scripted import Handler, RecordingTransport, an_entry, json_answer, target_over

ENTRY = an_entry()
FIELD = "11111111-1111-1111-1111-111111111111"


def target(handler: Handler, **options: object) -> tuple[PennyPipeTarget, RecordingTransport]:
    transport = RecordingTransport(handler)
    built = target_over(transport, **options)  # type: ignore[arg-type]
    assert isinstance(built, PennyPipeTarget)
    return built, transport


def answers(status: int, document: object) -> Handler:
    return lambda _: json_answer(status, document)


def plan(**changes: object) -> TestPostPlan:
    values: dict[str, object] = {
        "account": ACCOUNT,
        "amount": Decimal("0.01"),
        "day": date(2026, 3, 1),
        "id": UUID(int=7),
    }
    return TestPostPlan(**(values | changes))  # type: ignore[arg-type]
