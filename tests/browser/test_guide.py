"""The guide, walked through in a browser: its seven steps from an empty stage to a verified entry, each case of its
troubleshooting, with the keyboard alone, and on a phone. Source: seed 000.
"""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from ledgerpost.simulators.pennypipe.demo import DEMO_PAT, DEMO_SALES_ACCOUNT
from tests.browser.hands import Hands, Keyboard, Pointer
from tests.console.desk import a_sale

sync_api = pytest.importorskip("playwright.sync_api")
expect = sync_api.expect

FIELD = "11111111-1111-1111-1111-111111111111"
PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True}


def now() -> str:
    return datetime.now(UTC).isoformat()


def approve(stage: Any, kind: str = "SaleDocument", **sale: Any) -> None:
    """Approve a transaction in the source."""
    detail = json.dumps(a_sale(approved_at=now(), **sale))
    stage.engine.publish([{"Source": "stocksmart", "DetailType": f"{kind}Approved", "Detail": detail}])


def until(page: Any, address: str, status: str) -> None:
    """Load the page again until it shows a delivery of that status; the approval is on its way meanwhile."""
    for _ in range(100):
        page.goto(address)
        if page.locator(f"table .status.{status}").count():
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{address} never showed {status!r}")


def save_connection(
    page: Any,
    stage: Any,
    *,
    token: str = DEMO_PAT,
    label: str = "Main Finance Account",
    hands: Hands = Pointer(),  # noqa: B008 - it has no state
) -> None:
    page.goto(f"{stage.url}/connections")
    hands.fill(page.get_by_label("Label"), label)
    hands.fill(page.get_by_label("PennyPipe API Base URL"), stage.simulator.url)
    hands.check(page.get_by_label("PAT", exact=True))
    hands.fill(page.get_by_label("Personal Access Token"), token)
    hands.press(page.get_by_role("button", name="Save connection"))
    expect(page.get_by_role("status")).to_contain_text("The connection is saved.")


def walk_the_guide(page: Any, stage: Any, hands: Hands = Pointer()) -> None:  # noqa: B008 - it has no state
    """Steps 1 to 7, from an empty stage."""
    page.goto(stage.url)
    expect(page.get_by_text("Nothing is set up yet.")).to_be_visible()
    save_connection(page, stage, hands=hands)  # steps 1 and 2

    hands.press(page.get_by_role("link", name="Routes", exact=True))  # step 3
    hands.fill(page.get_by_label("PennyPipe Account ID"), DEMO_SALES_ACCOUNT)
    hands.choose(page.get_by_label("Stream type"), "Sales")
    hands.press(page.get_by_role("button", name="Save route"))
    expect(page.get_by_role("status")).to_contain_text("The route is saved.")

    hands.press(page.get_by_role("link", name="Load ledger fields").last)  # step 5, before step 4 uses it
    expect(page.get_by_role("cell", name=FIELD)).to_be_visible()
    rule = page.locator("details", has_text="SaleDocument").first  # step 4
    hands.check(rule.get_by_label("Enabled", exact=True))
    hands.fill(rule.get_by_label("TagNames"), "Sales, Retail")
    hands.check(rule.get_by_label("CreateMissingTags"))
    hands.fill(rule.get_by_label("NoteTemplate"), "Sale #{ReceiptNumber} total {Total}")
    hands.fill(rule.get_by_label("FieldDefinitionId 1"), FIELD)
    hands.fill(rule.get_by_label("SourceProperty 1"), "ReceiptNumber")
    hands.press(rule.get_by_role("button", name="Save SaleDocument"))
    expect(page.get_by_role("status")).to_contain_text("The rule is saved.")

    hands.press(page.get_by_role("link", name="Test post"))  # step 6
    hands.fill(page.get_by_label("Account ID"), DEMO_SALES_ACCOUNT)
    hands.check(page.get_by_label("Delete the entry again"))
    hands.press(page.get_by_role("button", name="Test post"))
    expect(page.get_by_role("status")).to_contain_text("The test post succeeded: you can go live.")

    approve(stage, number="494673")  # step 7
    until(page, f"{stage.url}/deliveries?receipt=494673", "delivered")
    hands.press(page.get_by_role("link", name="sale-494673"))
    expect(page.get_by_role("heading", name="Body sent")).to_be_visible()
    hands.press(page.get_by_role("link", name="Go-live checklist"))
    expect(page.get_by_text("You are live.")).to_be_visible()


