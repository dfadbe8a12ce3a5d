"""The two functions that grouping runs in: intake keeps records, close_day closes what is due."""

import io
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.close_day.handler import lambda_handler as close_day
from functions.intake.handler import lambda_handler as intake
from ledgerpost.adapters.memory import MemoryQueue, MemoryRejectionStore, MemoryRouteStore
from ledgerpost.app.close_due import BATCH_MAX
from ledgerpost.bootstrap import Container, installed
from ledgerpost.domain.closing import CompanyKey, Progress
from ledgerpost.domain.company import AccountType
from ledgerpost.domain.event import TenantId
from ledgerpost.errors import StoreError
from ledgerpost.observability import Log
from ledgerpost.ports import DeliveryJournal, OutgoingMessage
from ledgerpost.ports_commerce import CommerceStores, CompanyStore, KeptCompany
from tests.contract.commerce_stores import sqlite_stores
from tests.grouping.builders import COMPANY, a_company
from tests.grouping.test_commands import an_event
from tests.grouping.world import HandClock

ENVIRONMENT = {
    "ROUTES_TABLE": "routes",
    "DELIVERIES_TABLE": "deliveries",
    "DELIVERY_QUEUE_URL": "deliveries",
    "INTAKE_QUEUE_URL": "intake",
    "COMMERCE_TABLE": "commerce",
}


class Surroundings:
    """What surrounds the functions (`bootstrap.Services`): stores in memory, queues as lists, a clock set by hand."""

    def __init__(self) -> None:
        self.time = HandClock(datetime(2026, 3, 2, 12, tzinfo=UTC))
        self.stores = sqlite_stores()
        self.sent: dict[str, list[OutgoingMessage]] = {}
        self.set_aside = MemoryRejectionStore()
        self.lines = io.StringIO()
        self.refuses_queue = False

    def clock(self) -> HandClock:
        return self.time

    def log(self, service: str, level: str) -> Log:
        return Log(service, level, self.lines)

    def journal(self, log: Log) -> DeliveryJournal:
        return log

    def queue(self, url: str) -> MemoryQueue:
        def take(messages: Sequence[OutgoingMessage]) -> None:
            if self.refuses_queue:
                raise StoreError("store_unavailable", "The queue did not answer.")
            self.sent.setdefault(url, []).extend(messages)

        return MemoryQueue(take)

    def routes(self, table: str) -> MemoryRouteStore:
        return MemoryRouteStore(())

    def rejections(self, table: str) -> MemoryRejectionStore:
        return self.set_aside

    def commerce(self, table: str) -> CommerceStores:
        assert table == "commerce"
        return self.stores

    def log_lines(self, event: str) -> list[dict[str, Any]]:
        lines = (json.loads(line) for line in self.lines.getvalue().splitlines())
        return [line for line in lines if line.get("message") == event]


class FailingCompanies:
    """A company store that does not answer for some, and counts what it is asked (port CompanyStore)."""

    def __init__(self, companies: CompanyStore, failing: Callable[[CompanyKey], bool]) -> None:
        self._companies = companies
        self._failing = failing
        self.asked: list[CompanyKey] = []
        self.readings = 0

    def company(self, key: CompanyKey) -> KeptCompany | None:
        self.asked.append(key)
        if self._failing(key):
            raise StoreError("store_unavailable", "The table did not answer.")
        return self._companies.company(key)

    def put(self, kept: KeptCompany) -> bool:
        return self._companies.put(kept)

    def companies(self, tenant: TenantId, limit: int) -> Sequence[KeptCompany]:
        return self._companies.companies(tenant, limit)

    def due(self, now: datetime, limit: int) -> Sequence[CompanyKey]:
        self.readings += 1
        return self._companies.due(now, limit)


class Context:
    """An invocation with all the time that it needs, or none."""

    aws_request_id = "request-1"

    def __init__(self, left_s: float = 900) -> None:
        self.left_s = left_s

    def get_remaining_time_in_millis(self) -> int:
        return int(self.left_s * 1000)


