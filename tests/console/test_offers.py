"""Each page for each role: no button that would be refused, and none missing that would be let in."""

from html.parser import HTMLParser
from typing import Any

import pytest

from ledgerpost.console.host import ENDPOINTS
from ledgerpost.console.offers import endpoint_of
from ledgerpost.domain.access import Role, may
from tests.console.desk import ACCOUNT, COMPANY_ID, Desk, a_sale
from tests.console.test_gate import A_LINE

PAGES = (
    "/", "/connections", "/connections/main", "/routes", "/routes/sales-to-a", "/checklist", "/test-post",
    "/deliveries", f"/delivery?connection=main&account={ACCOUNT}&reference=sale-stuck", "/parked", "/why",
    "/reconciliation", "/undo", "/audit", "/days", f"/days/{COMPANY_ID}", f"/days/{COMPANY_ID}/2026-01-31",
    "/upload", "/companies", f"/companies/{COMPANY_ID}",
)  # fmt: skip
AFTER_A_FORM = {"/undo", "/undo/check", "/connections/<id>/resume", "/days/<id>/<day>/reopen"}
"""Buttons that stand on a page only after a form was sent, or something is paused; they are tried apart."""


class Buttons(HTMLParser):
    """Collects where each button of a page sends its form, and the method."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[tuple[str, str]] = set()
        self._form: tuple[str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        if tag == "form":
            self._form = (attributes.get("method") or "get").upper(), attributes.get("action") or ""
        if tag == "button" and self._form is not None:
            method, action = self._form
            self.found.add((method, attributes.get("formaction") or action))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None


def buttons(text: str) -> set[tuple[str, str]]:
    """Give the method and the address of each button."""
    parser = Buttons()
    parser.feed(text)
    return parser.found


@pytest.fixture(scope="module")
def busy(shared_desk: Desk) -> Desk:
    """Something parked and an event set aside, so that every page has what it can offer."""
    shared_desk.publish(a_sale("stuck", Total="a lot"), {"schemaVersion": "1", "tenantId": "acme"})
    return shared_desk


def shown(desk: Desk, role: Role) -> dict[str, set[tuple[str, str]]]:
    """Give the buttons of each page, also of those that come after a form, for a role."""
    browser = desk.browser(role=role)
    pages = {path: browser.get(path) for path in PAGES}
    pages["/undo/plan"] = browser.post("/undo/plan", route="sales-to-a", day="2026-01-31")
    pages["/upload/check"] = browser.post("/upload/check", content=A_LINE)
    pages["preview"] = browser.post("/routes/sales-to-a/preview", rules="{}")
    assert {path: page.status for path, page in pages.items() if page.status != 200} == {}
    return {path: buttons(page.text) for path, page in pages.items()}


@pytest.mark.parametrize("role", Role)
def test_no_page_shows_a_button_that_the_role_may_not_press(busy: Desk, role: Role) -> None:
    for path, found in shown(busy, role).items():
        for method, to in found:
            endpoint = endpoint_of(method, to, ENDPOINTS)
            assert endpoint is not None, f"{path} leads to {method} {to}, which is not there"
            assert endpoint.act is None or may(role, endpoint.act), f"{path} offers {role} {method} {to}"


@pytest.mark.parametrize("role", Role)
def test_every_form_that_a_role_may_send_has_a_button_somewhere(busy: Desk, role: Role) -> None:
    offered = {endpoint_of(method, to, ENDPOINTS) for found in shown(busy, role).values() for method, to in found}
    wanted = [each for each in FORMS if may(role, each.act) and each.path not in AFTER_A_FORM]
    missing = [f"{each.method} {each.path}" for each in wanted if each not in offered]
    assert missing == []


FORMS: list[Any] = [
    each for each in ENDPOINTS if each.method == "POST" and not each.path.startswith("/v1/") and each.act is not None
]


def test_a_pause_can_be_ended_by_an_operator_and_is_only_told_to_a_viewer(desk: Desk) -> None:
    desk.browser(role="operator").post("/connections/main/pause", reason="audit")
    resume = ("POST", "/connections/main/resume")
    assert resume in buttons(desk.browser(role="operator").get("/connections/main").text)
    seen = desk.browser(role="viewer").get("/connections/main")
    assert resume not in buttons(seen.text)
    assert "audit" in seen.words


def test_the_reversals_of_a_day_are_posted_by_an_admin_alone(desk: Desk) -> None:
    desk.publish(a_sale())
    for role in Role:
        planned = desk.browser(role=role).post("/undo/plan", route="sales-to-a", day="2026-01-31")
        offered = buttons(planned.text)
        assert (("POST", "/undo") in offered) == (role is Role.ADMIN)
        assert ("POST", "/undo/check") in offered


def test_a_viewer_sees_the_settings_of_a_connection_without_a_form_for_them(desk: Desk) -> None:
    page = desk.browser(role="viewer").get("/connections/main")
    assert desk.ledger in page.words
    assert 'type="password"' not in page.text
