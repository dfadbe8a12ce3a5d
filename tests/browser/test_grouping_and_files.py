"""A day is looked at, closed and reopened in a browser, and a file is sent: also on a phone and with the keyboard."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.browser.test_guide import PHONE, expect, now, until
from tests.console.desk import a_sale


def open_late_day(page: Any, stage: Any) -> None:
    """Open the day that records came late for."""
    page.goto(f"{stage.url}/days")
    page.get_by_role("row", name="records came late").get_by_role("link").click()
    expect(page.get_by_text("records came late: the next close writes an adjustment")).to_be_visible()


def test_a_late_record_is_previewed_and_the_close_adjusts_the_day(page: Any, shop_stage: Any) -> None:
    open_late_day(page, shop_stage)
    page.get_by_role("button", name="Preview the close").click()
    expect(page.get_by_role("region", name="What a close would send").locator("tbody tr")).to_have_count(1)
    page.get_by_role("button", name="Close the day").click()
    expect(page.get_by_role("status")).to_contain_text("The day is closed; its documents are on their way")
    expect(page.locator("dl", has_text="Adjustments")).to_contain_text("1")


def test_a_closed_day_is_reopened_with_the_keyboard_alone_and_a_reason(page: Any, shop_stage: Any) -> None:
    page.goto(f"{shop_stage.url}/days")
    page.locator("table a").last.focus()
    page.keyboard.press("Enter")
    page.get_by_label("Reason").focus()
    page.keyboard.type("the wrong account")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Reopen the day")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("The day is reopened")
    expect(page.get_by_role("main")).to_contain_text("the wrong account")


def test_a_company_with_a_mistake_is_refused_where_it_was_typed(page: Any, shop_stage: Any) -> None:
    page.goto(f"{shop_stage.url}/companies")
    page.get_by_role("link", name="Online retail", exact=True).click()
    editor = page.get_by_label("Configuration, JSON")
    editor.fill(editor.input_value().replace('"Europe/London"', '"Europe/Lundun"'))
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("alert")).to_contain_text("ledgerpost.timeZone")
    expect(editor).to_have_value(editor.input_value())
    assert "Europe/Lundun" in editor.input_value()


@pytest.mark.parametrize("page", [{}, PHONE], indirect=True, ids=["wide", "phone"])
def test_a_file_is_counted_and_then_sent(page: Any, stage: Any, tmp_path: Path) -> None:
    details = (a_sale(f"file-{number}", approved_at=now()) for number in range(3))
    entries = ({"Source": "s", "DetailType": "SaleDocumentApproved", "Detail": detail} for detail in details)
    file = tmp_path / "old.jsonl"
    file.write_text("".join(f"{json.dumps(entry)}\n" for entry in entries), encoding="utf-8")
    page.goto(f"{stage.url}/upload")
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Count and sum it").click()
    expect(page.get_by_role("status")).to_contain_text("3 approvals in old.jsonl. Nothing is sent yet.")
    page.get_by_label("Reason").fill("books of 2025")
    page.get_by_role("button", name="Send 3 approvals").click()
    expect(page.get_by_role("status")).to_contain_text("All 3 approvals are published.")
    until(page, f"{stage.url}/deliveries?receipt=file-2", "delivered")


def test_a_file_that_is_too_large_is_told_before_it_is_sent(page: Any, stage: Any, tmp_path: Path) -> None:
    file = tmp_path / "large.jsonl"
    file.write_bytes(b"x" * 4_000_001)
    page.goto(f"{stage.url}/upload")
    page.get_by_label("File", exact=True).set_input_files(file)
    page.get_by_role("button", name="Count and sum it").click()
    message = page.get_by_label("File", exact=True).evaluate("element => element.validationMessage")
    assert "ledgerpost backfill FILE" in message


@pytest.mark.parametrize("page", [PHONE], indirect=True, ids=["phone"])
def test_none_of_these_pages_is_wider_than_a_phone(page: Any, shop_stage: Any) -> None:
    page.goto(f"{shop_stage.url}/days")
    days = page.locator("section a").first.get_attribute("href")
    day = page.locator("table a").first.get_attribute("href")
    for path in ("/days", days, day, "/companies", days.replace("/days/", "/companies/"), "/upload", "/connections"):
        page.goto(shop_stage.url + path)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{path} scrolls sideways"
