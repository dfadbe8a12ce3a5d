"""PennyPipe: what goes onto the wire, what is read from it, and the guide's steps 5 and 6."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import httpx
import pytest

from ledgerpost.connectors.pennypipe import (
    Deleted,
    FieldDefinition,
    PennyPipeTarget,
    Tag,
    TestPostPlan,
    run_test_post,
)
from ledgerpost.connectors.pennypipe.bodies import body_of
from ledgerpost.connectors.registry import ConnectorTargets
from ledgerpost.domain.money import Money
from ledgerpost.domain.outcome import (
    AccountAbility,
    Applied,
    Found,
    LedgerFact,
    NotApplied,
    Retry,
    TargetClass,
    Unknown,
)
from ledgerpost.domain.route import AccountId, EntryType
from ledgerpost.errors import ConfigurationError
from ledgerpost.simulators.pennypipe import (
    AccountSettings,
    PersonalAccessToken,
    SimulatorProcess,
    SimulatorSettings,
)
from ledgerpost.simulators.pennypipe import FieldDefinition as SimulatedField
from tests.connectors.conformance.pennypipe_case import (
    ACCOUNT,
    LEDGER_ID,
    an_applied_answer,
    is_write,
    problem,
    takes_everything,
)
from tests.connectors.scripted import (
    CLIENT_SECRET_REFERENCE,
    PAT_REFERENCE,
    TENANT,
    Handler,
    HeldSecrets,
    RecordingTransport,
    StoppedClock,
    a_connection,
    an_entry,
    json_answer,
    oauth,
    some_secrets,
    target_over,
)

ENTRY = an_entry()
FIELD = "11111111-1111-1111-1111-111111111111"


def target(handler: Handler, **options: object) -> tuple[PennyPipeTarget, RecordingTransport]:
    transport = RecordingTransport(handler)
    built = target_over(transport, **options)  # type: ignore[arg-type]
    assert isinstance(built, PennyPipeTarget)
    return built, transport


def answers(status: int, document: object) -> Handler:
    return lambda _: json_answer(status, document)


# The wire.


def test_the_sample_of_the_contract_is_what_goes_onto_the_wire():
    built, transport = target(takes_everything)
    built.post(ACCOUNT, ENTRY, "event-1")

    sent = transport.requests[0]
    assert (sent.method, sent.url) == ("POST", f"https://ledger.example/api/accounts/{ACCOUNT}/ledger-entries")
    assert sent.headers["authorization"] == "Bearer pat-value"
    assert sent.headers["content-type"] == "application/json"
    assert sent.headers["host"] == "ledger.example"
    assert json.loads(sent.content) == {
        "entry": {
            "referenceId": "3f0c0000-0000-0000-0000-000000000001",
            "type": "credit",
            "amount": "120.50",
            "date": "2026-03-01",
            "note": "Sale #R-1 total 120.50",
            "tagNames": ["Sales", "Retail"],
            "customFieldValues": [{"fieldDefinitionId": FIELD, "value": "R-1"}],
        },
        "createMissingTags": True,
    }


def test_what_an_entry_does_not_have_is_left_out():
    bare = an_entry(note=None, tag_names=(), custom_fields=(), create_missing_tags=False)

    assert json.loads(body_of(bare)) == {
        "entry": {"referenceId": bare.reference, "type": "credit", "amount": "120.50", "date": "2026-03-01"},
        "createMissingTags": False,
    }


@pytest.mark.parametrize(
    ("amount", "text"),
    [("0.10", "0.10"), ("1E+3", "1000"), ("999999999999999.9999", "999999999999999.9999"), ("1E-4", "0.0001")],
)
def test_an_amount_is_decimal_text_without_an_exponent(amount: str, text: str):
    entry = an_entry(money=Money(Decimal(amount), "EUR"))

    assert f'"amount":"{text}"'.encode() in body_of(entry)


def test_text_goes_out_as_utf_8_and_a_lone_surrogate_spoils_nothing():
    assert "Café 日本".encode() in body_of(an_entry(note="Café 日本"))
    assert b'"note":"a?b"' in body_of(an_entry(note="a\ud800b"))


@pytest.mark.parametrize("account", ["", ".", "..", "a/../../admin"])
def test_an_account_id_leads_to_no_other_path(account: str):
    built, transport = target(takes_everything)
    outcome = built.post(AccountId(account), ENTRY, "event-1")

    if transport.requests:
        assert transport.requests[0].url.raw_path == b"/api/accounts/a%2F..%2F..%2Fadmin/ledger-entries"
    else:
        assert isinstance(outcome, NotApplied)
        assert outcome.code == "account_not_found"


def test_the_base_url_may_have_a_path_of_its_own_and_options_replace_paths():
    connection = a_connection(
        base_url="https://gateway.example/pennypipe/", options={"paths.entries": "/v2/{accountId}/entries"}
    )
    built, transport = target(takes_everything, connection=connection)
    built.post(ACCOUNT, ENTRY, "event-1")
    built.ability(ACCOUNT)

    assert [request.url.path for request in transport.requests] == [
        f"/pennypipe/v2/{ACCOUNT}/entries",
        f"/pennypipe/api/accounts/{ACCOUNT}",
    ]


@pytest.mark.parametrize(
    ("option", "value"),
    [("paths.nothing", "/x"), ("colour", "red"), ("paths.entries", "/no/account"), ("paths.entries", "{accountId}")],
)
def test_an_option_that_is_wrong_is_refused_with_its_place(option: str, value: str):
    with pytest.raises(ConfigurationError) as refused:
        target(takes_everything, connection=a_connection(options={option: value}))

    assert refused.value.problems[0].path == f"connections[main].options.{option}"


# The answer to a post.


@pytest.mark.parametrize(
    "changes",
    [
        {"referenceId": "another reference"},
        {"accountId": "another account"},
        {"referenceId": None},
        {"accountId": None},
        {"id": None},
        {"id": 7},
        {"id": ""},
        {"id": "x" * 201},
    ],
)
def test_an_answer_that_speaks_of_another_entry_is_not_applied(changes: dict[str, object]):
    built, _ = target(answers(200, an_applied_answer(ENTRY.reference, **changes)))

    assert isinstance(built.post(ACCOUNT, ENTRY, "event-1"), Unknown)


def test_what_the_contract_does_not_know_is_passed_over():
    document = an_applied_answer(ENTRY.reference, accountId=ACCOUNT.upper(), links={"self": "/x"}, version=7.5)
    built, _ = target(answers(200, document | {"created": False}))

    assert built.post(ACCOUNT, ENTRY, "event-1") == Applied(LEDGER_ID, created=False)


def test_the_ledgers_own_word_names_path_and_message():
    errors = [{"path": "entry.amount", "message": "must be positive"}, "no object", {"path": "entry.date"}]
    built, _ = target(answers(422, problem(422, "validation", detail="Two faults.", errors=errors)))

    outcome = built.post(ACCOUNT, ENTRY, "event-1")

    assert outcome == NotApplied(
        "entry_refused", Retry.NEVER, "Two faults. entry.amount: must be positive; entry.date", status=422
    )


def test_a_value_of_the_entry_that_the_ledger_echoes_is_masked():
    entry = an_entry(note="Payment of Mrs Miller", custom_fields=((FIELD, "DE02 1203 0000 0000"),))
    said = "note 'Payment of Mrs Miller' and value 'DE02 1203 0000 0000' are not wanted"
    built, _ = target(answers(422, problem(422, "validation", detail=said)))

    outcome = built.post(ACCOUNT, entry, "event-1")

    assert isinstance(outcome, NotApplied)
    assert outcome.detail == "note '***' and value '***' are not wanted"


def test_a_long_word_is_cut_and_control_signs_go():
    built, _ = target(answers(422, problem(422, "validation", detail="a\x1b[31m\r\nb" + "x" * 5000)))

    outcome = built.post(ACCOUNT, ENTRY, "event-1")

    assert isinstance(outcome, NotApplied)
    assert outcome.detail.startswith("a [31m bx")
    assert len(outcome.detail) == 300


# The ability of an account.


def account_answer(**changes: object) -> dict[str, object]:
    capabilities = ["referenceIdUpsert", "batch"]
    return {"id": ACCOUNT, "name": "Main", "currency": "EUR", "capabilities": capabilities} | changes


@pytest.mark.parametrize(
    ("changes", "ability"),
    [
        ({}, AccountAbility(TargetClass.UPSERT, "EUR")),
        ({"capabilities": ["batch"]}, AccountAbility(TargetClass.LOOK_UP, "EUR")),
        ({"capabilities": []}, AccountAbility(TargetClass.LOOK_UP, "EUR")),
        ({"currency": None}, AccountAbility(TargetClass.UPSERT, None)),
    ],
)
def test_the_ability_is_read_from_the_account(changes: dict[str, object], ability: AccountAbility):
    built, _ = target(answers(200, account_answer(**changes)))

    assert built.ability(ACCOUNT) == ability


def test_an_account_that_names_no_capabilities_is_looked_up_with_care():
    document = account_answer()
    del document["capabilities"]
    built, _ = target(answers(200, document))

    assert built.ability(ACCOUNT) == AccountAbility(TargetClass.LOOK_UP, "EUR")


@pytest.mark.parametrize("changes", [{"id": "another"}, {"capabilities": "batch"}, {"currency": 978}])
def test_an_account_that_is_not_what_was_asked_for_says_nothing(changes: dict[str, object]):
    built, _ = target(answers(200, account_answer(**changes)))

    assert isinstance(built.ability(ACCOUNT), Unknown)


def test_the_ability_is_asked_for_once_in_ten_minutes():
    clock = StoppedClock()
    built, transport = target(takes_everything, clock=clock)
    for _ in range(3):
        built.ability(ACCOUNT)
    clock.pass_by(599)
    built.ability(ACCOUNT)
    assert transport.count("GET") == 1

    clock.pass_by(1)
    built.ability(ACCOUNT)
    assert transport.count("GET") == 2


def test_an_ability_that_could_not_be_learned_is_asked_for_again():
    statuses = iter([503, 200])
    built, _ = target(lambda _: json_answer(next(statuses), account_answer()))

    assert isinstance(built.ability(ACCOUNT), NotApplied)
    assert isinstance(built.ability(ACCOUNT), AccountAbility)


# Looking up.


def item(**changes: object) -> dict[str, object]:
    return {
        "id": LEDGER_ID,
        "accountId": ACCOUNT,
        "referenceId": ENTRY.reference,
        "type": "credit",
        "amount": "120.50",
        "date": "2026-03-01",
        "note": "Sale #R-1 total 120.50",
    } | changes


def pages(*documents: dict[str, object]) -> Handler:
    left: Iterator[dict[str, object]] = iter(documents)
    return lambda _: json_answer(200, next(left))


def test_a_look_up_follows_the_cursor_to_the_end():
    built, transport = target(
        pages(
            {"items": [item(id="1")], "nextCursor": "c/1&x"},
            {"items": [], "nextCursor": "c2"},
            {"items": [item(id="2")], "nextCursor": None},
        )
    )

    found = built.find(ACCOUNT, ENTRY.reference)

    assert isinstance(found, Found)
    assert [fact.ledger_id for fact in found.facts] == ["1", "2"]
    assert [dict(request.url.params) for request in transport.requests] == [
        {"referenceId": ENTRY.reference},
        {"referenceId": ENTRY.reference, "cursor": "c/1&x"},
        {"referenceId": ENTRY.reference, "cursor": "c2"},
    ]


def test_a_fact_that_was_found_agrees_with_the_entry_that_made_it():
    built, _ = target(answers(200, {"items": [item()], "nextCursor": None}))

    found = built.find(ACCOUNT, ENTRY.reference)

    fact = LedgerFact(
        ledger_id=LEDGER_ID, reference=ENTRY.reference, type=EntryType.CREDIT, amount=Decimal("120.50"),
        day=date(2026, 3, 1), note="Sale #R-1 total 120.50",
    )  # fmt: skip
    assert found == Found((fact,))
    assert fact.agrees_with(ENTRY)


def test_an_amount_that_is_a_json_number_is_read_exactly():
    content = json.dumps({"items": [item(amount=0)], "nextCursor": None}).replace('"amount": 0', '"amount": 0.1000')
    built, _ = target(lambda _: httpx.Response(200, content=content, headers={"Content-Type": "application/json"}))

    found = built.find(ACCOUNT, ENTRY.reference)

    assert isinstance(found, Found)
    assert str(found.facts[0].amount) == "0.1000"


def test_entries_of_other_references_are_passed_over_where_a_ledger_does_not_know_the_filter():
    others = [item(referenceId="other"), item(referenceId=None, amount="odd"), {"id": "bare"}]
    built, _ = target(answers(200, {"items": [*others, item(id="mine")], "nextCursor": None}))

    found = built.find(ACCOUNT, ENTRY.reference)

    assert isinstance(found, Found)
    assert [fact.ledger_id for fact in found.facts] == ["mine"]


@pytest.mark.parametrize(
    "document",
    [
        {"items": [item(amount="a lot")]},
        {"items": [item(type="both")]},
        {"items": [item(date="yesterday")]},
        {"items": [item(id=None)]},
        {"items": ["no object"]},
        {"items": None},
        {"items": [], "nextCursor": 7},
        {"items": [], "nextCursor": ""},
        {"items": [], "nextCursor": "the same again and again"},
        {},
    ],
)
def test_a_list_that_cannot_be_read_whole_is_no_proof_of_anything(document: dict[str, object]):
    built, transport = target(answers(200, document))

    assert isinstance(built.find(ACCOUNT, ENTRY.reference), Unknown)
    assert len(transport.requests) <= 20


# Fields, tags, deletion.


def test_fields_and_tags_are_read():
    definition = {"id": FIELD, "name": "Invoice Ref", "type": "text", "required": True, "active": False}
    built, _ = target(answers(200, {"items": [definition], "nextCursor": None}))

    assert built.fields(ACCOUNT) == (FieldDefinition(FIELD, "Invoice Ref", "text", required=True, active=False),)
    assert built.tags(ACCOUNT) == (Tag(FIELD, "Invoice Ref"),)


@pytest.mark.parametrize(("status", "deleted"), [(204, True), (404, False), (403, False), (500, False)])
def test_only_the_ledgers_yes_counts_as_deleted(status: int, deleted: bool):
    built, transport = target(lambda _: httpx.Response(status))

    assert isinstance(built.delete(ACCOUNT, "an/id"), Deleted) == deleted
    assert transport.requests[0].url.raw_path.endswith(b"/ledger-entries/an%2Fid")


# The test post.


def plan(**changes: object) -> TestPostPlan:
    values: dict[str, object] = {
        "account": ACCOUNT,
        "amount": Decimal("0.01"),
        "day": date(2026, 3, 1),
        "id": UUID(int=7),
    }
    return TestPostPlan(**(values | changes))  # type: ignore[arg-type]


def test_a_test_post_is_a_small_real_entry():
    built, transport = target(takes_everything)

    report = run_test_post(built, plan(type=EntryType.DEBIT))

    posted = next(request for request in transport.requests if is_write(request))
    assert json.loads(posted.content) == {
        "entry": {
            "referenceId": f"test:{UUID(int=7)}",
            "type": "debit",
            "amount": "0.01",
            "date": "2026-03-01",
            "note": "Test post",
        },
        "createMissingTags": False,
    }
    assert report.outcome == Applied(LEDGER_ID, created=True)
    assert report.leaves_an_entry
    assert report.advice == ()


@pytest.mark.parametrize(("status", "cleaned_up"), [(204, True), (403, False)])
def test_a_test_post_is_cleaned_up_where_that_is_allowed(status: int, cleaned_up: bool):
    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(status) if request.method == "DELETE" else takes_everything(request)

    report = run_test_post(target(handler)[0], plan(clean_up=True))

    assert report.cleaned_up is cleaned_up
    assert report.leaves_an_entry is not cleaned_up


@pytest.mark.parametrize(
    ("answer", "code", "words"),
    [
        (
            (403, "client_not_allowlisted"),
            "client_not_allowlisted",
            ["allow-list", "account id", "connection", "right"],
        ),
        ((403, "account_forbidden"), "account_forbidden", ["allow-list", "account id", "connection", "right"]),
        ((401, "token_invalid"), "token_refused", ["credentials", "expired or revoked", "base URL"]),
        ((404, "account_not_found"), "account_not_found", ["account id", "base URL"]),
        ((422, "field_value_type"), "field_value_type", ["field's type"]),
    ],
)
def test_a_refused_test_post_says_what_to_check(answer: tuple[int, str], code: str, words: list[str]):
    status, ledger_code = answer

    def handler(request: httpx.Request) -> httpx.Response:
        return json_answer(status, problem(status, ledger_code)) if is_write(request) else takes_everything(request)

    report = run_test_post(target(handler)[0], plan())

    assert isinstance(report.outcome, NotApplied)
    assert report.outcome.code == code
    assert not report.leaves_an_entry
    for word in words:
        assert word in " ".join(report.advice)


def test_a_test_post_without_an_answer_warns_that_the_entry_may_be_there():
    def handler(request: httpx.Request) -> httpx.Response:
        if is_write(request):
            raise httpx.ReadTimeout("silent")
        return takes_everything(request)

    report = run_test_post(target(handler)[0], plan())

    assert isinstance(report.outcome, Unknown)
    assert report.leaves_an_entry
    assert "Look for its reference" in report.advice[0]


def test_a_test_post_whose_question_is_not_answered_posts_nothing():
    def handler(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            raise httpx.ReadTimeout("silent")
        raise AssertionError("nothing may be posted")

    report = run_test_post(target(handler)[0], plan())

    assert isinstance(report.outcome, NotApplied)
    assert not report.leaves_an_entry


# The registry.


def registry(**options: object) -> ConnectorTargets:
    return ConnectorTargets(
        some_secrets(), StoppedClock(), transport_factory=lambda _: RecordingTransport(takes_everything), **options
    )  # type: ignore[arg-type]


def test_a_target_is_kept_as_long_as_its_connection_stays_the_same():
    targets = registry()
    first = targets.target_of(TENANT, a_connection())

    assert targets.target_of(TENANT, a_connection()) is first
    assert targets.target_of(TENANT, a_connection(base_url="https://other.example")) is not first
    assert targets.target_of("another tenant", a_connection()) is not first


def test_an_unknown_target_is_refused_with_the_ones_there_are():
    with pytest.raises(ConfigurationError, match=r"connections\[main\]\.target.*'quill'.*pennypipe"):
        registry().target_of(TENANT, a_connection("quill"))


@pytest.mark.parametrize(
    "base_url",
    ["http://ledger.example", "ledger.example", "", "https://", "ftp://x", "https://u:p@x", "https://x?a=b", "https://x#f",
     "https://x:y"],
)  # fmt: skip
def test_a_base_url_that_cannot_be_one_is_refused_without_being_quoted(base_url: str):
    with pytest.raises(ConfigurationError) as refused:
        registry().target_of(TENANT, a_connection(base_url=base_url))

    assert refused.value.code == "config_base_url_refused"
    assert "u:p" not in refused.value.message


def test_http_is_a_base_url_for_local_engines_alone():
    connection = a_connection(base_url="http://127.0.0.1:8080")

    assert registry(allow_loopback=True).target_of(TENANT, connection)
    with pytest.raises(ConfigurationError):
        registry().target_of(TENANT, connection)


# With the simulator, which was written from the same sheet by other hands.


@pytest.fixture(scope="module")
def simulator() -> Iterator[SimulatorProcess]:
    settings = SimulatorSettings(
        accounts=(
            AccountSettings(
                id=ACCOUNT,
                name="Main",
                currency="EUR",
                fields=(SimulatedField(id=FIELD, name="Invoice Ref"),),
                oauth_clients=("client-1",),
            ),
            AccountSettings(id="7d5f0000-0000-0000-0000-00000000000b", name="Closed", currency="EUR"),
        ),
        clients={"client-1": "secret of client-1"},
        pats=(PersonalAccessToken(token="good-pat"), PersonalAccessToken(token="reading-pat", may_post=False)),
    )
    with SimulatorProcess(settings) as running:
        yield running


def at_simulator(simulator: SimulatorProcess, *, pat: str = "good-pat", with_oauth: bool = False) -> PennyPipeTarget:
    secrets = HeldSecrets({PAT_REFERENCE: pat, CLIENT_SECRET_REFERENCE: "secret of client-1"})
    auth = {"auth": oauth(simulator.url)} if with_oauth else {}
    connection = a_connection(base_url=simulator.url, **auth)
    built = ConnectorTargets(secrets, StoppedClock(), allow_loopback=True).target_of(TENANT, connection)
    assert isinstance(built, PennyPipeTarget)
    return built


@pytest.mark.parametrize("with_oauth", [False, True], ids=["PAT", "OAuth"])
def test_the_simulator_takes_what_the_connector_posts_and_gives_it_back(simulator: SimulatorProcess, with_oauth: bool):
    built = at_simulator(simulator, with_oauth=with_oauth)
    entry = replace(ENTRY, reference=f"there and back {with_oauth}")

    first = built.post(ACCOUNT, entry, "event-1")
    second = built.post(ACCOUNT, entry, "event-1")
    found = built.find(ACCOUNT, entry.reference)

    assert isinstance(first, Applied)
    assert second == Applied(first.ledger_id, created=False)
    assert isinstance(found, Found)
    assert [fact.agrees_with(entry) for fact in found.facts] == [True]
    assert built.fields(ACCOUNT) == (FieldDefinition(FIELD, "Invoice Ref", "text", required=False, active=True),)
    assert {tag.name for tag in built.tags(ACCOUNT)} == {"Sales", "Retail"}


def test_the_simulators_refusals_have_their_codes(simulator: SimulatorProcess):
    good = at_simulator(simulator)
    closed = AccountId("7d5f0000-0000-0000-0000-00000000000b")
    outcomes = [
        at_simulator(simulator, pat="bad-pat").post(ACCOUNT, ENTRY, "e"),
        at_simulator(simulator, pat="reading-pat").post(ACCOUNT, ENTRY, "e"),
        at_simulator(simulator, with_oauth=True).post(closed, replace(ENTRY, custom_fields=()), "e"),
        good.post(AccountId("no such account"), ENTRY, "e"),
        good.post(closed, ENTRY, "e"),
        good.post(ACCOUNT, replace(ENTRY, tag_names=("Unheard",), create_missing_tags=False), "e"),
        good.post(ACCOUNT, replace(ENTRY, money=Money(Decimal("0.00001"), "EUR")), "e"),
    ]

    assert [(outcome.code, outcome.status) for outcome in outcomes] == [
        ("token_refused", 401),
        ("account_forbidden", 403),
        ("client_not_allowlisted", 403),
        ("account_not_found", 404),
        ("field_definition_unknown", 422),
        ("tag_missing", 422),
        ("entry_refused", 422),
    ]


def test_a_test_post_at_the_simulator_leaves_nothing_behind(simulator: SimulatorProcess):
    before = simulator.counts().entries

    report = run_test_post(at_simulator(simulator), plan(clean_up=True))

    assert report.cleaned_up
    assert simulator.counts().entries == before
