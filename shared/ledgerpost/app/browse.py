"""Finding deliveries for a page: by reference, receipt number, status, or route and day, each in a bounded number of
reads, however many deliveries there are. What is shown is always the record itself. Source: issue 8; ADR 20.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Protocol

from ledgerpost.app.listing import Count, ListedPage, Listing
from ledgerpost.domain.delivery import DeliveryKey, DeliveryRecord, Status
from ledgerpost.domain.entry import Reference
from ledgerpost.domain.event import EventKind, TenantId
from ledgerpost.domain.listing import Listed, day_of
from ledgerpost.domain.pause import Pause
from ledgerpost.domain.rejection import Rejection
from ledgerpost.domain.route import AccountId, ConnectionId, RouteId, TenantConfiguration
from ledgerpost.ports import PauseStore, RejectionStore

PAGE = 50
"""Deliveries of a page."""

PAGES_OF_LISTING_MAX = 4
"""Pages of the listing that one page may read until it has enough of a status."""

ACCOUNTS_ASKED_MAX = 40
"""Accounts that are asked for a reference: more than any tenant has."""

LATEST_DAYS_MAX = 31
"""Business days, of one route each, that are looked through where no day is asked for."""

REJECTIONS_SHOWN_MAX = 50
REJECTIONS_READ_MAX = 1000
"""Rejections of all tenants that are looked through for a tenant's own."""

COLLISIONS = ("", *(kind.value for kind in EventKind))
"""What the last part of a delivery key may be: blank, or the kind of a second owner of the reference."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some deliveries. `after` leads to the next page, blank at the end. A page may be short, or empty, and still lead
    on: it reads only so much.
    """

    records: Sequence[DeliveryRecord]
    after: str = ""


