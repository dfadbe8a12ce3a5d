"""A file of approvals, sent by a page or a call: counted first, sent in pieces, gone on with, and bounded in size."""

import html
import json
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from ledgerpost.app.backfill import BackfillPorts, Pace
from ledgerpost.console.caller import caller_of_claims
from ledgerpost.console.host import Console
from ledgerpost.console.views import upload as uploading
from ledgerpost.domain.event import TenantId
from tests.console.desk import A_MAP, HOST, Answer, Browser, Desk, a_sale

ACME = TenantId("acme")
CSV = "Invoice,Gross,Number,Approved at\r\n1,10.00,R-1,2026-01-05T10:00:00\r\n2,2.50,R-2,2026-02-05T10:00:00\r\n"


def lines(count: int, *, tenant: str = "acme") -> str:
    """Give a file of that many approvals, of 12.50 each."""
    entries = (
        {"Source": "s", "DetailType": "SaleDocumentApproved", "Detail": a_sale(f"f{number}", tenant=tenant)}
        for number in range(count)
    )
    return "".join(f"{json.dumps(entry)}\n" for entry in entries)


def post_parts(browser: Browser, address: str, content: str, *, file: str = "old.jsonl", **fields: str) -> Answer:
    """Send a form in parts, as a browser does with a file."""
    browser.get("/upload")
    values = fields | {"csrf": browser.cookies["ledgerpost_csrf"]}
    parts = [f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}' for name, value in values.items()]
    head = f'Content-Disposition: form-data; name="file"; filename="{file}"\r\nContent-Type: text/plain'
    body = "".join(f"--xyz\r\n{part}\r\n" for part in (*parts, f"{head}\r\n\r\n{content}")) + "--xyz--\r\n"
    headers = {"content-type": "multipart/form-data; boundary=xyz", "origin": f"https://{HOST}"}
    return browser.send("POST", address, body, headers)


def test_a_file_is_counted_and_summed_and_nothing_is_sent(desk: Desk) -> None:
    page = post_parts(desk.browser(role="viewer"), "/upload/check", lines(3))
    assert "3 approvals in old.jsonl. Nothing is sent yet." in page.words
    assert "sales-to-a GBP 2026-01 3 37.50" in page.words
    desk.settle()
    assert list(desk.engine.deliveries.records(ACME)) == []


def test_a_file_is_sent_from_the_page_that_counted_it_and_is_in_the_audit(desk: Desk) -> None:
    operator = desk.browser(role="operator", name="olga@acme.example")
    counted = post_parts(operator, "/upload/check", lines(3))
    kept = counted.text.partition('name="content" hidden aria-hidden="true">\n')[2].partition("</textarea>")[0]
    # A browser sends what stands in a form with CRLF at the ends of lines.
    content = html.unescape(kept).replace("\n", "\r\n")
    sent = operator.post("/upload", content=content, name="old.jsonl", columns="", reason="books of 2025")
    assert "All 3 approvals are published." in sent.words
    desk.settle()
    assert len(list(desk.engine.deliveries.records(ACME))) == 3
    change = desk.ports.changes.last(ACME)
    assert change is not None
    assert (change.change.act, change.change.by, change.change.facts["count"]) == ("backfill", "olga@acme.example", "3")
    again = operator.call("POST", "/v1/backfill/check", {"content": lines(3)})
    assert again.json["reached"] == 3, "the ends of lines make no other file of it"


def test_the_same_file_sent_again_sends_nothing(desk: Desk) -> None:
    operator = desk.browser(role="operator")
    body = {"content": lines(3), "reason": "once"}
    assert operator.call("POST", "/v1/backfill", body).json["published"] == {"from": 0, "to": 3, "of": 3}
    assert operator.call("POST", "/v1/backfill", body).json["published"] == {"from": 3, "to": 3, "of": 3}


