"""Looking through deliveries for a page: what is asked for decides which bounded read answers it (`app.browse`)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from ledgerpost.app import browse
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.domain.delivery import DeliveryRecord, Status
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.route import Route, TenantConfiguration

SHOWN_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What is looked for; what is blank or None is not asked for. `receipt` is the source's own number; `after` leads
    to the next page.
    """

    reference: str = ""
    receipt: str = ""
    status: Status | None = None
    route: str = ""
    day: date | None = None
    code: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found. `after` leads on, blank at the end; `hint` says what was looked at where not all was."""

    records: Sequence[DeliveryRecord] = field(default=())
    after: str = ""
    hint: str = ""


def find(looking: Search, configuration: TenantConfiguration, ports: ConsolePorts) -> Found:
    """Give a page of the deliveries that match."""
    tenant = configuration.tenant
    if looking.reference or looking.receipt:
        named = _named(looking, configuration, ports)
        return Found([each for each in named if _matches(each, looking)])
    if looking.day is not None:
        return _of_day(looking, looking.day, configuration, ports)
    if looking.status in browse.WAITING_STATUSES:
        page = browse.waiting(tenant, looking.status, ports.browse, after=looking.after)
        return Found([each for each in page.records if _matches(each, looking)], page.after)
    return _some(tenant, looking, ports)


def _named(looking: Search, configuration: TenantConfiguration, ports: ConsolePorts) -> Sequence[DeliveryRecord]:
    if looking.reference:
        return browse.by_reference(configuration.tenant, looking.reference, configuration, ports.browse)
    return browse.by_receipt(configuration.tenant, looking.receipt, ports.browse)


def _of_day(looking: Search, day: date, configuration: TenantConfiguration, ports: ConsolePorts) -> Found:
    """Give a page of one route's day or, where no route is asked for, the first page of each route's."""
    routes = [route for route in _sorted(configuration.routes.values()) if looking.route in ("", route.id)]
    pages = [
        browse.of_day(configuration.tenant, route.id, day, ports.browse, status=looking.status, after=looking.after)
        for route in routes
    ]
    records = [each for page in pages for each in page.records if _matches(each, looking)]
    more = any(page.after for page in pages)
    if len(routes) == 1:
        return Found(records, pages[0].after)
    return Found(records, hint="There are more: choose a route to page through its day." if more else "")


def _some(tenant: TenantId, looking: Search, ports: ConsolePorts) -> Found:
    """Give some deliveries where nothing is asked for that leads to certain ones."""
    seen = browse.latest(tenant, ports.browse, limit=SHOWN_MAX + 1, status=looking.status)
    found = [each for each in seen[:SHOWN_MAX] if _matches(each, looking)]
    latest_first = sorted(found, key=lambda record: record.updated_at, reverse=True)
    hint = (
        "These are some of many: search by reference, receipt number or business day." if len(seen) > SHOWN_MAX else ""
    )
    return Found(latest_first, hint=hint)


def _matches(record: DeliveryRecord, looking: Search) -> bool:
    asked = (
        looking.status in (None, record.status),
        looking.route in ("", record.route),
        looking.code in ("", record.code),
        looking.day is None or record.day in ("", looking.day.isoformat()),
    )
    return all(asked)


def _sorted(routes: Iterable[Route]) -> list[Route]:
    return sorted(routes, key=lambda route: route.id)
