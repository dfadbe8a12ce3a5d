"""How evenly the keys of our tables spread over DynamoDB's partitions, and at which rate the hottest one is full.

    python benchmarks/key_spread.py --write

The key texts are those of the adapters, for loads that are skewed on purpose. They are hashed onto equal ranges, one
for each partition. DynamoDB's own hash is not published; MD5 stands for it, and where a load has few keys, its figure
is the median of many draws. What DynamoDB does later of itself, splitting a partition that is hot, is not in it.
A partition takes 1,000 write units a second. Source: Amazon DynamoDB, "Designing partition keys".
"""

import argparse
import bisect
import hashlib
import itertools
import json
import math
import random
import statistics
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from benchmarks.scale_results import write_part
from ledgerpost.adapters.dynamodb.attention import attention_of
from ledgerpost.adapters.dynamodb.commerce import DynamoCommerceStore
from ledgerpost.adapters.dynamodb.listing import day_items, item_key
from ledgerpost.adapters.dynamodb.record import key_text
from ledgerpost.domain.closing import CompanyKey
from ledgerpost.domain.commerce import CompanyId
from ledgerpost.domain.delivery import DeliveryKey, Status
from ledgerpost.domain.entry import Reference
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.listing import Listed
from ledgerpost.domain.route import AccountId, ConnectionId, RouteId
from tests.grouping.builders import a_line, a_payment, an_order

PARTITIONS = (4, 20, 40, 100)
"""Those of a new table on demand (4,000 write units), and of tables that have grown."""

PARTITION_UNITS = 1000
ENTRIES = 400_000
ORDERS = 10_000
DRAWS = 301
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DAY = date(2026, 3, 1)
SHARD_CHANGES = 1000
"""Changes of one batch of the table's stream (`infra/constructs/listing.py`): half of them are claims, not listed."""
ITEM_KEY_BYTES = 150

