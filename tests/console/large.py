"""A desk with many deliveries, put there at once, and its stores behind a count of their reads."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

from ledgerpost.app.browse import BrowsePorts
from ledgerpost.console.caller import caller_of_claims
from ledgerpost.console.host import Console
from ledgerpost.domain.delivery import DeliveryRecord, Status
from ledgerpost.domain.entry import Reference
from ledgerpost.domain.route import AccountId, RouteId
from tests.app.world import event_text
from tests.console.desk import ACCOUNT, COMPANY_ID, Browser, Desk
from tests.contract.records import NOON, a_claim

DAYS = 20
ROUTE = RouteId("sales-to-a")
PAGES = (
    "/", "/connections", "/connections/main", "/routes", "/routes/sales-to-a", "/checklist", "/test-post", "/parked",
    "/audit", "/reconciliation", "/undo", "/deliveries", "/deliveries?reference=sale-3", "/deliveries?receipt=R-3",
    "/deliveries?status=parked", "/deliveries?status=delivered", "/deliveries?day=2026-03-01&route=sales-to-a",
    "/deliveries?day=2026-03-01", "/why?reference=sale-3", "/days", f"/days/{COMPANY_ID}", "/companies",
    f"/companies/{COMPANY_ID}", "/upload", f"/delivery?connection=main&account={ACCOUNT}&reference=sale-3",
    "/v1/overview", "/v1/deliveries",
)  # fmt: skip
"""Every page that a person opens, and each kind of search."""


def fill(desk: Desk, deliveries: int) -> None:
    """Put so many deliveries there, on twenty business days, one in fifty of them parked."""
    for number in range(deliveries):
        desk.engine.deliveries.create(a_delivery(number))


def a_delivery(number: int) -> DeliveryRecord:
    """Give one that was delivered, or parked."""
    at = NOON - timedelta(days=number % DAYS)
    claim = a_claim("any", at=at)
    source = event_text(
        reference=f"sale-{number}", approved_at=at.isoformat().replace("+00:00", "Z"), ReceiptNumber=f"R-{number}"
    )
    key = claim.key._replace(account=AccountId(ACCOUNT), reference=Reference(f"sale-{number}"))
    record = replace(claim, key=key, route=ROUTE, source=source, day=at.date().isoformat())
    if number % 50:
        return record.moved(Status.DELIVERED, at)
    return record.moved(Status.PARKED, at, code="account_forbidden")


class Counted:
    """Counts the calls of a store and the records that come out of it; `forbidden` ones may not be called."""

    def __init__(self, store: Any, reads: Counter[str], *, forbidden: tuple[str, ...] = ()) -> None:
        self._store = store
        self._reads = reads
        self._forbidden = forbidden

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._store, name)

        def counted(*arguments: Any, **options: Any) -> Any:
            assert name not in self._forbidden, f"a page scans: it calls {name}"
            self._reads["calls"] += 1
            return self._counted(method(*arguments, **options))

        return counted

    def _counted(self, found: Any) -> Any:
        if isinstance(found, Iterator):
            return self._each(found)
        rows = getattr(found, "records", getattr(found, "rows", found))
        self._reads["records"] += len(rows) if isinstance(rows, list | tuple) else 1
        return found

    def _each(self, found: Iterator[Any]) -> Iterator[Any]:
        for item in found:
            self._reads["records"] += 1
            yield item


def counting(desk: Desk, reads: Counter[str]) -> Browser:
    """Give a browser of a console over the desk's stores, each read of which is counted."""
    records = Counted(desk.engine.deliveries, reads, forbidden=("records",))
    ports = replace(
        desk.ports,
        listing=records,
        operate=replace(desk.ports.operate, records=records),
        browse=BrowsePorts(records=records, listing=Counted(desk.ports.browse.listing, reads)),
    )
    return Browser(Console(ports, caller_of_claims, desk.console._log))


def reads_of(desk: Desk, address: str) -> dict[str, int]:
    """Give how many calls of a store, and records out of it, one page takes."""
    reads: Counter[str] = Counter()
    answer = counting(desk, reads).get(address)
    assert answer.status == 200, f"{address}: {answer.status} {answer.words[-400:]}"
    return dict(reads)
