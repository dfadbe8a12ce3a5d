"""Seeing, understanding and mending from the pages: the overview, deliveries, what is parked, why nothing came."""

import json
from datetime import date

import pytest

from ledgerpost.console.browsing import Search, find
from ledgerpost.console.editing import applied_or_empty
from ledgerpost.console.requests import Fields
from ledgerpost.console.views.books import reconcile_day
from ledgerpost.console.views.deliveries import key_of, story
from ledgerpost.console.views.overview import Tone, overview
from ledgerpost.console.views.parked import parked
from ledgerpost.domain.delivery import Status
from ledgerpost.domain.event import TenantId
from ledgerpost.simulators.pennypipe.process import SimulatorProcess
from tests.console.desk import ACCOUNT, Desk, a_sale

ACME = TenantId("acme")
PURCHASING = {
    "id": "sales-to-a",
    "connection": "main",
    "stream_type": "Purchasing",
    "account_id": ACCOUNT,
    "enabled": "true",
}


def approval(**entity: object) -> str:
    return json.dumps({"Source": "stocksmart", "DetailType": "SaleDocumentApproved", "Detail": a_sale(**entity)})


def refuse(desk: Desk, number: str) -> None:
    """Publish a sale that is parked: its amount is no number."""
    desk.publish(a_sale(number, Total="a lot"))


def test_with_everything_delivered_nothing_is_stuck(desk: Desk) -> None:
    desk.publish(a_sale("1"), a_sale("2"))
    page = overview(ACME, desk.ports)
    assert (page.tone, page.needs) == (Tone.GOOD, ())
    [bar] = page.standing
    assert [(part.name, part.count) for part in bar.segments] == [("delivered", 2)]


def test_what_is_parked_makes_the_overview_say_yes_with_cause_and_fix(desk: Desk) -> None:
    refuse(desk, "1")
    refuse(desk, "2")
    page = overview(ACME, desk.ports)
    assert (page.tone, page.verdict) == (Tone.BAD, "Yes: 2 approvals are stuck until somebody acts.")
    [need] = page.needs
    assert need.title.startswith("2 × ")
    assert need.link.startswith("/parked?code=")


def test_an_event_that_could_not_be_read_is_stuck_as_well(desk: Desk) -> None:
    desk.publish(a_sale() | {"currency": "ZZZ"})
    assert overview(ACME, desk.ports).tone is Tone.BAD
    assert "Events that were set aside" in desk.browser().get("/parked").words


def test_an_empty_stage_is_led_to_the_first_step(desk: Desk) -> None:
    page = desk.browser(tenant="newcomer").get("/")
    assert "Nothing is set up yet." in page.words


def test_the_bars_of_two_routes_have_one_scale(desk: Desk) -> None:
    desk.publish(*(a_sale(str(number)) for number in range(4)))
    [bar] = overview(ACME, desk.ports).standing
    assert sum(part.width for part in bar.segments) == 600


def test_a_delivery_tells_its_whole_story(desk: Desk) -> None:
    desk.publish(a_sale("494673"))
    page = story(
        key_of(ACME, Fields({"connection": ["main"], "account": [ACCOUNT], "reference": ["sale-494673"]})), desk.ports
    )
    assert [moment.title for moment in page.moments] == ["Approved", "Posted: applied", "In the ledger"]
    assert page.is_as_sent
    assert page.body is not None
    assert json.loads(page.body)["entry"]["amount"] == "12.50"
    assert ("CustomerDetails", "C. Customer") in page.properties
    assert page.record.effect is not None
    assert (
        page.record.effect.ledger_id
        in desk.browser().get(f"/delivery?connection=main&account={ACCOUNT}&reference=sale-494673").text
    )


def test_after_a_change_of_the_rule_the_body_is_no_longer_called_the_one_sent(desk: Desk) -> None:
    desk.publish(a_sale("494673"))
    admin = desk.browser()
    admin.post("/routes/sales-to-a/rules/SaleDocument", Enabled="true", EntryType="debit")
    page = admin.get(f"/delivery?connection=main&account={ACCOUNT}&reference=sale-494673")
    assert "The route has changed since" in page.words


@pytest.mark.parametrize(
    "looking",
    [
        Search(reference="sale-7"),
        Search(receipt="7"),
        Search(day=date(2026, 1, 31), route="sales-to-a", status=Status.DELIVERED),
        Search(status=Status.DELIVERED),
        Search(),
    ],
    ids=str,
)
def test_a_delivery_is_found_by_each_thing_that_a_person_knows(desk: Desk, looking: Search) -> None:
    desk.publish(a_sale("7"))
    configuration, _ = applied_or_empty(desk.ports, ACME)
    assert [each.key.reference for each in find(looking, configuration, desk.ports).records] == ["sale-7"]


@pytest.mark.parametrize(
    "looking",
    [Search(reference="sale-8"), Search(receipt="8"), Search(day=date(2026, 2, 1)), Search(status=Status.PARKED)],
    ids=str,
)
def test_what_does_not_match_is_not_found(desk: Desk, looking: Search) -> None:
    desk.publish(a_sale("7"))
    configuration, _ = applied_or_empty(desk.ports, ACME)
    assert find(looking, configuration, desk.ports).records == []


def test_a_day_is_paged_through_to_its_end(desk: Desk) -> None:
    desk.publish(*(a_sale(str(number)) for number in range(130)))
    browser, address, seen = desk.browser(), "/v1/deliveries?day=2026-01-31&route=sales-to-a", set()
    after = ""
    for _ in range(10):
        page = browser.get(f"{address}&after={after}").json
        seen |= {each["referenceId"] for each in page["deliveries"]}
        after = page["after"]
        if not after:
            break
    assert len(seen) == 130