Keys = Iterator[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """The partition keys that entries write, and the write units of one entry under them."""

    name: str
    units: float
    keys: Callable[[int], Keys]
    """Gives those of so many entries."""

    def figures(self, entries: int = ENTRIES) -> dict[str, Any]:
        """Give the hottest partition over the mean, and the entries a second that fill it, by the partitions."""
        counts = Counter(self.keys(entries))
        draws = 1 if len(counts) > 1000 else DRAWS
        ratios = {count: hottest(counts, count, draws) for count in PARTITIONS}
        full = {count: PARTITION_UNITS * count / self.units / ratio for count, ratio in ratios.items()}
        return {
            "name": self.name,
            "keys": len(counts),
            "writeUnits": round(self.units, 3),
            "hottest": {str(count): round(ratio, 2) for count, ratio in ratios.items()},
            "fullAt": {str(count): int(rate) for count, rate in full.items()},
        }


def hottest(counts: Mapping[str, int], partitions: int, draws: int = 1) -> float:
    """Give the share of the hottest of so many partitions over the mean share, the median of so many draws."""
    return statistics.median(_hottest(counts, partitions, draw) for draw in range(draws))


def _hottest(counts: Mapping[str, int], partitions: int, draw: int) -> float:
    shares = [0] * partitions
    for key, count in counts.items():
        digest = hashlib.md5(f"{draw}/{key}".encode(), usedforsecurity=False).digest()
        shares[int.from_bytes(digest[:8]) * partitions >> 64] += count
    return max(shares) * partitions / sum(shares)


def delivery_keys(accounts: Iterator[int], entries: int) -> Iterator[DeliveryKey]:
    """Give the keys of so many entries that come for these accounts, each account's references one after the other."""
    last: Counter[int] = Counter()
    for account in itertools.islice(accounts, entries):
        last[account] += 1
        tenant, reference = TenantId(f"tenant-{account % 500}"), Reference(str(100_000 + last[account]))
        yield DeliveryKey(tenant, ConnectionId("main"), AccountId(f"account-{account}"), reference)


def one_account() -> Iterator[int]:
    """Everything is for one account."""
    return itertools.repeat(0)


def one_large_account() -> Iterator[int]:
    """Nine entries in ten are for one account, the others for a thousand."""
    chance = random.Random(1)  # noqa: S311 - the same load each time
    while True:
        yield 0 if chance.random() < 0.9 else chance.randrange(1, 1001)


def zipf_accounts() -> Iterator[int]:
    """Of ten thousand accounts the n-th has a share of 1/n of the first's."""
    chance = random.Random(2)  # noqa: S311 - the same load each time
    until = list(itertools.accumulate(1 / rank for rank in range(1, 10_001)))
    while True:
        yield bisect.bisect(until, chance.random() * until[-1])


def record_keys(accounts: Callable[[], Iterator[int]]) -> Callable[[int], Keys]:
    """Give the partition keys of delivery records."""
    return lambda entries: (key_text(*key) for key in delivery_keys(accounts(), entries))


def index_keys(*statuses: Status) -> Callable[[int], Keys]:
    """Give the partition keys of the open index, for entries that wait in these statuses by turns."""

    def keys(entries: int) -> Keys:
        records = delivery_keys(one_large_account(), entries)
        for status, record in zip(itertools.cycle(statuses), records, strict=False):
            yield attention_of(status, NOON, key_text(*record))["attention"]["S"]

    return keys


class _Recorder:
    """Stands for the table of commerce records and keeps the partition keys that are written."""

    def __init__(self) -> None:
        self.heads: list[str] = []
        self.versions: list[str] = []

    def update_item(self, **request: Any) -> dict[str, Any]:
        self.heads.append(request["Key"]["pk"]["S"])
        return {}

    def put_item(self, **request: Any) -> dict[str, Any]:
        self.versions.append(request["Item"]["pk"]["S"])
        return {}


def commerce_keys(entries: int) -> Keys:
    """Give the partition keys of a shop's day of orders, without their heads, which spread as delivery records do."""
    written = _Recorder()
    store = DynamoCommerceStore(written, "commerce")
    company = CompanyKey(TenantId("acme"), CompanyId("shop-1"))
    lines, payments = [a_line("1.00", rate="0")], [a_payment("1.00")]
    for number in range(min(entries, ORDERS)):
        store.keep(company, DAY, an_order(str(number), lines, payments))
    return iter(written.versions)


def listing_units(rows: int) -> float:
    """Give the write units of one row in a route's day, where so many rows come in one batch; their ids are random."""
    draw = random.Random(3)  # noqa: S311 - the same ids each time
    account = TenantId("acme"), ConnectionId("main"), AccountId("sales")
    keys = [DeliveryKey(*account, Reference(f"{draw.getrandbits(64):016x}")) for _ in range(rows)]
    listed = [
        Listed(key=key, route=RouteId("sales"), day=DAY, status=Status.DELIVERED, fence=2, receipt=key.reference)
        for key in keys
    ]
    items = day_items(f"{10**20:040}-{10**20 + rows:040}", listed)
    return sum(math.ceil((len(item["rows"]["B"]) + ITEM_KEY_BYTES) / 1024) for item in items) / rows


def loads() -> Sequence[Load]:
    """Give the loads of the page."""
    listing = item_key(key_text("day", "acme", "sales", DAY.isoformat()), "")["part"]["S"]
    return (
        Load(name="delivery records, all of one account", units=2, keys=record_keys(one_account)),
        Load(name="delivery records, nine in ten for one account", units=2, keys=record_keys(one_large_account)),
        Load(name="delivery records, 10,000 accounts by Zipf", units=2, keys=record_keys(zipf_accounts)),
        Load(name="open index, every entry is parked", units=1, keys=index_keys(Status.PARKED)),
        Load(
            name="open index, retrying and unconfirmed by halves",
            units=1,
            keys=index_keys(Status.RETRYING, Status.UNCONFIRMED),
        ),
        Load(name="open index, every try fails once more", units=2, keys=index_keys(Status.RETRYING)),
        Load(name="orders of one shop's day", units=1, keys=commerce_keys),
        Load(name="listing, one route's day", units=listing_units(SHARD_CHANGES // 2), keys=lambda _: iter([listing])),
        Load(name="versions of one reference", units=3, keys=lambda _: iter(["the same"])),
    )


def main() -> None:
    """Print the figures and, where asked to, commit to them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="keep the figures in results/scale.json")
    asked = parser.parse_args()
    part = {"entries": ENTRIES, "draws": DRAWS, "loads": [load.figures() for load in loads()]}
    json.dump(part, sys.stdout, indent=2)
    if asked.write:
        write_part("keys", part)


if __name__ == "__main__":
    main()
