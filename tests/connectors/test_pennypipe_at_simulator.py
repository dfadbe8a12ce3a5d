"""The connector against the simulator, which was written without it."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from ledgerpost.connectors.pennypipe import (
    FieldDefinition,
    PennyPipeTarget,
    run_test_post,
)
from ledgerpost.connectors.registry import ConnectorTargets
from ledgerpost.domain.money import Money
from ledgerpost.domain.outcome import (
    Applied,
    Found,
)
from ledgerpost.domain.route import AccountId
from ledgerpost.simulators.pennypipe import (
    AccountSettings,
    PersonalAccessToken,
    SimulatorProcess,
    SimulatorSettings,
)
from ledgerpost.simulators.pennypipe import FieldDefinition as SimulatedField
from tests.connectors.conformance.pennypipe_case import (
    ACCOUNT,
)
from tests.connectors.pennypipe_bench import ENTRY, FIELD, plan
from tests.connectors.scripted import (
    CLIENT_SECRET_REFERENCE,
    PAT_REFERENCE,
    TENANT,
    HeldSecrets,
    StoppedClock,
    a_connection,
    oauth,
)


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
