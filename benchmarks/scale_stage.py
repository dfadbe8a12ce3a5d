"""The real functions around one table on disk, filled with as many records as one likes, and what they ask of it."""

import io
import statistics
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.disk_table import Bill, DiskTable, Item, Row, row_of
from functions.deliver.handler import lambda_handler as deliver
from functions.settle.handler import lambda_handler as settle
from ledgerpost.adapters.dynamodb.attention import attention_of
from ledgerpost.adapters.dynamodb.lookup import DynamoDeliveryLookup
from ledgerpost.adapters.memory import MemoryQueue, MemoryRouteStore
from ledgerpost.aws_services import AwsServices
from ledgerpost.bootstrap import Container, installed
from ledgerpost.domain.delivery import Status
from ledgerpost.domain.outcome import PostOutcome
from ledgerpost.observability import Log
from ledgerpost.ports import OutgoingMessage
from ledgerpost.wire.message import message_for, read_accepted_event
from tests.app.world import HandClock
from tests.infra.metering import Warm, batches, on_the_bus
from tests.local.approvals import CONFIGURATION, ROUTE, approval
from tests.local.fake_ledger import BUSY, CUT, REFUSED, FakeLedger

OPEN_OF_EACH = 100
"""Records that wait to be tried again, that are unconfirmed and that are parked: a hundred of each, in every table."""

WAITING = 3 * OPEN_OF_EACH
TOTAL = "139.12"
PAGE_LENGTH = 50
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ENVIRONMENT = {
    "ROUTES_TABLE": "routes",
    "DELIVERIES_TABLE": "deliveries",
    "DELIVERY_QUEUE_URL": "delivery",
    "POSTS_SIDE_BY_SIDE": "1",
}
T = TypeVar("T")


@dataclass
class Spent:
    """What work of one kind took, times in microseconds by the entry."""

    entries: int = 0
    requests: Counter[str] = field(default_factory=Counter)
    write_units: float = 0.0
    read_units: float = 0.0
    own_us: list[float] = field(default_factory=list)
    wall_us: list[float] = field(default_factory=list)

    def counted(self) -> dict[str, float]:
        """Give requests and units of one entry: the same in every table, or the product does not scale."""
        sums = {"requests": self.requests.total(), "writeUnits": self.write_units, "readUnits": self.read_units}
        return {name: round(total / self.entries, 3) for name, total in sums.items()}

    def figures(self) -> dict[str, Any]:
        """Give what one entry took; of the times the median."""
        operations = {name: round(count / self.entries, 3) for name, count in sorted(self.requests.items())}
        times = {"ownMicroseconds": self.own_us, "wallMicroseconds": self.wall_us}
        medians = {name: round(statistics.median(each), 1) for name, each in times.items()}
        return {"entries": self.entries, **self.counted(), "byOperation": operations, **medians}


class TableServices(AwsServices):
    """A stage's services around one table (`bootstrap.Services`), and a ledger in memory that applies at once."""

    def __init__(self, client: Any, ledger: FakeLedger) -> None:
        super().__init__()
        self._client, self._ledger = client, ledger
        self._applied = MemoryRouteStore([CONFIGURATION])
        self.hand_clock = HandClock(NOON)
        self.sent: list[OutgoingMessage] = []

    def client(self, service: str) -> Any:
        """Give the table's client."""
        assert service == "dynamodb", service
        return self._client

    def clock(self) -> HandClock:
        """Give the clock of the run."""
        return self.hand_clock

    def queue(self, url: str) -> Any:  # noqa: ARG002 - there is one
        """Give a queue that keeps what was sent."""
        return MemoryQueue(self.sent.extend)

    def routes(self, table: str) -> Any:  # noqa: ARG002 - there is one
        """Give what was applied."""
        return self._applied

    def log(self, service: str, level: str) -> Log:
        """Give a log in memory."""
        return Log(service, level, io.StringIO())

    def targets(self, *, allow_loopback: bool, table: str = "") -> Any:  # noqa: ARG002 - one ledger
        """Give the ledger."""
        return self._ledger


