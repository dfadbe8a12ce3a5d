"""Which routes take an approval."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from ledgerpost.domain.event import ApprovalEvent, EventId, EventKind, StreamType, TenantId
from ledgerpost.domain.route import AccountId, ConnectionId, EntryType, Route, RouteId, Rule, TenantConfiguration
from ledgerpost.domain.version import SourceVersion

SALES = Route(
    id=RouteId("sales"),
    connection=ConnectionId("main"),
    stream=StreamType.SALES,
    account=AccountId("a-1"),
    enabled=True,
    time_zone=ZoneInfo("UTC"),
    rules={EventKind.SALE_DOCUMENT: Rule(enabled=True, entry_type=EntryType.CREDIT)},
)
SHOP_DAYS = replace(SALES, id=RouteId("days"), account=AccountId("a-2"), rules={})


class CountedRoutes(dict[RouteId, Route]):
    """Routes that count how often somebody walked over all of them."""

    walks = 0

    def values(self) -> Iterator[Route]:  # type: ignore[override]
        self.walks += 1
        return iter(super().values())


def tenant_of(*routes: Route) -> TenantConfiguration:
    return TenantConfiguration(TenantId("acme"), {}, CountedRoutes({route.id: route for route in routes}))


def an_event(kind: EventKind, account: str = "") -> ApprovalEvent:
    version = SourceVersion(datetime(2026, 3, 1, tzinfo=UTC), 1)
    entity = {"Id": "1", "Connection": "main", "Account": account}
    return ApprovalEvent(
        event_id=EventId("e"),
        source="shop",
        kind=kind,
        tenant=TenantId("acme"),
        version=version,
        currency="GBP",
        entity=entity,
        text="{}",
    )


def test_the_routes_of_a_sale_come_in_the_order_of_their_ids() -> None:
    tenant = tenant_of(SALES, replace(SALES, id=RouteId("also")), replace(SALES, id=RouteId("off"), enabled=False))
    assert [route.id for route in tenant.routes_for(an_event(EventKind.SALE_DOCUMENT))] == ["also", "sales"]


def test_a_document_of_a_close_goes_to_the_account_that_it_is_for_alone() -> None:
    tenant = tenant_of(SALES, SHOP_DAYS)
    assert tenant.routes_for(an_event(EventKind.COMMERCE_DOCUMENT, "a-2")) == (SHOP_DAYS,)
    assert tenant.routes_for(an_event(EventKind.COMMERCE_DOCUMENT, "a-3")) == ()


def test_ten_thousand_routes_are_walked_over_once_for_each_kind_and_not_for_each_event() -> None:
    tenant = tenant_of(
        SALES, *(replace(SHOP_DAYS, id=RouteId(f"d-{n}"), account=AccountId(f"a-{n}")) for n in range(10_000))
    )
    for number in range(100):
        assert len(tenant.routes_for(an_event(EventKind.COMMERCE_DOCUMENT, f"a-{number}"))) >= 1
        assert tenant.routes_for(an_event(EventKind.SALE_DOCUMENT)) == (SALES,)
    assert isinstance(tenant.routes, CountedRoutes)
    assert tenant.routes.walks == 2
