"""Whether an entry costs the same however many routes its tenant has: microseconds to find the routes of an approval.

    python benchmarks/scale.py

One route takes sales, each other the days of one shop into its own account. What an entry asks of AWS is counted in
`tests/infra/test_path_costs.py`, and does not depend on it.
"""

import sys
import time
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from ledgerpost.domain.event import ApprovalEvent, EventId, EventKind, StreamType, TenantId
from ledgerpost.domain.route import AccountId, ConnectionId, EntryType, Route, RouteId, Rule, TenantConfiguration
from ledgerpost.domain.version import SourceVersion

ROUTES = (10, 100, 1_000, 10_000)
EVENTS = 50_000
MAIN = ConnectionId("main")


def configuration(routes: int) -> TenantConfiguration:
    """Give a tenant with that many routes, of which one takes sales, and each other the days of one shop."""
    rule = Rule(enabled=True, entry_type=EntryType.CREDIT)
    sales = {EventKind.SALE_DOCUMENT: rule}
    made = [
        Route(
            id=RouteId(f"r-{number:05}"),
            connection=MAIN,
            stream=StreamType.SALES,
            account=AccountId(f"a-{number}"),
            enabled=True,
            time_zone=ZoneInfo("UTC"),
            rules=sales if number == 0 else {},
        )
        for number in range(routes)
    ]
    return TenantConfiguration(TenantId("acme"), {}, {route.id: route for route in made})


def event(kind: EventKind, account: int) -> ApprovalEvent:
    """Give an approval, or a document of a close for an account."""
    entity = {"Id": "1", "Connection": MAIN, "Account": f"a-{account}"}
    version = SourceVersion(datetime(2026, 3, 1, tzinfo=UTC), 1)
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


def microseconds(routes: int) -> float:
    """Give the processor time of one approval, the first walk over the routes shared among all."""
    tenant = configuration(routes)
    kinds = (EventKind.SALE_DOCUMENT, EventKind.COMMERCE_DOCUMENT)
    events = [event(kinds[number % 2], number % routes) for number in range(EVENTS)]
    began = time.process_time()
    found = sum(len(tenant.routes_for(each)) for each in events)
    spent = time.process_time() - began
    assert found == EVENTS, found
    return spent / EVENTS * 1e6


def main() -> None:
    """Print the table."""
    sys.stdout.write(f"{'routes':>8}{'µs an approval':>16}\n")
    for routes in ROUTES:
        sys.stdout.write(f"{routes:>8,}{microseconds(routes):>16.2f}\n")


if __name__ == "__main__":
    main()