@pytest.fixture
def around() -> Surroundings:
    around = Surroundings()
    add_company(around, "c1")
    return around


def add_company(around: Surroundings, name: str, **changes: Any) -> None:
    company = a_company(id=name, **changes)
    kept = KeptCompany(company=company, progress=Progress(), next_run=datetime(2026, 3, 2, 2, tzinfo=UTC))
    assert around.stores.companies.put(kept)


def take(around: Surroundings, *events: str) -> Any:
    records = [{"messageId": f"m-{place}", "body": as_bus_writes(event)} for place, event in enumerate(events)]
    with installed(Container(ENVIRONMENT, around)):  # type: ignore[arg-type]
        return intake({"Records": records}, Context())


def as_bus_writes(entry: str) -> str:
    values = json.loads(entry)
    return json.dumps(
        {"id": "e-1", "detail-type": values["DetailType"], "source": values["Source"], "detail": values["Detail"]}
    )


def close(around: Surroundings, left_s: float = 900, side_by_side: int = 1) -> dict[str, int]:
    environment = {**ENVIRONMENT, "COMPANIES_SIDE_BY_SIDE": str(side_by_side)}
    with installed(Container(environment, around)):  # type: ignore[arg-type]
        return close_day({}, Context(left_s))


def watch(around: Surroundings, failing: Callable[[CompanyKey], bool] = lambda _: False) -> FailingCompanies:
    companies = FailingCompanies(around.stores.companies, failing)
    around.stores = replace(around.stores, companies=companies)
    return companies


def an_order(name: str = "1", company: str = "c1", **changes: Any) -> str:
    return an_event(name, "10.00", companyId=company, createdDate="2026-03-02T10:00:00Z", **changes)


def test_intake_keeps_a_record_and_the_schedule_sends_the_days_documents_back_to_it(around: Surroundings) -> None:
    assert take(around, an_order()) == {"batchItemFailures": []}
    assert around.sent == {}
    around.time.time += timedelta(hours=14)
    assert close(around) == {"count": 1, "failed": 0}
    bodies = [json.loads(message.body) for message in around.sent["intake"]]
    assert [body["detail"]["entity"]["Form"] for body in bodies] == ["codat.invoice", "codat.payment"]
    (line,) = around.log_lines("close.ran")
    assert (line["tenant"], line["status"], line["count"]) == ("acme", 2000, 2)


def test_the_schedule_finds_nothing_due_before_the_hour_has_struck(around: Surroundings) -> None:
    around.time.time = datetime(2026, 3, 2, 1, 59, tzinfo=UTC)
    assert close(around) == {"count": 0, "failed": 0}


def test_a_company_is_run_once_an_hour_has_struck_and_then_not_before_the_next_day(around: Surroundings) -> None:
    assert close(around)["count"] == 1
    assert close(around)["count"] == 0
    around.time.time += timedelta(hours=14)
    assert close(around)["count"] == 1


def test_a_company_that_cannot_be_closed_is_told_of_and_the_others_go_on(around: Surroundings) -> None:
    add_company(around, "c2", unmapped=[AccountType.CASH])
    take(around, an_order("1"), an_order("2", company="c2"))
    around.time.time += timedelta(hours=14)
    assert close(around) == {"count": 2, "failed": 0}
    (failed,) = around.log_lines("close.failed")
    assert (failed["code"], failed["status"]) == ("company_payment_type_unmapped", 4000)
    (counted,) = (json.loads(line) for line in around.lines.getvalue().splitlines() if "ClosesFailed" in line)
    assert counted["ClosesFailed"] == [1.0]
    assert len(around.log_lines("close.ran")) == 1


