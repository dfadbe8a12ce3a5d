"""Every page against axe's rules, light and dark, wide and on a phone. Source: axe-core, WCAG 2.2 A and AA rules."""

import json
from typing import Any

import pytest

from tests.browser.test_guide import PHONE, approve, until

axe = pytest.importorskip("axe_playwright_python.sync_playwright")

RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}
PAGES = (
    "/", "/connections", "/connections/main", "/routes", "/routes/sales-to-a?fields=1", "/test-post", "/checklist",
    "/deliveries", "/deliveries?receipt=1", "/parked", "/why?reference=sale-1", "/reconciliation", "/undo",
    "/audit?check=1", "/nothing", "/days", "/companies", "/upload",
)  # fmt: skip
LOOKS = [{"color_scheme": "light"}, {"color_scheme": "dark"}, PHONE | {"color_scheme": "dark"}]


@pytest.mark.parametrize("page", LOOKS, indirect=True, ids=["light", "dark", "phone"])
def test_no_page_breaks_a_rule_of_axe(page: Any, shop_stage: Any) -> None:
    stage = shop_stage
    approve(stage, number="1")
    approve(stage, number="2", Total="a lot")
    until(page, f"{stage.url}/deliveries?receipt=2", "parked")
    until(page, f"{stage.url}/deliveries?receipt=1", "delivered")
    delivery = page.get_by_role("link", name="sale-1").get_attribute("href")
    page.goto(f"{stage.url}/days")
    days = page.locator("section a").first.get_attribute("href")
    day = page.locator("table a").first.get_attribute("href")
    company = days.replace("/days/", "/companies/")
    broken: dict[str, Any] = {}
    for path in (*PAGES, delivery, days, day, company):
        page.goto(stage.url + path)
        found = axe.Axe().run(page, options=RULES).response["violations"]
        if found:
            broken[path] = [(each["id"], [node["html"][:160] for node in each["nodes"][:3]]) for each in found]
    assert broken == {}, json.dumps(broken, indent=1)