def test_a_csv_file_is_read_by_a_saved_column_map(desk: Desk) -> None:
    operator = desk.browser(role="operator")
    saved = operator.post("/upload/maps", name="shop.v2", columns=A_MAP)
    assert "The column map is kept" in saved.words
    assert operator.get("/v1/column-maps").json == {"columnMaps": ["shop.v2", "till"]}
    page = post_parts(operator, "/upload/check", CSV, file="old.csv", map_name="shop.v2")
    assert "sales-to-a GBP 2026-01 1 10.00 sales-to-a GBP 2026-02 1 2.50" in page.words


def test_a_csv_file_without_a_map_is_told_so(desk: Desk) -> None:
    page = post_parts(desk.browser(), "/upload/check", CSV, file="old.csv")
    assert (page.status, "A CSV file needs a column map" in page.words) == (400, True)


def test_a_map_that_is_wrong_is_refused_with_each_mistake_and_what_was_typed(desk: Desk) -> None:
    page = desk.browser().post("/upload/maps", name="wrong", columns=A_MAP.replace("currency: GBP\n", ""))
    assert (page.status, "Write currency or currencyColumn" in page.words) == (422, True)
    assert "source: old-till" in page.text
    foreign = desk.browser(tenant="globex").post("/upload/maps", name="x", columns=A_MAP)
    assert (foreign.status, "backfill_foreign_tenant" in foreign.words) == (400, True)


def test_a_file_with_lines_that_are_no_approval_names_them_and_is_not_sent(desk: Desk) -> None:
    content = lines(1) + "no approval\n"
    page = post_parts(desk.browser(), "/upload/check", content)
    assert "1 lines are none" in page.words
    refused = desk.browser().call("POST", "/v1/backfill", {"content": content})
    assert (refused.status, refused.json["code"]) == (400, "request_unreadable")
    desk.settle()
    assert list(desk.engine.deliveries.records(ACME)) == []


def test_a_file_of_another_tenant_is_refused_whole(desk: Desk) -> None:
    refused = desk.browser().call("POST", "/v1/backfill", {"content": lines(1) + lines(1, tenant="globex")})
    assert (refused.status, refused.json["code"]) == (400, "backfill_foreign_tenant")


@pytest.mark.parametrize("size", [uploading.FILE_BYTES_MAX + 1, 7_000_000])
def test_a_file_that_is_too_large_is_told_of_the_command_that_takes_it(shared_desk: Desk, size: int) -> None:
    page = post_parts(shared_desk.browser(), "/upload/check", "x" * size)
    assert page.status == 413
    assert "ledgerpost backfill FILE" in page.words


@dataclass(slots=True)
class HandClock:
    """A clock that goes on a second with every look."""

    at: datetime

    def now(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


@dataclass(slots=True)
class Positions:
    """How far files are, and every step of it (port Checkpoints)."""

    kept: list[int] = field(default_factory=list)

    def position(self, tenant: TenantId, digest: str) -> int:
        return self.kept[-1] if self.kept else 0

    def keep(self, tenant: TenantId, digest: str, position: int) -> None:
        self.kept.append(position)


def test_a_long_file_is_sent_in_pieces_that_a_request_has_time_for(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploading, "PACE", Pace(seconds_max=10.0, per_second=None))
    positions = Positions()
    ports = BackfillPorts(
        bus=desk.ports.webhook.bus,
        checkpoints=positions,
        depth=desk.ports.upload.depth,
        clock=HandClock(desk.ports.clock.now()),
        pause=lambda _: None,
    )
    browser = Browser(Console(replace(desk.ports, uploads=ports), caller_of_claims, desk.console._log))
    content = lines(150)
    first = browser.post("/upload", content=content, name="old.jsonl")
    assert "of 150 approvals are published so far; go on with the rest." in first.words
    assert "Go on" in first.words
    assert 0 < positions.kept[-1] < 150
    while positions.kept[-1] < 150:
        browser.post("/upload", content=content, name="old.jsonl")
    assert positions.kept == sorted(set(positions.kept))
    desk.settle()
    records = list(desk.engine.deliveries.records(ACME))
    assert (len(records), {record.status.value for record in records}) == (150, {"delivered"})
