"""Close the days of ten thousand small companies in one call of the scheduled function, and count what it asks.

The real handler runs on the real SQLite store in memory; queues are lists. Every call of a store is counted by its
name, so that the time on DynamoDB can be reckoned, and `--wait-ms` makes each call take so long, as a network would.
"""

import argparse
import io
import json
import random
import resource
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from functions.close_day.handler import lambda_handler
from ledgerpost.adapters.memory import MemoryQueue
from ledgerpost.adapters.sqlite_commerce import SqliteDatabase, commerce_stores
from ledgerpost.bootstrap import Container, installed
from ledgerpost.domain.closing import CompanyKey, Progress
from ledgerpost.domain.commerce import CompanyId, PaymentType
from ledgerpost.observability import Log
from ledgerpost.ports import OutgoingMessage
from ledgerpost.ports_commerce import CommerceStores, KeptCompany
from ledgerpost.wire.company import read_stored_company
from ledgerpost.wire.company_text import company_text
from tests.grouping.builders import DAY, a_company, a_line, a_payment, an_order

RUN_HOUR = datetime(2026, 3, 3, 2, tzinfo=UTC)
PAYMENTS = (PaymentType.CARD, PaymentType.CASH)


class FixedClock:
    """The hour has struck (port Clock)."""

    def now(self) -> datetime:
        return RUN_HOUR


class Counted:
    """A store whose calls are counted, and each of which takes a while."""

    def __init__(self, store: Any, calls: Counter[str], wait_s: float) -> None:
        self._store = store
        self._calls = calls
        self._wait_s = wait_s
        self._lock = threading.Lock()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._store, name)

        def call(*args: Any) -> Any:
            with self._lock:
                self._calls[name] += 1
            if self._wait_s:
                time.sleep(self._wait_s)
            return method(*args)

        return call


class Surroundings:
    """What surrounds the function (`bootstrap.Services`)."""

    def __init__(self, stores: CommerceStores, calls: Counter[str], wait_s: float) -> None:
        self._stores = CommerceStores(
            records=Counted(stores.records, calls, wait_s),
            companies=Counted(stores.companies, calls, wait_s),
            days=Counted(stores.days, calls, wait_s),
            runs=Counted(stores.runs, calls, wait_s),
        )
        self._calls = calls
        self._wait_s = wait_s
        self.lines = io.StringIO()
        self.sent: list[OutgoingMessage] = []

    def clock(self) -> FixedClock:
        return FixedClock()

    def log(self, service: str, level: str) -> Log:
        return Log(service, level, self.lines)

    def queue(self, url: str) -> MemoryQueue:  # noqa: ARG002 - there is one
        def take(messages: Sequence[OutgoingMessage]) -> None:
            self._calls["queue send"] += 1
            time.sleep(self._wait_s)
            self.sent.extend(messages)

        return MemoryQueue(take)

    def commerce(self, table: str) -> CommerceStores:  # noqa: ARG002 - there is one
        return self._stores


class Context:
    """An invocation with the fifteen minutes that Lambda gives, by the machine's clock."""

    aws_request_id = "benchmark"

    def __init__(self) -> None:
        self._ends = time.monotonic() + 900

    def get_remaining_time_in_millis(self) -> int:
        return int((self._ends - time.monotonic()) * 1000)


def main() -> None:
    """Fill the store, call the handler once, check the sums, and print what was measured as one JSON document."""
    asked = _arguments()
    with _filled(asked.companies, asked.orders, asked.seed) as (stores, total):
        calls: Counter[str] = Counter()
        around = Surroundings(stores, calls, asked.wait_ms / 1000)
        environment = {
            "COMMERCE_TABLE": "commerce",
            "INTAKE_QUEUE_URL": "intake",
            "COMPANIES_SIDE_BY_SIDE": str(asked.side_by_side),
        }
        began, began_cpu = time.perf_counter(), time.process_time()
        with installed(Container(environment, around)):  # type: ignore[arg-type] - what the function asks for is there
            answer = lambda_handler({}, Context())
        seconds, cpu_s = time.perf_counter() - began, time.process_time() - began_cpu
        assert answer == {"count": asked.companies, "failed": 0}, answer
        assert _invoiced(around.sent) == total, "the invoices sum up to the orders"
    measured = {
        "companies": asked.companies,
        "orders": asked.companies * asked.orders,
        "sideBySide": asked.side_by_side,
        "waitMs": asked.wait_ms,
        "seconds": round(seconds, 1),
        "cpuSeconds": round(cpu_s, 1),
        "companiesPerSecond": round(asked.companies / seconds),
        "documents": len(around.sent),
        "callsPerCompany": {name: round(count / asked.companies, 3) for name, count in sorted(calls.items())},
        "callsPerCompanyInAll": round(sum(calls.values()) / asked.companies, 2),
        "peakMb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }
    print(json.dumps(measured, indent=2))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--companies", type=int, default=10_000)
    parser.add_argument("--orders", type=int, default=5, help="orders of each company")
    parser.add_argument("--side-by-side", type=int, default=10)
    parser.add_argument("--wait-ms", type=float, default=0.0, help="what every call of a store or queue takes longer")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


@contextmanager
def _filled(companies: int, orders: int, seed: int) -> Iterator[tuple[CommerceStores, Decimal]]:
    """Give stores with the companies and their orders of one day, and what the orders sum up to."""
    chance = random.Random(seed)  # noqa: S311 - seeded on purpose
    database = SqliteDatabase(":memory:")
    stores = commerce_stores(database, to_text=company_text, from_text=read_stored_company)
    total = Decimal(0)
    for number in range(companies):
        company = a_company(id=CompanyId(f"company-{number:05}"))
        kept = KeptCompany(company=company, progress=Progress(), next_run=RUN_HOUR)
        assert stores.companies.put(kept)
        key = CompanyKey(company.extras.tenant, company.id)
        for order in range(orders):
            net = Decimal(chance.randint(100, 99_999)) / 100
            record = an_order(str(order), [a_line(str(net), rate="0")], [a_payment(str(net), chance.choice(PAYMENTS))])
            stores.records.keep(key, DAY, record)
            total += net
    yield stores, total
    database.close()


def _invoiced(sent: Sequence[OutgoingMessage]) -> Decimal:
    entities = (json.loads(message.body)["detail"]["entity"] for message in sent)
    return sum((Decimal(each["Total"]) for each in entities if each["Form"] == "codat.invoice"), Decimal(0))


if __name__ == "__main__":
    main()
