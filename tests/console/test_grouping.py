"""Companies and their days, by page and by call, over the same use cases as the commands."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from ledgerpost.app.commerce import CommercePorts, take_record
from ledgerpost.console.caller import caller_of_claims
from ledgerpost.console.host import Console
from ledgerpost.domain.closing import CompanyKey
from ledgerpost.domain.event import TenantId
from ledgerpost.simulators.pennypipe.demo import DEMO_PURCHASING_ACCOUNT
from tests.console.desk import COMPANY_ID, Answer, Browser, Desk
from tests.console.test_offers import buttons
from tests.grouping.builders import COMPANY, a_line, an_order

ACME = TenantId("acme")
KEY = CompanyKey(ACME, COMPANY)


@dataclass(frozen=True, slots=True)
class Shop:
    """A desk whose company has sold something the day before yesterday."""

    desk: Desk
    day: date

    def sells(self, number: str, net: str) -> None:
        """An order of the day comes in, whenever."""
        at = datetime(self.day.year, self.day.month, self.day.day, 12, tzinfo=UTC)
        order = an_order(number, [a_line(net, rate="0")], created_at=at)
        close = self.desk.ports.close
        take = CommercePorts(
            companies=close.companies, records=close.records, days=close.days, clock=self.desk.ports.clock
        )
        take_record(KEY, order, take)

    @property
    def at(self) -> str:
        return f"/days/{COMPANY_ID}/{self.day}"

    @property
    def api(self) -> str:
        return f"/v1/companies/{COMPANY_ID}/days/{self.day}"


@pytest.fixture
def shop(desk: Desk) -> Shop:
    desk.browser().call(
        "POST",
        "/v1/routes",
        {
            "connection": "main",
            "streamType": "Sales",
            "accountId": DEMO_PURCHASING_ACCOUNT,
            "timeZone": "Europe/London",
        },
    )
    opened = Shop(desk, desk.ports.clock.now().date() - timedelta(days=2))
    opened.sells("o-1", "80.00")
    return opened


def test_a_preview_shows_the_documents_and_writes_nothing(shop: Shop) -> None:
    page = shop.desk.browser(role="viewer").post(f"{shop.at}/preview")
    assert "A close would send 1 document" in page.words
    assert "80.00 GBP" in page.words
    assert shop.desk.ports.close.days.day(KEY, shop.day) is None


def test_a_day_is_closed_delivered_and_linked_to_its_delivery(shop: Shop) -> None:
    operator = shop.desk.browser(role="operator")
    closed = operator.post(f"{shop.at}/close", reason="month end")
    assert "The day is closed; its documents are on their way to the ledger." in closed.words
    shop.desk.settle()
    page = operator.get(shop.at)
    assert ("delivered" in page.words, "80.00 GBP" in page.words) == (True, True)
    link = page.text.partition('href="/delivery?')[2].partition('"')[0].replace("&amp;", "&")
    story = operator.get(f"/delivery?{link}")
    assert (story.status, "CommerceDocument" in story.words) == (200, True)


def test_a_closed_day_that_the_ledger_holds_ticks_the_checklist(shop: Shop) -> None:
    operator = shop.desk.browser(role="operator")
    route = next(each["id"] for each in operator.get("/v1/routes").json["routes"] if each["id"] != "sales-to-a")
    missing = f"No approved transaction of route {route} was found in the ledger yet."
    assert missing in operator.get("/checklist").words
    operator.call("POST", f"{shop.api}/close", {})
    shop.desk.settle()
    assert missing not in operator.get("/checklist").words


def test_what_comes_late_is_told_and_becomes_an_adjustment_never_a_second_document(shop: Shop) -> None:
    operator = shop.desk.browser(role="operator")
    operator.call("POST", f"{shop.api}/close", {})
    shop.sells("o-2", "20.00")
    assert "records came late: the next close writes an adjustment" in operator.get(shop.at).words
    adjusted = operator.call("POST", f"{shop.api}/close", {}).json
    assert [each["total"] for each in adjusted["documents"]] == ["20.00"]
    again = operator.call("POST", f"{shop.api}/close", {}).json
    assert (again["statusCode"], again["documents"]) == (2040, [])
    state = operator.call("GET", shop.api).json["state"]
    assert (state["status"], state["adjustments"], len(state["references"])) == ("closed", 1, 2)


def test_reopening_needs_a_reason_and_is_kept_with_the_day_and_in_the_audit(shop: Shop) -> None:
    operator = shop.desk.browser(role="operator", name="olga@acme.example")
    operator.post(f"{shop.at}/close")
    refused = operator.post(f"{shop.at}/reopen")
    assert (refused.status, "needs a reason" in refused.words) == (400, True)
    page = operator.post(f"{shop.at}/reopen", reason="wrong account")
    assert "The day is reopened" in page.words
    assert "by olga@acme.example" in page.words
    assert "wrong account" in page.words
    log = shop.desk.browser().get("/audit").words
    assert "close day" in log
    assert "reopen day" in log


def test_a_viewer_is_offered_no_close_and_is_refused_one(shop: Shop) -> None:
    viewer = shop.desk.browser(role="viewer")
    offered = {to for _, to in buttons(viewer.get(shop.at).text)}
    assert offered == {f"{shop.at}/preview"}
    assert viewer.call("POST", f"{shop.api}/close", {}).status == 403
    assert shop.desk.ports.close.days.day(KEY, shop.day) is None


def test_what_would_stop_a_close_is_told_with_its_mend(shop: Shop) -> None:
    configuration = read(shop.desk.browser())
    rates = configuration["configuration"]["sales"]["taxRates"]
    rates["0"]["selectedTaxRateId"] = None
    applied = shop.desk.browser().call("POST", "/v1/companies", {"configuration": configuration})
    assert applied.status == 200, applied.text
    page = shop.desk.browser(role="operator").post(f"{shop.at}/close")
    assert "company_tax_rate_unmapped" in page.words
    assert 'Choose a tax rate under the key "0", then close the day again.' in page.words
    assert shop.desk.ports.close.days.day(KEY, shop.day) is None


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        ("/v1/companies/none", 404, "company_unknown"),
        ("/v1/companies/none/days", 404, "company_unknown"),
        (f"/v1/companies/{COMPANY_ID}/days/yesterday", 400, "request_unreadable"),
    ],
)
def test_what_is_not_there_is_told(desk: Desk, address: str, status: int, code: str) -> None:
    refused = desk.browser().call("GET", address)
    assert (refused.status, refused.json["code"]) == (status, code)


def test_today_is_not_closed_before_it_is_over(shop: Shop) -> None:
    today = shop.desk.ports.clock.now().date()
    refused = shop.desk.browser().call("POST", f"/v1/companies/{COMPANY_ID}/days/{today}/close", {})
    assert (refused.status, refused.json["code"]) == (409, "close_day_not_over")


def read(browser: Browser) -> Any:
    return browser.get(f"/v1/companies/{COMPANY_ID}").json["configuration"]


def send(browser: Browser, path: str, configuration: Any, **fields: str) -> Answer:
    return browser.post(path, configuration=json.dumps(configuration), **fields)


def test_a_configuration_is_shown_checked_and_applied(desk: Desk) -> None:
    admin = desk.browser()
    configuration = read(admin)
    configuration["enabled"] = False
    checked = send(admin, "/companies/check", configuration, id=COMPANY_ID)
    assert "would be accepted. Nothing is written yet." in checked.words
    assert read(admin)["enabled"] is True
    applied = send(admin, "/companies", configuration, id=COMPANY_ID, revision="1")
    assert "It is switched off" in applied.words
    assert read(admin)["enabled"] is False
    late = send(admin, "/companies", configuration, id=COMPANY_ID, revision="1")
    assert (late.status, "company_changed_meanwhile" in late.words) == (409, True)


def test_every_mistake_of_a_configuration_is_told_with_its_path_and_its_mend(desk: Desk) -> None:
    admin = desk.browser()
    configuration = read(admin)
    configuration["ledgerpost"]["timeZone"] = "Europe/Atlantis"
    configuration["mapSettings"]["outputFormat"] = "Poem"
    refused = send(admin, "/companies/check", configuration, id=COMPANY_ID)
    assert refused.status == 422
    assert ("ledgerpost.timeZone" in refused.words, "mapSettings.outputFormat" in refused.words) == (True, True)
    assert "Europe/Atlantis" in refused.text, "what was typed is still there to be mended"


def test_a_company_of_another_tenant_cannot_be_applied_nor_looked_up(desk: Desk) -> None:
    configuration = read(desk.browser())
    stranger = desk.browser(tenant="globex")
    refused = stranger.call("POST", "/v1/companies", {"configuration": configuration})
    assert (refused.status, refused.json["problems"][0]["path"]) == (422, "ledgerpost.tenant")
    assert stranger.get(f"/v1/companies/{COMPANY_ID}").status == 404
    assert stranger.get("/v1/companies").json["companies"] == []


def test_a_place_that_groups_nothing_says_so(desk: Desk) -> None:
    console = Console(replace(desk.ports, grouping=None), caller_of_claims, desk.console._log)
    refused = Browser(console).get("/v1/companies")
    assert (refused.status, refused.json["code"]) == (404, "not_here")