def test_a_parked_delivery_is_redriven_from_its_page_with_who_and_why(desk: Desk) -> None:
    refuse(desk, "1")
    operator = desk.browser(role="operator")
    form = {"connection": "main", "account": ACCOUNT, "reference": "sale-1", "reason": "amount mended"}
    assert "It is taken up again" in operator.post("/delivery/redrive", **form).words
    desk.settle()
    page = operator.get(f"/delivery?connection=main&account={ACCOUNT}&reference=sale-1")
    assert "Redrove by ada@acme.example" in page.words
    assert "amount mended" in page.words


def test_skipping_needs_a_reason(desk: Desk) -> None:
    refuse(desk, "1")
    operator = desk.browser(role="operator")
    form = {"connection": "main", "account": ACCOUNT, "reference": "sale-1"}
    assert operator.post("/delivery/skip", **form).status == 400
    assert "It is skipped" in operator.post("/delivery/skip", **form, reason="a duplicate").words


def test_all_of_one_cause_are_skipped_at_once_and_no_other(desk: Desk) -> None:
    refuse(desk, "1")
    refuse(desk, "2")
    desk.publish(a_sale("3"))
    [cause] = parked(ACME, "", desk.ports).causes
    done = desk.browser(role="operator").post("/parked/skip", code=cause.entry.code, reason="test data")
    assert "2 deliveries were skipped." in done.words
    assert parked(ACME, "", desk.ports).causes == ()
    statuses = {each.key.reference: each.status for each in desk.engine.deliveries.records(ACME)}
    assert statuses["sale-3"] is Status.DELIVERED


def test_all_of_one_cause_are_redriven_at_once(simulator: SimulatorProcess, desk: Desk) -> None:
    refuse(desk, "1")
    [cause] = parked(ACME, "", desk.ports).causes
    done = desk.browser(role="operator").post("/parked/redrive", code=cause.entry.code)
    assert "1 delivery was taken up again." in done.words


@pytest.mark.parametrize(
    ("change", "sign", "fix"),
    [
        (("/routes/sales-to-a/enabled", {"enabled": "false"}), "route_disabled", "route"),
        (("/routes/sales-to-a/rules/SaleDocument", {"EntryType": "credit"}), "rule_disabled", "rule"),
        (
            ("/routes", PURCHASING),
            "no_matching_route",
            "stream",
        ),
    ],
)  # fmt: skip
def test_why_nothing_names_each_of_the_guides_reasons(
    desk: Desk, change: tuple[str, dict[str, str]], sign: str, fix: str
) -> None:
    admin = desk.browser()
    assert admin.post(change[0], **change[1]).status == 200
    page = admin.post("/why", event=approval())
    assert sign in page.text
    assert fix in page.words.lower()


def test_why_nothing_finds_a_reference_or_a_receipt_number(desk: Desk) -> None:
    desk.publish(a_sale("7"))
    browser = desk.browser()
    for asked in ("sale-7", "7"):
        assert "the ledger holds it as" in browser.get(f"/why?reference={asked}").words
    assert "No delivery has it" in browser.get("/why?reference=8").words


@pytest.mark.parametrize("text", ["", "no json", "[]", '{"Source": "s"}', "{" * 50_000], ids=len)
def test_an_approval_that_cannot_be_read_is_said_to_be_one(desk: Desk, text: str) -> None:
    page = desk.browser().post("/why", event=text)
    assert (page.status, "To do:" in page.words) == (200, True)


def test_a_day_that_agrees_ties_out_and_one_that_was_altered_names_the_entry(
    simulator: SimulatorProcess, desk: Desk
) -> None:
    desk.publish(a_sale("1"), a_sale("2"))
    page = reconcile_day(ACME, "", "2026-01-31", desk.ports)
    assert page.reconciliation is not None
    assert page.reconciliation.ties_out
    simulator.reset()  # the ledger lost its entries
    page = reconcile_day(ACME, "", "2026-01-31", desk.ports)
    assert page.reconciliation is not None
    assert {(each.kind.value, each.reference) for each in page.reconciliation.findings if each.book == "ledger"} == {
        ("missing", "sale-1"),
        ("missing", "sale-2"),
    }


def test_markup_in_an_approval_is_shown_and_not_run(desk: Desk) -> None:
    desk.publish(a_sale("1", CustomerDetails="<script>alert(1)</script>"))
    page = desk.browser().get(f"/delivery?connection=main&account={ACCOUNT}&reference=sale-1")
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;alert(1)" in page.text


def test_a_day_is_undone_by_reversals_that_are_shown_first_and_read_back_after(
    simulator: SimulatorProcess, desk: Desk
) -> None:
    desk.publish(a_sale("1"), a_sale("2"))
    admin, chosen = desk.browser(), {"route": "sales-to-a", "day": "2026-01-31"}
    assert "2 entries of 2026-01-31 would be reversed" in admin.post("/undo/plan", **chosen).words
    assert len(list(simulator.entries())) == 2, "nothing is posted before it was shown"
    assert "2 reversals are on their way" in admin.post("/undo", **chosen, reason="wrong account").words
    desk.settle()
    assert "2 of 2 entries are cancelled out" in admin.post("/undo/check", **chosen).words
    assert len(list(simulator.entries())) == 4


@pytest.mark.parametrize("chosen", [{"route": "none", "day": "2026-01-31"}, {"route": "sales-to-a", "day": "someday"}])
def test_undoing_what_is_no_day_of_a_route_is_refused(desk: Desk, chosen: dict[str, str]) -> None:
    assert desk.browser().post("/undo/plan", **chosen).status == 400