def test_the_guides_seven_steps_lead_from_an_empty_stage_to_a_verified_entry(page: Any, empty_stage: Any) -> None:
    walk_the_guide(page, empty_stage)
    [entry] = empty_stage.simulator.entries()
    posted = {key: entry[key] for key in ("type", "amount", "note", "referenceId")}
    assert posted == {
        "type": "credit",
        "amount": "12.50",
        "note": "Sale #494673 total 12.50",
        "referenceId": "sale-494673",
    }


@pytest.mark.parametrize("page", [PHONE], indirect=True, ids=["phone"])
def test_the_guide_can_be_walked_on_a_phone_and_no_page_is_wider_than_it(page: Any, empty_stage: Any) -> None:
    walk_the_guide(page, empty_stage)
    for path in (
        "/",
        "/connections",
        "/routes",
        "/test-post",
        "/checklist",
        "/deliveries",
        "/parked",
        "/why",
        "/audit",
    ):
        page.goto(empty_stage.url + path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{path} scrolls sideways"


@pytest.mark.parametrize("page", [{"java_script_enabled": False}], indirect=True, ids=["no-javascript"])
def test_the_guide_can_be_walked_without_javascript(page: Any, empty_stage: Any) -> None:
    walk_the_guide(page, empty_stage)


def test_the_guide_can_be_walked_with_the_keyboard_alone(page: Any, empty_stage: Any) -> None:
    walk_the_guide(page, empty_stage, Keyboard(page))


def test_a_connection_can_be_saved_with_the_keyboard_alone(page: Any, empty_stage: Any) -> None:
    keys = page.keyboard
    page.goto(f"{empty_stage.url}/connections")
    keys.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    keys.press("Enter")
    keys.press("Tab")
    expect(page.get_by_label("Label")).to_be_focused()
    keys.type("By keyboard")
    keys.press("Tab")
    expect(page.get_by_label("Target")).to_be_focused()
    keys.press("Tab")
    keys.type(empty_stage.simulator.url)
    keys.press("Tab")
    keys.press("ArrowDown")  # OAuth → PAT: the fields of the other kind are hidden
    expect(page.get_by_label("Client ID")).to_be_hidden()
    keys.press("Tab")
    expect(page.get_by_label("Personal Access Token")).to_be_focused()
    keys.type(DEMO_PAT)
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1, name="By keyboard")).to_be_visible()


def test_what_is_focused_is_seen_to_be(page: Any, stage: Any) -> None:
    page.goto(f"{stage.url}/deliveries")
    for _ in range(14):
        page.keyboard.press("Tab")
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
        assert outline != "0px", page.evaluate("document.activeElement.outerHTML")


def test_a_refusal_is_read_first(page: Any, stage: Any) -> None:
    page.goto(f"{stage.url}/connections")
    page.get_by_label("Label").fill("Wrong")
    page.get_by_label("PennyPipe API Base URL").fill("https://127.0.0.2/x?y=z")
    page.get_by_label("PAT", exact=True).check()
    page.get_by_label("Personal Access Token").fill("t")
    page.get_by_role("button", name="Save connection").click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_label("Label")).to_have_value("Wrong")


def test_post_with_a_revoked_token_says_what_to_check(page: Any, stage: Any) -> None:
    save_connection(page, stage, token="revoked", label="Old")
    page.goto(f"{stage.url}/test-post")
    page.get_by_label("Connection", exact=True).select_option(label="Old")
    page.get_by_label("Account ID").fill(DEMO_SALES_ACCOUNT)
    page.get_by_role("button", name="Test post").click()
    told = page.get_by_role("alert")
    for advice in ("credentials are correct", "active and not expired or revoked", "base URL is correct"):
        expect(told).to_contain_text(advice)


