"""`ledgerpost demo --orders`: real invoice lines as orders in Acumatica, tied out with the file to the cent."""

from dataclasses import replace
from decimal import Decimal

import pytest

from ledgerpost.cli.demo_orders import SiteBook
from ledgerpost.cli.retail_orders import LINES
from ledgerpost.cli.retail_sales_orders import RetailWeek, retail_week
from tests.e2e.conftest import CommandLine

COUNT = 45
CUT = "cut=0.4:once,error_after=0.2:once,limit=0.1:once:0,conflict=0.1:once"


@pytest.fixture(scope="module")
def week() -> RetailWeek:
    return retail_week(LINES, "acme", COUNT)


def held(week: RetailWeek) -> SiteBook:
    """The books of a site that holds just what the file says."""
    return SiteBook(
        totals={order.invoice: order.total for order in week.arriving},
        orders=len(week.arriving),
        lines=sum(order.lines for order in week.arriving),
        customers=len({order.customer for order in week.arriving}),
        changes=0,
    )


def test_the_real_week_has_what_each_rule_of_the_seed_stops():
    whole = retail_week(LINES, "acme")

    assert len(whole.orders) == 584
    assert whole.stopped() == {"customer_unresolved": 46, "duplicate_skus": 95}
    assert whole.left_out() == {"cancelledInvoices": 70, "linesWithoutQuantity": 45, "invoicesWithoutLines": 45}
    assert sum((order.total for order in whole.arriving), Decimal(0)) == Decimal("197458.70")


def test_orders_arrive_once_and_to_the_cent_though_replies_are_cut_after_saving(
    ledgerpost: CommandLine, week: RetailWeek
) -> None:
    ended = ledgerpost("demo", "--orders", "--count", COUNT, "--faults", CUT, "--workers", 3, "--json")

    assert ended.code == 0, ended.out + ended.err
    report = ended.document
    assert report["faults"] == []
    assert report["source"] == report["site"]
    assert report["site"]["orders"] == report["deliveries"]["delivered"] == len(week.arriving)
    assert report["site"]["customers"] < len(week.arriving), "some customers have several orders, and are there once"
    assert report["parked"] == report["stoppedByTheFile"] == week.stopped()
    assert {line["difference"] for line in report["reconciliation"]} == {"0.00"}
    assert report["posts"] > len(week.arriving), "faults struck, and what they struck was tried again"
    again = report["secondRun"]
    assert (again["posts"], again["ledgerChanges"], again["ordersOfOneReference"]) == (0, 0, 0)


def test_an_order_that_can_not_be_posted_is_told_and_ends_with_exit_code_1(ledgerpost: CommandLine) -> None:
    ended = ledgerpost("demo", "--orders", "--count", 2, "--faults", "poison=536365", "--json")

    assert ended.code == 1
    assert ended.document["faults"] == [
        "orders: 1, not 2",
        "lines: 2, not 9",
        "order 536365: None",
    ]


def test_a_fault_that_there_is_not_is_refused(ledgerpost: CommandLine) -> None:
    assert ledgerpost("demo", "--orders", "--count", 1, "--faults", "flood=1").code == 2


def test_a_site_that_holds_what_the_file_says_has_no_faults(week: RetailWeek):
    assert held(week).faults_against(week) == []


def test_a_customer_that_is_there_twice_is_a_fault(week: RetailWeek):
    site = held(week)

    assert replace(site, customers=site.customers + 1).faults_against(week) == [
        f"customers: {site.customers + 1}, not {site.customers}"
    ]


def test_a_cent_too_much_and_an_order_that_nobody_approved_are_faults(week: RetailWeek):
    site = held(week)
    first = week.arriving[0]
    totals = site.totals | {first.invoice: first.total + Decimal("0.01"), "X": Decimal(1)}

    assert replace(site, totals=totals).faults_against(week) == [
        f"order {first.invoice}: {first.total + Decimal('0.01')}",
        "order X: 1",
    ]
