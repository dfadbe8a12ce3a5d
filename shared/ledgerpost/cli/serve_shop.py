"""The shop of `local --serve`: a week of real orders as of last week, four of its days closed, the rest to look at."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby

from ledgerpost.app.commerce import CommercePorts, take_record
from ledgerpost.app.run_company import run_range
from ledgerpost.cli.demo_grouping import demo_company
from ledgerpost.cli.retail_orders import LINES, SHOP_ZONE, retail_orders
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.domain.closing import CompanyKey, DayRange, Progress, next_run
from ledgerpost.domain.commerce import Order
from ledgerpost.domain.company import Company, Output
from ledgerpost.domain.event import StreamType
from ledgerpost.domain.grouping.business_day import day_of
from ledgerpost.domain.route import AccountId, ConnectionId, Route, RouteId, TenantConfiguration
from ledgerpost.ports_commerce import KeptCompany
from ledgerpost.simulators.pennypipe.settings import AccountSettings, SimulatorSettings

SHOP_ACCOUNT = AccountId("2b7d4c1e-5f60-4a8e-9d13-c4a5b6e7f803")
CLOSED_DAYS = 4


@dataclass(slots=True)
class _OnTheDay:
    """The clock of whoever takes orders in as they come."""

    time: datetime

    def now(self) -> datetime:
        return self.time


def with_shop_account(settings: SimulatorSettings) -> SimulatorSettings:
    """Give the simulator an account that the shop's documents go to."""
    shop = AccountSettings(id=SHOP_ACCOUNT, name="Web shop", currency="GBP")
    return replace(settings, accounts=(*settings.accounts, shop))


def with_shop_route(configuration: TenantConfiguration) -> TenantConfiguration:
    """Give the configuration with the route that takes the shop's documents, and nothing else."""
    route = Route(
        id=RouteId("shop-days"),
        connection=ConnectionId("main"),
        stream=StreamType.SALES,
        account=SHOP_ACCOUNT,
        time_zone=SHOP_ZONE,
        enabled=True,
        rules={},
    )
    return replace(configuration, routes={**configuration.routes, route.id: route})


def begin_shop(ports: ConsolePorts) -> None:
    """Take the week's orders in and close its first days; the last order of the last closed day comes late."""
    close, now = ports.close, ports.clock.now()
    by_day = _last_week(now)
    company = _company(min(by_day))
    key = CompanyKey(company.extras.tenant, company.id)
    clock = _OnTheDay(now)
    take = CommercePorts(companies=close.companies, records=close.records, days=close.days, clock=clock)
    kept = KeptCompany(company=company, progress=Progress(), next_run=next_run(company, now))
    close.companies.put(kept)
    closed = sorted(by_day)[:CLOSED_DAYS]
    late = by_day[closed[-1]].pop()
    for order in (order for orders in by_day.values() for order in orders):
        clock.time = order.created_at
        take_record(key, order, take)
    run_range(kept, str(uuid.uuid4()), DayRange(closed[0], closed[-1]), close)
    clock.time = now
    take_record(key, late, take)


def _last_week(now: datetime) -> dict[date, list[Order]]:
    """Give the orders of the file by day, moved so that the last of its days was yesterday."""
    orders = list(retail_orders(LINES))
    last = day_of(orders[-1].created_at, SHOP_ZONE)
    ahead = timedelta(days=(now.astimezone(SHOP_ZONE).date() - last).days - 1)
    return {day: list(each) for day, each in groupby(_moved(orders, ahead), key=_day)}


def _moved(orders: list[Order], ahead: timedelta) -> Iterator[Order]:
    for order in orders:
        local = order.created_at.astimezone(SHOP_ZONE).replace(tzinfo=None) + ahead
        yield replace(order, created_at=local.replace(tzinfo=SHOP_ZONE).astimezone(UTC))


def _day(order: Order) -> date:
    return day_of(order.created_at, SHOP_ZONE)


def _company(first: date) -> Company:
    """Give the demo's company, with its days from `first` on, as entries of the shop's account."""
    company = demo_company(Output.INVOICES)
    extras = replace(company.extras, connection=ConnectionId("main"), account=SHOP_ACCOUNT, as_entries=True)
    schedule = replace(company.schedule, start=datetime.combine(first, datetime.min.time()))
    return replace(company, extras=extras, schedule=schedule)