class TableStage:
    """The functions around the table that `client` reads and writes; `script` is what the ledger answers first."""

    def __init__(self, client: Any, script: Sequence[PostOutcome] = ()) -> None:
        self._client = client
        self._ledger = FakeLedger(deque(script))
        self.services = TableServices(client, self._ledger)
        self._container = Container(ENVIRONMENT, self.services)

    def deliver(self, bodies: Sequence[str]) -> None:
        """Deliver messages in batches of ten."""
        with installed(self._container):
            for batch in batches(list(bodies)):
                assert deliver(batch, Warm()) == {"batchItemFailures": []}

    @property
    def posts(self) -> int:
        """How often the ledger was posted to."""
        return self._ledger.posts

    def settle(self) -> int:
        """Run the settling function once, an hour later; give how many it called again."""
        self.services.hand_clock.pass_(hours=1)
        with installed(self._container):
            answer = settle({}, Warm())
        self.services.hand_clock.pass_(hours=-1)
        return answer["count"]

    def page_of_parked(self) -> int:
        """Read the console's first page of what is parked; give its length."""
        lookup = DynamoDeliveryLookup(self._client, "deliveries")
        return len(lookup.waiting(CONFIGURATION.tenant, Status.PARKED, PAGE_LENGTH).records)


def measured(table: DiskTable, spent: Spent, entries: int, work: Callable[[], T]) -> T:
    """Do `work` on so many entries, add what it took to `spent`, and give its answer."""
    table.bill = bill = Bill()
    began, began_wall = time.thread_time_ns(), time.perf_counter_ns()
    answer = work()
    own_ns, wall_ns = time.thread_time_ns() - began - bill.own_ns, time.perf_counter_ns() - began_wall
    spent.entries += entries
    spent.requests += bill.requests
    spent.write_units += bill.write_units
    spent.read_units += bill.read_units
    spent.own_us.append(own_ns / entries / 1000)
    spent.wall_us.append(wall_ns / entries / 1000)
    return answer


def message(reference: str, total: str, revision: int = 1) -> str:
    """Give the message of the delivery queue for a version of an approval."""
    event = read_accepted_event(on_the_bus(approval(reference, total=total, revision=revision)))
    return message_for(event, ROUTE)


def reference_of(number: int) -> str:
    """Give a stored reference; all are as long."""
    return f"R{number:010}"


OUTCOMES: Sequence[PostOutcome | None] = (None, BUSY, CUT, REFUSED)
"""What the ledger answers: a stored record was applied, is to be tried again, is unconfirmed, or is parked."""


def fill(table: DiskTable, records: int, old: Sequence[str]) -> None:
    """Store so many records: the first `WAITING` are to be tried again, unconfirmed or parked, all others delivered.

    Those under the `old` references the function delivers itself, so that a repetition is known as one; the others are
    what it wrote of one entry, each under a reference of its own.
    """
    table.fill(_waiting_rows())
    table.fill(_delivered_rows(records, frozenset(old)))
    TableStage(table).deliver([message(reference, TOTAL) for reference in old])


def written_item(outcome: PostOutcome | None) -> Item:
    """Give the item that the delivery function writes of an entry that the ledger answers so; None: it applies it."""
    table = DiskTable(Path(":memory:"))
    TableStage(table, [outcome] if outcome else []).deliver([message(reference_of(0), TOTAL)])
    [item] = table.items()
    table.close()
    return item


def _waiting_rows() -> Iterator[Row]:
    outcomes: Sequence[PostOutcome] = (BUSY, CUT, REFUSED)
    for place, outcome in enumerate(outcomes):
        item = written_item(outcome)
        for number in range(place * OPEN_OF_EACH, (place + 1) * OPEN_OF_EACH):
            key = item["key"]["S"].replace(reference_of(0), reference_of(number))
            at = datetime.fromisoformat(item["attention_at"]["S"])
            yield row_of(item | {"key": {"S": key}} | attention_of(item["st"]["S"], at, key))


def _delivered_rows(records: int, left_out: frozenset[str]) -> Iterator[Row]:
    first = reference_of(0)
    key, _, _, body = row_of(written_item(None))
    for number in range(WAITING, records):
        reference = reference_of(number)
        # All references are as long, so the stored form stays valid. Its fingerprint and source remain the first's.
        if reference not in left_out:
            yield key.replace(first, reference), None, None, body.replace(first.encode(), reference.encode())


def delivered_references(records: int, count: int) -> list[str]:
    """Give so many references of delivered records, spread evenly over a table of `records`."""
    delivered = records - WAITING
    assert delivered >= count, f"{records} records are too few"
    return [reference_of(WAITING + number * delivered // count) for number in range(count)]