def test_a_company_whose_documents_could_not_be_sent_is_taken_up_again(around: Surroundings) -> None:
    take(around, an_order())
    around.time.time += timedelta(hours=14)
    around.refuses_queue = True
    close(around)
    (failed,) = around.log_lines("close.failed")
    assert (failed["code"], failed["status"]) == ("store_unavailable", 5130)
    around.refuses_queue = False
    around.time.time += timedelta(days=1)
    close(around)
    assert len(around.sent["intake"]) == 2


def test_all_due_companies_are_run_in_one_invocation_however_many_batches_they_are(around: Surroundings) -> None:
    for number in range(2 * BATCH_MAX + 7):
        add_company(around, f"more-{number:04}")
    companies = watch(around)
    assert close(around) == {"count": 2 * BATCH_MAX + 8, "failed": 0}
    assert len(set(companies.asked)) == len(companies.asked) == 2 * BATCH_MAX + 8
    assert companies.readings == 3
    assert close(around)["count"] == 0


def test_companies_that_fail_are_taken_once_and_do_not_keep_those_behind_them_from_their_turn(
    around: Surroundings,
) -> None:
    for number in range(BATCH_MAX + 20):
        add_company(around, f"a-{number:04}")  # stands before c1 in the list, and fails
    companies = watch(around, lambda key: key.company.startswith("a-"))
    assert close(around) == {"count": BATCH_MAX + 21, "failed": BATCH_MAX + 20}
    assert len(set(companies.asked)) == len(companies.asked)
    assert around.log_lines("record.failed")[0]["code"] == "store_unavailable"
    assert close(around) == {"count": BATCH_MAX + 20, "failed": BATCH_MAX + 20}, "they are due in the next hour"


def test_side_by_side_every_company_is_closed_once(around: Surroundings) -> None:
    names = ["c1", *(f"more-{number}" for number in range(30))]
    for name in names[1:]:
        add_company(around, name)
    take(around, *(an_order("1", company=name) for name in names))
    around.time.time += timedelta(hours=14)
    assert close(around, side_by_side=8) == {"count": 31, "failed": 0}
    entities = [json.loads(message.body)["detail"]["entity"] for message in around.sent["intake"]]
    assert sorted(entity["Company"] for entity in entities) == sorted(2 * names), "an invoice and a payment each"
    assert len({entity["Id"] for entity in entities}) == 62


def test_when_time_runs_out_no_other_batch_is_begun(around: Surroundings) -> None:
    for number in range(BATCH_MAX + 5):
        add_company(around, f"more-{number:04}")
    companies = watch(around)
    assert close(around, left_s=10) == {"count": BATCH_MAX, "failed": BATCH_MAX}
    assert (companies.asked, companies.readings) == ([], 1)
    assert close(around)["count"] == BATCH_MAX + 6


def test_without_time_for_another_company_none_is_begun(around: Surroundings) -> None:
    assert close(around, left_s=10) == {"count": 1, "failed": 1}
    assert around.log_lines("close.ran") == []
    assert close(around)["count"] == 1


def test_a_record_that_a_person_has_to_look_at_is_set_aside_with_its_code(around: Surroundings) -> None:
    malformed = an_event("1", "x", companyId="c1")
    dates = {"createdDate": "2026-01-01T00:00:00Z", "sourceModifiedDate": "2026-03-02T00:00:00Z"}
    old = an_event("2", "1.00", companyId="c1", **dates)
    stranger = an_order("3", company=COMPANY)
    assert take(around, malformed, old, stranger, an_order("4")) == {"batchItemFailures": []}
    assert sorted(each.code for each in around.set_aside.rejections()) == [
        "commerce_malformed",
        "commerce_reconcile_manually",
        "company_unknown",
    ]


def test_nothing_of_a_record_is_logged(around: Surroundings) -> None:
    take(around, an_order("hunter2", payments=[{"id": "hunter2", "amount": 1, "type": "hunter2", "status": "Paid"}]))
    around.time.time += timedelta(hours=14)
    close(around)
    assert "hunter2" not in around.lines.getvalue()
