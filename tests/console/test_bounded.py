"""A page reads as much of a thousand deliveries as of ten: every read is counted."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from ledgerpost.app.browse import BrowsePorts
from ledgerpost.console.caller import caller_of_claims
from ledgerpost.console.host import Console
from tests.console.desk import ACCOUNT, Browser, Desk, a_sale

ADDRESSES = (
    "/", "/connections", "/routes", "/checklist", "/parked", "/audit", "/reconciliation",
    "/deliveries", "/deliveries?reference=sale-3", "/deliveries?receipt=3", "/deliveries?status=parked",
    "/deliveries?day=2026-01-31&route=sales-to-a", "/why?reference=sale-3",
    f"/delivery?connection=main&account={ACCOUNT}&reference=sale-3",
)  # fmt: skip
RECORDS_MAX = 400
"""Records of one page: four pages of the listing at most, each with its records."""


class Counting:
    """Stands in front of a store and counts the records that come out of it."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.count = 0

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._store, name)

        def counted(*arguments: Any, **options: Any) -> Any:
            found = method(*arguments, **options)
            if isinstance(found, Iterator):
                return self._each(found)
            rows = getattr(found, "records", getattr(found, "rows", found))
            self.count += len(rows) if isinstance(rows, list | tuple) else 1
            return found

        return counted

    def _each(self, found: Iterator[Any]) -> Iterator[Any]:
        for item in found:
            self.count += 1
            yield item


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_page_reads_a_bounded_number_of_records(large: Desk, address: str) -> None:
    counting = Counting(large.engine.deliveries)
    ports = replace(
        large.ports,
        listing=counting,
        operate=replace(large.ports.operate, records=counting),
        browse=BrowsePorts(records=counting, listing=large.ports.browse.listing),
    )
    browser = Browser(Console(ports, caller_of_claims, large.console._log))
    assert browser.get(address).status == 200
    assert 0 <= counting.count <= RECORDS_MAX


@pytest.fixture(scope="module")
def large(shared_desk: Desk) -> Desk:
    shared_desk.publish(*(a_sale(str(number)) for number in range(1000)))
    return shared_desk
