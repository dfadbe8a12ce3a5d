"""The configuration and the sync runs: seed 003; codat sheet, sections 2, 5, 6 and 8."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ledgerpost.simulators.codat import demo_settings
from ledgerpost.simulators.codat.demo import DEMO_COMPANY
from tests.simulators.codat_calls import CONFIGURATION, HISTORIC, LATEST, SYNCS, InMemory


def selection(**sections: Any) -> dict[str, Any]:
    """A configuration that syncs sales and payments."""
    sales = {
        "syncSales": True,
        "accounts": {"sales": {"selectedAccountId": "a1"}},
        "salesCustomer": {"selectedCustomerId": "c1"},
        "taxRates": {"20.0": {"selectedTaxRateId": "t1"}},
    }
    payments = {"syncPayments": True, "accounts": {"cash": {"selectedAccountId": "b1"}}}
    content = {"sales": sales, "payments": payments}
    for name, changes in sections.items():
        content[name] = {**content.get(name, {}), **changes}
    return {"enabled": True, "configuration": content}


def paid_to(**accounts: str) -> dict[str, Any]:
    """A configuration with these accounts for payments."""
    return selection(payments={"accounts": {kind: {"selectedAccountId": chosen} for kind, chosen in accounts.items()}})


def configured(**changes: Any) -> InMemory:
    """A simulator with that configuration."""
    ledger = InMemory(**changes)
    assert ledger.call("POST", CONFIGURATION, selection()).status == 200
    return ledger


def order(number: int, created: str, **changes: Any) -> dict[str, Any]:
    sent: dict[str, Any] = {
        "id": f"O-{number}",
        "createdDate": created,
        "sourceModifiedDate": created,
        "orderLineItems": [{"taxPercentage": 20}],
        "payments": [{"type": "Cash", "status": "Paid"}],
    }
    return sent | changes


def add(ledger: InMemory, *orders: dict[str, Any]) -> list[str]:
    reply = ledger.call("POST", "/_simulator/orders", {"companyId": DEMO_COMPANY, "orders": list(orders)})
    messages: list[str] = reply.json["messages"]
    return messages


def errors(ledger: InMemory, body: dict[str, Any]) -> list[str]:
    reply = ledger.call("POST", CONFIGURATION, body)
    assert reply.status == 400
    return [error["message"] for error in reply.json["validation"]["errors"]]


def test_a_configuration_says_what_may_be_selected() -> None:
    document = InMemory().call("GET", CONFIGURATION).json

    assert (document["companyId"], document["accountingSoftwareCompanyName"]) == (DEMO_COMPANY, "Acme")
    assert document["configured"] is False
    cash = document["configuration"]["payments"]["accounts"]["cash"]
    assert {"id": "b1", "name": "Cash in hand", "nominalCode": "1200", "classification": "bank"} in cash[
        "accountOptions"
    ]
    assert "x1" not in [option["id"] for option in cash["accountOptions"]]
    grouping = document["configuration"]["sales"]["grouping"]
    assert grouping["groupingPeriod"]["groupingPeriodOptions"] == ["daily"]


def test_what_is_selected_stays_and_what_is_read_only_is_passed_over() -> None:
    ledger = configured()
    body = {"companyId": "other", "accountingSoftwareCompanyName": "Other", "schedule": {"syncHourUtc": 4}}

    document = ledger.call("POST", CONFIGURATION, body).json

    assert (document["companyId"], document["accountingSoftwareCompanyName"]) == (DEMO_COMPANY, "Acme")
    assert (document["enabled"], document["configured"], document["schedule"]["syncHourUtc"]) == (True, True, 4)
    assert document["configuration"]["sales"]["accounts"]["sales"]["selectedAccountId"] == "a1"


def test_a_tax_rate_is_the_same_with_and_without_zeros_at_its_end() -> None:
    document = configured().call("GET", CONFIGURATION).json

    assert list(document["configuration"]["sales"]["taxRates"]) == ["20"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"schedule": {"selectedFrequency": "Hourly"}}, "is not one of the options"),
        ({"schedule": {"syncHourUtc": 24}}, "is an hour of the day, 0 to 23"),
        ({"schedule": {"startDate": "2025-12-31"}}, "The start date can't be backdated"),
        (selection(sales={"syncSales": False}), "Payments need sales to be synced"),
        ({"configuration": {"fees": {"syncFees": True}}}, "Fees need payments to be synced"),
        (selection(sales={"accounts": {"sales": {"selectedAccountId": "?"}}}), "is not one of the options"),
        (selection(sales={"accounts": {"sales": {"selectedAccountId": "x1"}}}), "Account is not active"),
        (selection(sales={"salesCustomer": {}}), "Sales customer is missing"),
        (selection(sales={"salesCustomer": {"selectedCustomerId": "c9"}}), "is not one of the options"),
        (selection(sales={"taxRates": {"5": {"selectedTaxRateId": "t9"}}}), "is not one of the options"),
        (
            selection(sales={"grouping": {"groupingPeriod": {"selectedGroupingPeriod": "hourly"}}}),
            "is not one of the options",
        ),
        (
            selection(sales={"grouping": {"groupingLevels": {"invoiceLevel": {"selectedGroupByOptions": ["till"]}}}}),
            "is not one of the options",
        ),
        (
            selection(sales={"invoiceStatus": {"selectedInvoiceStatus": "Draft"}}),
            "Payments are not allowed when the invoice status is Draft",
        ),
        (
            selection(
                payments={"accounts": {"cash": {"selectedAccountId": "b1"}, "prePaid": {"selectedAccountId": "b1"}}}
            ),
            "Pre-paid account must differ from payment accounts",
        ),
        (
            selection(
                payments={"accounts": {"card": {"selectedAccountId": "b2"}, "payout": {"selectedAccountId": "b2"}}}
            ),
            "Card account must differ from payout account",
        ),
    ],
)
def test_a_selection_that_breaks_a_rule_is_refused_with_the_reason(body: dict[str, Any], message: str) -> None:
    ledger = InMemory()

    assert message in errors(ledger, body)
    assert ledger.call("GET", CONFIGURATION).json["configured"] is False


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"enabled": "yes"},
        {"schedule": {"syncHourUtc": True}},
        {"schedule": {"startDate": "soon"}},
        {"configuration": {"fees": {"accounts": {"cash": {"selectedAccountId": "b1"}}}}},
        {"configuration": {"sales": {"taxRates": {"a fifth": {"selectedTaxRateId": "t1"}}}}},
    ],
)
def test_a_configuration_that_cannot_be_read_is_refused(body: object) -> None:
    assert InMemory().call("POST", CONFIGURATION, body).status == 400


def test_two_connections_are_needed() -> None:
    company = replace(demo_settings().companies[0], commerce_connection=None)

    assert errors(InMemory(companies=(company,)), selection()) == ["Exactly two linked connections are needed"]


def test_a_new_account_can_be_selected() -> None:
    ledger = configured()
    account = ledger.call("POST", f"{CONFIGURATION}/accounts", {"accountType": "swish"}).json

    body = {"configuration": {"payments": {"accounts": {"swish": {"selectedAccountId": account["id"]}}}}}
    assert account["classification"] == "bank"
    assert ledger.call("POST", CONFIGURATION, body).status == 200
    assert ledger.call("POST", f"{CONFIGURATION}/accounts", {"accountType": "gold"}).status == 400


def test_a_sync_before_the_start_date_is_an_error_of_the_service() -> None:
    ledger = configured()
    ledger.call("POST", CONFIGURATION, {"schedule": {"startDate": "2026-03-02T03:00:00"}})

    for path, body in ((LATEST, None), (HISTORIC, a_range("2026-03-01", "2026-03-02"))):
        reply = ledger.call("POST", path, body)
        assert (reply.status, reply.json["error"]) == (500, "A sync cannot be queued before the start date")
    ledger.pass_by(3600)
    assert ledger.call("POST", LATEST).status == 200


def a_range(start: str, finish: str) -> dict[str, Any]:
    return {"dateRange": {"start": start, "finish": finish}}


def test_a_run_covers_the_time_since_the_last_success_up_to_midnight() -> None:
    ledger = configured()
    add(ledger, order(1, "2026-03-01T23:59:00Z"), order(2, "2026-03-02T00:30:00Z"))

    first = ledger.call("POST", LATEST).json
    again = ledger.call("POST", LATEST).json

    assert first["syncDateRangeUtc"] == {"start": "2026-01-01T00:00:00Z", "finish": "2026-03-02T00:00:00Z"}
    assert (first["syncStatusCode"], first["dataPushed"]) == (2000, True)
    assert (again["syncStatusCode"], again["dataPushed"]) == (2040, False)
    assert again["syncDateRangeUtc"] == {"start": "2026-03-02T00:00:00Z", "finish": "2026-03-02T00:00:00Z"}


def test_a_caller_may_stop_a_run_earlier() -> None:
    run = configured().call("POST", LATEST, {"syncTo": "2026-02-01T12:00:00Z"}).json

    assert run["syncDateRangeUtc"]["finish"] == "2026-02-01T00:00:00Z"


def test_a_failed_day_is_covered_by_the_next_success() -> None:
    ledger = configured()
    ledger.call("POST", CONFIGURATION, {"enabled": False})
    failed = ledger.call("POST", LATEST).json
    ledger.call("POST", CONFIGURATION, {"enabled": True})

    assert (failed["syncStatusCode"], failed["errorMessage"]) == (4000, "Sync is disabled")
    assert ledger.call("POST", LATEST).json["syncDateRangeUtc"]["start"] == "2026-01-01T00:00:00Z"


def test_a_range_that_overlaps_an_earlier_success_is_stopped() -> None:
    ledger = configured()
    runs = [
        ledger.call("POST", HISTORIC, a_range(start, finish)).json
        for start, finish in (("2026-01-05", "2026-01-07"), ("2026-01-06", "2026-01-08"), ("2026-01-07", "2026-01-08"))
    ]

    assert [(run["syncStatusCode"], run["errorMessage"]) for run in runs] == [
        (2040, None),
        (5080, "Date overlaps with a previous sync date range"),
        (2040, None),
    ]


@pytest.mark.parametrize("body", [{}, a_range("2026-01-05", "2026-01-05"), a_range("soon", "2026-01-05")])
def test_a_range_that_is_none_is_refused(body: dict[str, Any]) -> None:
    assert configured().call("POST", HISTORIC, body).status == 400


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"payments": [{"type": "Unknown", "status": "Paid"}]}, "Payment type Unknown is not mapped"),
        ({"payments": [{"type": "Vipps", "status": "Paid"}]}, "Payment type Vipps is not mapped"),
        ({"orderLineItems": [{"taxPercentage": 17.5}]}, "Tax rate 17.5 is not mapped"),
    ],
)
def test_what_is_not_mapped_stops_the_run(changes: dict[str, Any], says: str) -> None:
    ledger = configured()
    add(ledger, order(1, "2026-03-01T10:00:00Z", **changes))

    run = ledger.call("POST", LATEST).json

    assert (run["syncStatusCode"], run["errorMessage"]) == (4000, says)


def test_a_payment_that_is_not_paid_needs_no_account() -> None:
    ledger = configured()
    add(ledger, order(1, "2026-03-01T10:00:00Z", payments=[{"type": "Vipps", "status": "Failed"}]))

    assert ledger.call("POST", LATEST).json["syncStatusCode"] == 2000


def test_a_day_may_have_23_or_25_hours() -> None:
    syncs = configured().simulator.company(DEMO_COMPANY).syncs

    def hours(day: str) -> list[tuple[str, timedelta]]:
        start = datetime.fromisoformat(f"{day}T12:00:00").replace(tzinfo=UTC)
        return [(name, end - begin) for name, begin, end in syncs.days(start, start + timedelta(hours=1))]

    assert hours("2026-03-29") == [("2026-03-29", timedelta(hours=23))]
    assert hours("2026-10-25") == [("2026-10-25", timedelta(hours=25))]


def test_a_run_counts_its_orders_by_the_shops_own_day() -> None:
    ledger = configured()
    ledger.at = datetime(2026, 6, 3, 2, tzinfo=UTC)
    add(ledger, order(1, "2026-05-31T23:30:00Z"), order(2, "2026-06-01T22:30:00Z"), order(3, "2026-06-01T23:30:00Z"))

    ledger.call("POST", LATEST)

    run = ledger.simulator.company(DEMO_COMPANY).syncs.run("latest")
    assert {day: count for day, count in run.days.items() if count} == {"2026-06-01": 2, "2026-06-02": 1}


def test_a_company_is_switched_off_after_31_failing_days_and_a_success_begins_anew() -> None:
    ledger = configured()
    add(ledger, bad := order(1, "2026-03-01T10:00:00Z", payments=[{"type": "Vipps", "status": "Paid"}]))

    for _ in range(30):
        assert ledger.call("POST", LATEST).json["syncStatusCode"] == 4000
        ledger.call("POST", LATEST)
        ledger.pass_by(86_400)
    assert ledger.call("GET", CONFIGURATION).json["enabled"] is True
    ledger.call("POST", LATEST)
    assert ledger.call("GET", CONFIGURATION).json["enabled"] is False

    add(ledger, bad | {"payments": []})
    ledger.call("POST", CONFIGURATION, {"enabled": True})
    assert ledger.call("POST", LATEST).json["syncStatusCode"] == 2000
    ledger.call("POST", CONFIGURATION, {"enabled": False})
    ledger.call("POST", LATEST)
    ledger.call("POST", CONFIGURATION, {"enabled": True})
    assert ledger.call("GET", CONFIGURATION).json["enabled"] is True


def test_a_run_is_in_progress_for_as_long_as_it_takes() -> None:
    ledger = configured(sync_latency_s=3600.0)
    run = ledger.call("POST", LATEST).json

    assert (run["syncStatusCode"], run["dataPushed"]) == (1000, False)
    ledger.pass_by(601)
    assert ledger.call("GET", f"{SYNCS}/{run['commerceSyncId']}/status").json["syncStatusCode"] == 1010
    ledger.pass_by(3000)
    assert ledger.call("GET", f"/meta{SYNCS.removesuffix('/syncs')}/status").json["syncStatusCode"] == 2040


def test_the_history_has_every_run_and_names_the_last_success() -> None:
    ledger = configured()
    assert ledger.call("GET", f"{SYNCS}/latest/status").status == 404
    good = ledger.call("POST", LATEST).json["commerceSyncId"]
    ledger.call("POST", CONFIGURATION, {"enabled": False})
    bad = ledger.call("POST", LATEST).json["commerceSyncId"]

    assert [run["commerceSyncId"] for run in ledger.call("GET", f"{SYNCS}/list/status").json] == [bad, good]
    assert ledger.call("GET", f"{SYNCS}/latest/status").json["commerceSyncId"] == bad
    assert ledger.call("GET", f"{SYNCS}/lastSuccessful/status").json["commerceSyncId"] == good
    assert ledger.counts.syncs == 2


def test_an_order_that_comes_late_for_its_day_has_to_be_reconciled_by_hand() -> None:
    ledger = configured()
    add(ledger, order(1, "2026-03-01T10:00:00Z"))
    ledger.call("POST", LATEST)

    assert add(ledger, order(1, "2026-03-01T10:00:00Z")) == []
    assert add(ledger, order(1, "2026-03-01T10:00:00Z", sourceModifiedDate="2026-03-02")) == []
    assert add(ledger, order(2, "2026-03-01T11:00:00Z")) == ["Please reconcile manually"]


def test_a_company_that_was_deauthorised_is_told_so() -> None:
    company = replace(demo_settings().companies[0], active=False)

    assert InMemory(companies=(company,)).call("POST", LATEST).json["syncStatusCode"] == 4220
