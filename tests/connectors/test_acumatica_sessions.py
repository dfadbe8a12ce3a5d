"""Sign-in and session of the Acumatica connector, its options, and what a mapping may ask."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import httpx
import pytest

from ledgerpost.connectors.acumatica.options import AcumaticaOptions, CustomField, SessionCare, options_from
from ledgerpost.connectors.acumatica.password_grant import PasswordGrant
from ledgerpost.connectors.http import HttpSender
from ledgerpost.connectors.registry import ConnectorTargets
from ledgerpost.connectors.tokens import Token
from ledgerpost.domain.look_up import Absent, Ambiguous, LookedUp, LookUp, LookUpAnswer
from ledgerpost.domain.outcome import Applied, NotApplied, Retry
from ledgerpost.errors import ConfigurationError
from ledgerpost.ports import LookUps, ManyLookUps
from ledgerpost.simulators.acumatica.demo import DEMO_CLIENT_KEY
from ledgerpost.simulators.acumatica.settings import StockItem
from ledgerpost.simulators.acumatica.site import Condition
from tests.connectors.acumatica_orders import (
    ACCOUNT,
    SECRET,
    Bench,
    acumatica_auth,
    acumatica_connection,
    acumatica_secrets,
    document,
)
from tests.connectors.scripted import TENANT, StoppedClock, a_connection, oauth


def test_signing_in_takes_the_tenant_in_the_client_id_and_the_user():
    bench = Bench()
    bench.deliver(document())

    form = next(request for request in bench.site.requests if request.url.path.endswith("/connect/token")).content
    assert b"grant_type=password" in form
    assert b"client_id=4b9d7c1e-55aa-4c02-9c0e-2d7a6f0e0001%40Company" in form
    assert b"scope=api+offline_access" in form


def test_an_expired_token_is_refreshed_in_the_same_session():
    bench = Bench({"session": "keep"}, api_users_max=1)
    bench.deliver(document())
    bench.clock.pass_by(3600)
    bench.site.now_s += 3600

    assert isinstance(bench.deliver(document(reference="5002")), Applied)
    forms = [request.content for request in bench.site.requests if request.url.path.endswith("/connect/token")]
    assert [b"grant_type=refresh_token" in form for form in forms] == [False, True]
    assert bench.counts.sessions_peak == 1


def test_where_the_refresh_is_refused_the_user_signs_in_anew_and_the_old_session_is_left():
    bench = Bench({"session": "keep"}, api_users_max=1)
    bench.deliver(document())
    bench.site.simulator.sessions._refreshes.clear()
    bench.clock.pass_by(3541)

    assert isinstance(bench.deliver(document(reference="5002")), Applied)
    assert (bench.counts.logouts, bench.counts.sessions) == (1, 1)


def test_a_wrong_password_stops_the_connection():
    bench = Bench()
    bench.secrets.values[SECRET] = json.dumps({"clientSecret": "x", "password": "wrong"})

    outcome = bench.target.find(ACCOUNT, "5001")

    assert isinstance(outcome, NotApplied)
    assert (outcome.code, outcome.retry) == ("oauth_client_refused", Retry.NEVER)


@pytest.mark.parametrize(
    "text", ["just-a-secret", '{"clientSecret": "x"}', '{"clientSecret": "x", "password": 1}', "[]"]
)
def test_a_secret_of_another_form_is_told_without_being_shown(text: str):
    bench = Bench()
    bench.secrets.values[SECRET] = text

    outcome = bench.target.find(ACCOUNT, "5001")

    assert isinstance(outcome, NotApplied)
    assert (outcome.code, outcome.detail) == (
        "secret_unavailable",
        "The secret must be JSON text with clientSecret and password.",
    )


def test_a_password_may_hold_letters_of_any_script_and_shows_in_no_text():
    bench = Bench(password="Grüße+&=ß")
    bench.secrets.values[SECRET] = json.dumps({"clientSecret": DEMO_CLIENT_KEY, "password": "Grüße+&=ß"})

    assert isinstance(bench.deliver(document()), Applied)
    grant = PasswordGrant(acumatica_auth(), HttpSender(bench.site), bench.secrets, bench.clock)
    assert isinstance(grant.request_token(False), Token)
    assert "Grüße" not in "".join(map(repr, vars(grant).values()))


def test_a_full_licence_puts_the_order_off():
    bench = Bench(api_users_max=1)
    bench.site.simulator.sessions.login({"name": "ledgerpost", "password": bench.site.simulator.settings.password})

    outcome = bench.target.find(ACCOUNT, "5001")

    assert isinstance(outcome, NotApplied)
    assert (outcome.code, outcome.retry) == ("acumatica_login_limit", Retry.LATER)


def test_closing_gives_the_slot_of_the_licence_back():
    bench = Bench({"session": "keep"})
    bench.deliver(document())
    assert bench.counts.sessions == 1

    bench.targets.close()

    assert (bench.counts.sessions, bench.counts.logouts) == (0, 1)


def test_no_slot_is_held_between_orders():
    bench = Bench(api_users_max=1)

    for number in range(3):
        assert isinstance(bench.deliver(document(reference=f"order-{number}")), Applied)
        assert (bench.counts.sessions, bench.counts.logouts) == (0, number + 1)


def test_orders_side_by_side_share_one_session_and_none_fails_when_another_logs_out():
    bench = Bench({"concurrency": "8"}, api_users_max=1)

    with ThreadPoolExecutor(8) as executor:
        outcomes = list(executor.map(lambda number: bench.deliver(document(reference=f"o-{number}")), range(40)))

    assert all(isinstance(outcome, Applied) for outcome in outcomes)
    assert (bench.counts.sessions, bench.counts.sessions_peak) == (0, 1)
    assert bench.counts.records["SalesOrder"] == 40


def test_no_more_calls_run_side_by_side_than_the_connection_allows():
    bench = Bench({"concurrency": "2"})
    bench.target.ability(ACCOUNT)
    simulated, lock = bench.site.handle_request, threading.Lock()
    running, peak, third = 0, 0, threading.Event()

    def counting(request: httpx.Request) -> httpx.Response:
        nonlocal running, peak
        if "/entity/Default/" not in request.url.path:
            return simulated(request)
        with lock:
            running += 1
            peak = max(peak, running)
            if running > 2:
                third.set()
        third.wait(0.01)
        try:
            return simulated(request)
        finally:
            with lock:
                running -= 1

    bench.site.handle_request = counting  # type: ignore[method-assign]
    with ThreadPoolExecutor(8) as executor:
        outcomes = list(executor.map(lambda number: bench.deliver(document(reference=f"o-{number}")), range(8)))

    assert all(isinstance(outcome, Applied) for outcome in outcomes)
    assert peak == 2


def test_the_target_answers_a_mappings_questions():
    assert isinstance(Bench().target, LookUps)


@pytest.mark.parametrize(
    ("name", "argument", "answer"),
    [
        ("customerByEmail", "ann@example.com", LookedUp(("C000001",))),
        ("customerByEmail", "ANN@Example.com", LookedUp(("C000001",))),
        ("customerByEmail", "nobody@example.com", Absent()),
        ("customerByEmail", "o'neil@example.com", Absent()),
        ("customerByEmail", "", Absent()),
        ("externalId", "Customer/42", Absent()),
        ("stockItemExists", "sku1", LookedUp(("SKU1",))),
        ("stockItemExists", "GIFT-CARD", Absent()),
        ("stockItemExists", " ", Absent()),
        ("taxZone", "", LookedUp(("NYSTATE", "CASTATE"))),
        ("taxId", "", LookedUp(("NYSALES", "CASALES"))),
    ],
)
def test_a_look_up_is_answered_by_the_ledger(name: str, argument: str, answer: LookUpAnswer):
    assert Bench().target.look_up(ACCOUNT, name, argument) == answer


def test_a_customer_is_found_by_the_link_that_its_transfer_left():
    bench = Bench()
    linked = {"CustomerName": {"value": "Bob"}, "AccountRef": {"value": "42"}}
    put(bench, "Customer", linked)

    assert bench.target.look_up(ACCOUNT, "externalId", "Customer/42") == LookedUp(("C000002",))
    put(bench, "Customer", linked)
    assert bench.target.look_up(ACCOUNT, "externalId", "Customer/42") == Ambiguous(2)


def test_an_unknown_question_is_refused():
    for name, argument in (("exchangeRate", ""), ("externalId", "Product/1")):
        answer = Bench().target.look_up(ACCOUNT, name, argument)
        assert isinstance(answer, NotApplied)
        assert answer.code == "look_up_unsupported"


def test_what_was_found_is_kept_for_ten_minutes_and_what_was_not_is_asked_again():
    bench = Bench()
    for _ in range(3):
        bench.target.look_up(ACCOUNT, "stockItemExists", "SKU1")
        bench.target.look_up(ACCOUNT, "stockItemExists", "NEW")
    assert bench.counts.calls["list_StockItem"] == {"200": 4}

    bench.clock.pass_by(600)
    bench.target.look_up(ACCOUNT, "stockItemExists", "SKU1")
    assert bench.counts.calls["list_StockItem"] == {"200": 5}


def skus(*names: str) -> list[LookUp]:
    return [LookUp("stockItemExists", name) for name in names]


def test_the_stock_items_of_many_lines_are_searched_twenty_at_a_time():
    items = tuple(StockItem(id=f"SKU{number}", description="", price="1") for number in range(45))
    bench = Bench(stock_items=items)
    assert isinstance(bench.target, ManyLookUps)

    answers = bench.target.look_up_together(ACCOUNT, skus("GONE", *(f"sku{number}" for number in range(45)), " "))

    assert answers == [Absent(), *(LookedUp((item.id,)) for item in items), Absent()]
    assert bench.counts.calls["list_StockItem"] == {"200": 3}
    bench.target.look_up_together(ACCOUNT, skus("SKU1", "SKU2", "SKU3"))
    assert bench.counts.calls["list_StockItem"] == {"200": 3}, "what was found is kept"


def test_other_questions_are_answered_beside_the_stock_items():
    questions = [LookUp("taxZone"), *skus("SKU1"), LookUp("customerByEmail", "ann@example.com"), *skus("sku1")]

    answers = Bench().target.look_up_together(ACCOUNT, questions)

    assert answers == [
        LookedUp(("NYSTATE", "CASTATE")),
        LookedUp(("SKU1",)),
        LookedUp(("C000001",)),
        LookedUp(("SKU1",)),
    ]


@pytest.mark.parametrize(
    ("status", "content", "code"),
    [(503, b"", "ledger_unavailable"), (200, b'[{"InventoryID":{"value":"OTHER"}}]', "reply_unreadable")],
    ids=["without an answer", "not filtered"],
)
def test_stock_items_that_a_search_does_not_tell_are_not_guessed(status: int, content: bytes, code: str):
    bench = Bench()
    simulated = bench.site.handle_request

    def struck(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/StockItem"):
            return httpx.Response(status, headers={"Content-Type": "application/json"}, content=content)
        return simulated(request)

    bench.site.handle_request = struck  # type: ignore[method-assign]

    answers = bench.target.look_up_together(ACCOUNT, skus("SKU1", "SKU2"))

    assert [getattr(answer, "code", "") for answer in answers] == [code, code]


def test_a_site_that_refuses_to_search_for_many_is_asked_one_by_one():
    bench = Bench()
    simulated = bench.site.handle_request

    def refuses_or(request: httpx.Request) -> httpx.Response:
        if b"%20or%20" in request.url.raw_path:
            return httpx.Response(400, headers={"Content-Type": "application/json"}, content=b'{"message":"No."}')
        return simulated(request)

    bench.site.handle_request = refuses_or  # type: ignore[method-assign]

    assert bench.target.look_up_together(ACCOUNT, skus("SKU1", "GONE")) == [LookedUp(("SKU1",)), Absent()]


def test_a_long_list_is_read_page_by_page_to_its_end():
    zones = tuple(f"Z{number:03}" for number in range(250))
    bench = Bench(tax_zones=zones)

    assert bench.target.look_up(ACCOUNT, "taxZone", "") == LookedUp(zones)
    assert bench.counts.calls["list_TaxZone"] == {"200": 3}


def test_an_endpoint_without_tax_zones_takes_those_that_the_connection_names():
    without = Bench(absent_entities=("TaxZone",))
    named = Bench({"taxZones": "NYSTATE, CASTATE"}, absent_entities=("TaxZone",))

    answer = without.target.look_up(ACCOUNT, "taxZone", "")
    assert isinstance(answer, NotApplied)
    assert answer.code == "acumatica_entity_missing"
    assert named.target.look_up(ACCOUNT, "taxZone", "") == LookedUp(("NYSTATE", "CASTATE"))


def put(bench: Bench, entity: str, body: dict[str, object]) -> None:
    bench.site.simulator.site.put(entity, body, Condition())


def test_the_options_are_read_whole():
    read = options_from(
        {
            "version": "23.200.001",
            "referenceField": "CustomerOrder",
            "manualNumbering": "true",
            "session": "keep",
            "concurrency": "4",
            "companyHeader": "X-Company: Acme Inc",
            "customerClass": "WEB",
            "customerPrefix": "W",
            "customerReferenceField": "",
            "taxIds": "A,B",
            "custom.Colour": "Document.AttributeCOLOR:CustomStringField",
        },
        "connections[main]",
    )

    assert read == AcumaticaOptions(
        version="23.200.001",
        reference_field="CustomerOrder",
        manual_numbering=True,
        session=SessionCare.KEEP,
        concurrency=4,
        company_header=(b"X-Company", b"Acme Inc"),
        customer_class="WEB",
        customer_prefix="W",
        customer_reference_field="",
        tax_ids=("A", "B"),
        custom={"Custom_Colour": CustomField("Document", "AttributeCOLOR", "CustomStringField")},
    )


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("version", "latest"),
        ("version", "26.200.001"),
        ("referenceField", "Description"),
        ("manualNumbering", "perhaps"),
        ("session", "forever"),
        ("concurrency", "0"),
        ("concurrency", "21"),
        ("companyHeader", "X-Company"),
        ("companyHeader", "X-Company: a\r\nX-Evil: b"),
        ("customerPrefix", "web shop"),
        ("taxZones", " , "),
        ("custom.Colour", "AttributeCOLOR"),
        ("colour", "red"),
    ],
)
def test_an_option_that_is_none_is_refused_with_its_path(option: str, value: str):
    with pytest.raises(ConfigurationError, match=rf"connections\[main\]\.options\.{option}"):
        options_from({option: value}, "connections[main]")


def nothing_there(_: httpx.Request) -> httpx.Response:
    return httpx.Response(404)


def building(auth: object) -> Callable[[], object]:
    targets = ConnectorTargets(
        acumatica_secrets(), StoppedClock(), transport_factory=lambda _: httpx.MockTransport(nothing_there)
    )
    connection = a_connection("acumatica", auth=auth)
    return lambda: targets.target_of(TENANT, connection)


def test_client_credentials_and_a_client_id_without_a_tenant_are_refused():
    with pytest.raises(ConfigurationError, match="it knows users"):
        building(oauth())()
    with pytest.raises(ConfigurationError, match="does not end in @ and the tenant"):
        building(replace(acumatica_auth(), client_id="4b9d7c1e"))()


def test_a_reference_may_be_kept_in_customer_order():
    bench = Bench({"referenceField": "CustomerOrder"})

    assert bench.deliver(document()) == Applied("SO SO000001", created=True)
    assert bench.deliver(document()) == Applied("SO SO000001", created=False)
    assert bench.order()["CustomerOrder"]["value"] == "5001"
    assert acumatica_connection().target == "acumatica"