def test_post_to_an_account_that_is_not_open_to_the_token_says_403_and_what_to_check(page: Any, stage: Any) -> None:
    from ledgerpost.simulators.pennypipe.process import SimulatorProcess
    from ledgerpost.simulators.pennypipe.settings import AccountSettings, PersonalAccessToken, SimulatorSettings

    closed = AccountSettings(id="closed", name="Closed", currency="GBP")
    token = PersonalAccessToken("reads-only", accounts=("other",))
    with SimulatorProcess(SimulatorSettings(accounts=(closed,), pats=(token,))) as other:
        page.goto(f"{stage.url}/connections")
        page.get_by_label("Label").fill("Elsewhere")
        page.get_by_label("PennyPipe API Base URL").fill(other.url)
        page.get_by_label("PAT", exact=True).check()
        page.get_by_label("Personal Access Token").fill("reads-only")
        page.get_by_role("button", name="Save connection").click()
        page.goto(f"{stage.url}/test-post")
        page.get_by_label("Connection", exact=True).select_option(label="Elsewhere")
        page.get_by_label("Account ID").fill("closed")
        page.get_by_role("button", name="Test post").click()
        told = page.get_by_role("alert")
        for text in ("403 (access denied)", "account id is correct", "right connection is selected", "right to post"):
            expect(told).to_contain_text(text)


def why(page: Any, stage: Any, kind: str) -> Any:
    """Ask why an approval of `kind` made no entry; give the page's content."""
    page.goto(f"{stage.url}/why")
    detail = a_sale(approved_at=now(), Payment=5)
    entry = {"Source": "stocksmart", "DetailType": f"{kind}Approved", "Detail": detail}
    page.get_by_label("Approval, as the bus entry in JSON").fill(json.dumps(entry))
    page.get_by_role("button", name="Walk it past every route").click()
    return page.get_by_role("main")


def test_nothing_appeared_since_the_route_is_switched_off(page: Any, stage: Any) -> None:
    page.goto(f"{stage.url}/routes/sales-to-a")
    page.get_by_role("button", name="Switch off").click()
    expect(why(page, stage, "SaleDocument")).to_contain_text("the route is switched off")


def test_nothing_appeared_since_the_stream_type_is_another(page: Any, stage: Any) -> None:
    expect(why(page, stage, "SupplierPayment")).to_contain_text("a SupplierPayment belongs to Purchasing")


def test_nothing_appeared_since_the_payment_rule_is_not_enabled(page: Any, stage: Any) -> None:
    expect(why(page, stage, "SalePayment")).to_contain_text("the route has no SalePayment rule")


def test_nothing_appeared_since_the_account_is_wrong_and_the_mended_route_delivers_it(page: Any, stage: Any) -> None:
    page.goto(f"{stage.url}/routes/sales-to-a")
    change = page.locator("form", has=page.get_by_role("button", name="Save route"))
    change.get_by_label("PennyPipe Account ID").fill("no-such-account")
    change.get_by_text("I know that under another account").click()
    change.get_by_role("button", name="Save route").click()
    approve(stage, number="7")
    until(page, f"{stage.url}/deliveries?receipt=7", "parked")
    page.get_by_role("link", name="sale-7").click()
    expect(page.get_by_role("main")).to_contain_text("To do:")
    page.goto(stage.url)
    expect(page.get_by_text(re.compile("Yes: 1 approval is stuck"))).to_be_visible()

    page.goto(f"{stage.url}/routes/sales-to-a")
    change.get_by_label("PennyPipe Account ID").fill(DEMO_SALES_ACCOUNT)
    change.get_by_text("I know that under another account").click()
    change.get_by_role("button", name="Save route").click()
    approve(stage, number="7")  # under the right account it is another delivery; the old one is let go
    until(page, f"{stage.url}/deliveries?receipt=7", "delivered")
    page.goto(f"{stage.url}/parked")
    page.get_by_label("Reason").fill("the account was wrong")
    page.get_by_role("button", name="Skip all 1 for good").click()
    expect(page.get_by_role("status")).to_contain_text("1 delivery was skipped")
    page.goto(stage.url)
    expect(page.get_by_text("No. Every approval that was received is in its ledger")).to_be_visible()


def test_an_empty_custom_field_is_warned_of_on_the_routes_page(page: Any, stage: Any) -> None:
    page.goto(f"{stage.url}/routes/sales-to-a")
    rule = page.locator("details", has_text="SaleDocument").first
    rule.get_by_label("FieldDefinitionId 2").fill("55555555-5555-5555-5555-555555555555")
    rule.get_by_label("SourceProperty 2").fill("Payment")
    rule.get_by_role("button", name="Save SaleDocument").click()
    page.get_by_role("link", name="Load ledger fields").last.click()
    warned = page.get_by_role("region", name="Hardly meant so")
    expect(warned).to_contain_text("The account of this route has no field 55555555")
    expect(warned).to_contain_text("hardly has a property Payment")