class DeliveryLookup(Protocol):
    """Reading chosen delivery records, and those that wait for something. Raises StoreError."""

    def get_all(self, keys: Sequence[DeliveryKey]) -> Sequence[DeliveryRecord]:
        """Give the records under `keys`, strongly consistent, in no stated order; what is not there is left out."""
        ...

    def waiting(self, tenant: TenantId, status: Status, limit: int, after: str = "") -> Page:
        """Give up to `limit` of the tenant's records in an open or parked `status`, the longest waiting first. Another
        status has none. May be a second old.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowsePorts:
    """What finding deliveries needs."""

    records: DeliveryLookup
    listing: Listing


WAITING_STATUSES = (Status.PARKED, Status.UNCONFIRMED, Status.RETRYING, Status.PENDING)


def by_reference(
    tenant: TenantId, reference: str, configuration: TenantConfiguration | None, ports: BrowsePorts
) -> Sequence[DeliveryRecord]:
    """Give every delivery of a reference, on all the tenant's accounts, collisions included, sorted by key.

    One query for the accounts, then the keys themselves, a hundred at a time.
    """
    text = Reference(reference.strip())
    keys = [
        DeliveryKey(tenant, connection, account, text, collision)
        for connection, account in _accounts(tenant, configuration, ports)[:ACCOUNTS_ASKED_MAX]
        for collision in COLLISIONS
    ]
    return sorted(ports.records.get_all(keys), key=lambda record: record.key) if text and keys else ()


def _accounts(
    tenant: TenantId, configuration: TenantConfiguration | None, ports: BrowsePorts
) -> list[tuple[ConnectionId, AccountId]]:
    routes = configuration.routes.values() if configuration else ()
    today = {(route.connection, route.account) for route in routes}
    return sorted(today | set(ports.listing.accounts(tenant)))


def by_receipt(tenant: TenantId, receipt: str, ports: BrowsePorts) -> Sequence[DeliveryRecord]:
    """Give the deliveries of a receipt number, sorted by key, up to a page of them."""
    keys = sorted(ports.listing.by_receipt(tenant, receipt.strip()))[:PAGE] if receipt.strip() else []
    return sorted(ports.records.get_all(keys), key=lambda record: record.key) if keys else ()


def search(
    tenant: TenantId, text: str, configuration: TenantConfiguration | None, ports: BrowsePorts
) -> Sequence[DeliveryRecord]:
    """Give what is found under `text` as a reference or as a receipt number, each delivery once."""
    found = [*by_reference(tenant, text, configuration, ports), *by_receipt(tenant, text, ports)]
    return sorted({record.key: record for record in found}.values(), key=lambda record: record.key)


def waiting(tenant: TenantId, status: Status, ports: BrowsePorts, *, after: str = "", limit: int = PAGE) -> Page:
    """Give a page of what is open or parked in `status`, the longest waiting first."""
    return ports.records.waiting(tenant, status, limit, after)


def of_day(
    tenant: TenantId,
    route: RouteId,
    day: date,
    ports: BrowsePorts,
    *,
    status: Status | None = None,
    after: str = "",
) -> Page:
    """Give a page of a route's business day, all or one status, the latest change first.

    Each delivery comes once over all the pages: it is shown where the listing has its present state.
    """
    found: list[DeliveryRecord] = []
    for _ in range(PAGES_OF_LISTING_MAX):
        page = ports.listing.of_day(tenant, route, day, after)
        found += [record for record in _present(page, ports) if status in (None, record.status)]
        after = page.after
        if not after or len(found) >= PAGE:
            break
    return Page(found, after)


def of_last_days(
    tenant: TenantId, routes: Iterable[RouteId], today: date, ports: BrowsePorts, *, days: int, limit: int
) -> Sequence[DeliveryRecord]:
    """Give up to `limit` deliveries of the routes' last business days, today included, the latest day first.

    For a preview: so many reads as the pages that `limit` fills, and at least one query for each route's day.
    """
    found: list[DeliveryRecord] = []
    listed = sorted(routes)
    for back in range(days):
        for route in listed:
            after = ""
            while len(found) < limit:
                page = of_day(tenant, route, today - timedelta(days=back), ports, after=after)
                found += page.records
                after = page.after
                if not after:
                    break
    return found[:limit]


def latest(
    tenant: TenantId, ports: BrowsePorts, *, limit: int, status: Status | None = None
) -> Sequence[DeliveryRecord]:
    """Give up to `limit` deliveries of the latest business days that have any, the latest day first.

    One query for the days, and for each of up to `LATEST_DAYS_MAX` as many reads as the pages that `limit` fills.
    """
    found: list[DeliveryRecord] = []
    for day, route in ports.listing.latest_days(tenant, LATEST_DAYS_MAX):
        after = ""
        while len(found) < limit:
            page = of_day(tenant, route, day, ports, status=status, after=after)
            found += page.records
            after = page.after
            if not after:
                break
    return found[:limit]


def _present(page: ListedPage, ports: BrowsePorts) -> list[DeliveryRecord]:
    """Give the records that are still as they were listed, in the order of the page."""
    rows = {row.key: row for row in reversed(page.rows)}
    records = {record.key: record for record in ports.records.get_all(list(rows))} if rows else {}
    ordered = dict.fromkeys(row.key for row in page.rows)
    return [records[key] for key in ordered if key in records and _is_as_listed(records[key], rows[key])]


def _is_as_listed(record: DeliveryRecord, row: Listed) -> bool:
    """Say whether this row of the listing is the latest of its delivery. A claim in flight is not listed, so its last
    row is one that is older by a change.
    """
    in_flight = record.status is Status.IN_FLIGHT and record.fence == row.fence + 1
    return (record.route, day_of(record)) == (row.route, row.day) and (record.fence == row.fence or in_flight)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Is money stuck? `today` are the counts of the business day by route and status, `standing` those of all days;
    `oldest` the one that waits longest of each status that is open or parked, the longest of all first
    (`DeliveryRecord.waiting_since`); `parked` the first page of what is parked; `rejections` what was set aside for a
    person; `pauses` what is held back.
    """

    day: date
    today: Sequence[Count]
    standing: Sequence[Count]
    oldest: Sequence[DeliveryRecord]
    parked: Page
    rejections: Sequence[Rejection]
    pauses: Sequence[Pause]

    @property
    def needs_a_person(self) -> bool:
        """Whether somebody has to look."""
        return bool(self.parked.records or self.parked.after or self.pauses or self.rejections)


@dataclass(frozen=True, slots=True, kw_only=True)
class OverviewPorts:
    """What the overview needs."""

    browse: BrowsePorts
    rejections: RejectionStore
    pauses: PauseStore


def overview(tenant: TenantId, day: date, ports: OverviewPorts) -> Overview:
    """Give the facts of the overview. `day` is today in the tenant's own zone."""
    firsts = [waiting(tenant, status, ports.browse, limit=1).records for status in WAITING_STATUSES]
    oldest = sorted((record for page in firsts for record in page), key=lambda record: record.waiting_since)
    return Overview(
        day=day,
        today=ports.browse.listing.counts(tenant, day),
        standing=ports.browse.listing.counts(tenant, None),
        oldest=oldest,
        parked=waiting(tenant, Status.PARKED, ports.browse),
        rejections=_rejections(tenant, ports),
        pauses=ports.pauses.pauses(tenant, fresh=True),
    )


def _rejections(tenant: TenantId, ports: OverviewPorts) -> list[Rejection]:
    """Give the tenant's first rejections that need a person. What belongs to no tenant is nobody's to see."""
    read = islice(ports.rejections.rejections(), REJECTIONS_READ_MAX)
    return list(islice((each for each in read if each.tenant == tenant and each.parked), REJECTIONS_SHOWN_MAX))
