"""The listing in memory, gone with the process: told of every change as it is made."""

import threading
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date
from itertools import count

from ledgerpost.adapters.memory import OnChange
from ledgerpost.app.listing import Count, ListedPage, Listing, ReadEvent, RecordChange, list_changes
from ledgerpost.domain.delivery import DeliveryKey, DeliveryRecord, Status
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.listing import Listed, Move
from ledgerpost.domain.route import AccountId, ConnectionId, RouteId

PAGE = 100

_Day = tuple[TenantId, RouteId, date]


class MemoryListing:
    """The listing of all tenants (port Listing)."""

    def __init__(self) -> None:
        self._days: dict[_Day, list[Listed]] = defaultdict(list)
        self._receipts: dict[tuple[TenantId, str], dict[DeliveryKey, None]] = defaultdict(dict)
        self._counts: dict[tuple[TenantId, date | None], Counter[tuple[RouteId, Status]]] = defaultdict(Counter)
        self._accounts: dict[TenantId, dict[tuple[ConnectionId, AccountId], None]] = defaultdict(dict)
        self._batches: set[str] = set()
        self._lock = threading.Lock()

    def add(self, batch: str, moves: Sequence[Move]) -> None:
        """Take `moves` in, in their order. The same `batch` again changes nothing."""
        with self._lock:
            if batch in self._batches:
                return
            self._batches.add(batch)
            for move in moves:
                self._add(move)

    def _add(self, move: Move) -> None:
        if move.before is not None:
            self._count(move.before, -1)
        if move.after is None:
            return
        row = move.after
        self._count(row, 1)
        self._days[row.key.tenant, row.route, row.day].append(row)
        self._accounts[row.key.tenant][row.key.connection, row.key.account] = None
        if row.receipt:
            self._receipts[row.key.tenant, row.receipt][row.key] = None

    def _count(self, row: Listed, by: int) -> None:
        for day in (row.day, None):
            self._counts[row.key.tenant, day][row.route, row.status] += by

    def of_day(self, tenant: TenantId, route: RouteId, day: date, after: str = "") -> ListedPage:
        """Give a page of what was listed for a route's day, the latest change first."""
        rows = self._days.get((tenant, route, day), [])
        end = int(after) if after else len(rows)
        start = max(0, end - PAGE)
        return ListedPage(rows[start:end][::-1], str(start) if start else "")

    def by_receipt(self, tenant: TenantId, receipt: str) -> Sequence[DeliveryKey]:
        """Give the deliveries that ever had this receipt number."""
        return tuple(self._receipts.get((tenant, receipt), ()))

    def counts(self, tenant: TenantId, day: date | None) -> Sequence[Count]:
        """Give how many deliveries of a business day, or of all days, each route has in each status, sorted."""
        counted = self._counts.get((tenant, day), Counter())
        return [Count(route, status, number) for (route, status), number in sorted(counted.items()) if number]

    def latest_days(self, tenant: TenantId, limit: int) -> Sequence[tuple[date, RouteId]]:
        """Give up to `limit` business days that a route has had deliveries on, the latest day first."""
        with self._lock:
            pairs = {(day, route) for owner, route, day in self._days if owner == tenant}
        return sorted(pairs, reverse=True)[:limit]

    def accounts(self, tenant: TenantId) -> Sequence[tuple[ConnectionId, AccountId]]:
        """Give every connection and account that the tenant has deliveries on."""
        return tuple(self._accounts.get(tenant, ()))


def listing_changes(listing: Listing, read_event: ReadEvent) -> OnChange:
    """Give what tells `listing` of each write of a `MemoryDeliveryStore`, in place of a table's stream."""
    numbers = count(1)

    def tell(before: DeliveryRecord | None, after: DeliveryRecord) -> None:
        list_changes(f"write-{next(numbers)}", [RecordChange(before, after)], listing, read_event)

    return tell
