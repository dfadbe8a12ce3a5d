"""A document of a close is an ordinary delivery: one route takes it, whole or as one entry."""

import json
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from ledgerpost.adapters.formulas import RuleEngineFormulas
from ledgerpost.app.map_event import map_event
from ledgerpost.domain.delivery import Work
from ledgerpost.domain.document import LedgerDocument
from ledgerpost.domain.entry import LedgerEntry
from ledgerpost.domain.event import ApprovalEvent, StreamType, TenantId
from ledgerpost.domain.rejection import Rejection
from ledgerpost.domain.route import AccountId, ConnectionId, EntryType, Route, RouteId, TenantConfiguration
from ledgerpost.wire.approval import read_event
from tests.grouping.builders import a_company, a_fee, a_line, a_payment, an_order
from tests.grouping.world import Shop

SALE = an_order("1", [a_line("100", "20")], [a_payment("120")])
REFUND = an_order("2", [a_line("-10", "-2", quantity="-1")])


def events_of(shop: Shop) -> list[ApprovalEvent]:
    """What intake reads of the events of a closed day."""
    for record in (SALE, REFUND, a_fee("f", "2.50")):
        shop.takes(record)
    shop.waits_until("2026-03-03T02:00")
    shop.closes()
    return [read_event(json.dumps(event)) for event in shop.outbox.events]


def a_route(route_id: str = "books", connection: str = "books", account: str = "main", **changes: Any) -> Route:
    route = Route(
        id=RouteId(route_id),
        connection=ConnectionId(connection),
        stream=StreamType.SALES,
        account=AccountId(account),
        enabled=True,
        time_zone=ZoneInfo("Europe/London"),
        rules={},
    )
    return replace(route, **changes)


def work_of(event: ApprovalEvent, route: Route) -> Work:
    work = map_event(event, route, RuleEngineFormulas())
    assert isinstance(work, Work)
    return work


def test_a_document_is_mapped_whole_under_its_own_reference_and_form() -> None:
    shop = Shop()
    works = [work_of(event, a_route()) for event in events_of(shop)]
    documents = [work.entry for work in works]
    assert [(each.form, str(each.source_amount)) for each in documents if isinstance(each, LedgerDocument)] == [
        ("codat.invoice", "120.00"),
        ("codat.creditNote", "-12.00"),
        ("codat.payment", "120.00"),
        ("codat.bill", "-2.50"),
    ]
    for work, entity in zip(works, shop.outbox.entities, strict=True):
        assert isinstance(work.entry, LedgerDocument)
        assert work.key.reference == entity["Id"]
        assert work.entry.content() == entity["Document"]
        assert work.version.source.revision == 1


def test_only_the_route_of_the_companys_connection_and_account_takes_its_documents() -> None:
    event = events_of(Shop())[0]
    routes = [
        a_route(),
        a_route("other-account", account="second"),
        a_route("other-connection", connection="pennypipe"),
        a_route("purchases", stream=StreamType.PURCHASING),
        a_route("off", enabled=False),
    ]
    configuration = TenantConfiguration(TenantId("acme"), {}, {route.id: route for route in routes})
    assert [route.id for route in configuration.routes_for(event)] == ["books"]
    stray = work_of(event, routes[1])
    assert (stray.entry, stray.code) == (None, "no_matching_route")


def test_a_ledger_of_entries_gets_one_credit_or_debit_per_group_and_no_payments() -> None:
    events = events_of(Shop(company=a_company(extras={"as_entries": True})))
    entries = [work_of(event, a_route()).entry for event in events]
    assert [(each.type, str(each.money), each.note) for each in entries if isinstance(each, LedgerEntry)] == [
        (EntryType.CREDIT, "120.00", "Sales of 2026-03-02"),
        (EntryType.DEBIT, "12.00", "Refunds of 2026-03-02"),
        (EntryType.DEBIT, "2.50", "Fees of 2026-03-02"),
    ]


def test_a_document_that_ledgerpost_did_not_make_is_parked_with_a_reason() -> None:
    event = events_of(Shop())[0]
    broken = replace(event, entity={**event.entity, "Document": "<xml/>"})
    work = work_of(broken, a_route())
    assert (work.entry, work.code, work.park) == (None, "commerce_malformed", True)
    nameless = map_event(replace(event, entity={**event.entity, "Id": None}), a_route(), RuleEngineFormulas())
    assert isinstance(nameless, Rejection)
    assert nameless.code == "no_reference"


def test_the_same_close_gives_the_same_fingerprint_and_another_amount_another_one() -> None:
    first, second = (work_of(events_of(Shop())[0], a_route()) for _ in range(2))
    other = work_of(events_of(Shop(company=a_company(status="Draft")))[0], a_route())
    assert first.fingerprint == second.fingerprint != other.fingerprint
