"""Port RouteStore: one suite, three implementations, and what the cache of the DynamoDB one may and may not do."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import pytest

from ledgerpost.adapters.dynamodb import DynamoRouteStore
from ledgerpost.adapters.dynamodb.plain_items import attributes_of
from ledgerpost.adapters.memory import MemoryRouteStore
from ledgerpost.domain.event import EventKind, StreamType, TenantId
from ledgerpost.domain.note import NoteTemplate
from ledgerpost.domain.route import (
    AccountId,
    Connection,
    ConnectionId,
    CustomFieldMap,
    EntryType,
    OAuthAuth,
    PatAuth,
    Route,
    RouteId,
    Rule,
    SecretReference,
    TenantConfiguration,
)
from ledgerpost.errors import StoreError
from ledgerpost.ports import RouteStore
from ledgerpost.wire.stored_configuration import from_items, to_items
from tests.adapters.fake_clients import Failing, client_error
from tests.contract.aws_emulators import create_routes_table
from tests.contract.conftest import ALL, AWS, a_name
from tests.contract.records import NOON

ACME = TenantId("acme")


class HandClock:
    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> Any:
        return self.time


class Store(RouteStore, Protocol):
    def apply(self, configuration: TenantConfiguration) -> None: ...


def a_configuration(tenant: str = "acme", *routes: str, revision: int = 1) -> TenantConfiguration:
    connections = [
        Connection(
            id=ConnectionId("main"),
            label="Main Finance Account",
            target="pennypipe",
            base_url="https://api.example",
            auth=PatAuth(SecretReference("env:PAT")),
            options={"path.transactions": "/v2/transactions"},
        ),
        Connection(
            id=ConnectionId("second"),
            label="",
            target="pennypipe",
            base_url="https://other.example",
            auth=OAuthAuth(
                identity_authority="https://id.example",
                client_id="id",
                client_secret=SecretReference("secretsmanager:arn"),
                scopes="a b",
            ),
        ),
    ]
    rule = Rule(
        enabled=True,
        entry_type=EntryType.CREDIT,
        tag_names=("Sales", "Détail"),
        create_missing_tags=True,
        note_template=NoteTemplate("Sale #{ReceiptNumber}"),
        custom_fields=(CustomFieldMap("1111", "ReceiptNumber"),),
    )
    made = [
        Route(
            id=RouteId(name),
            connection=ConnectionId("main"),
            stream=StreamType.SALES,
            account=AccountId("7d5f"),
            enabled=True,
            time_zone=ZoneInfo("Europe/London"),
            rules={EventKind.SALE_DOCUMENT: rule},
            revision=revision,
        )
        for name in routes or ("sales-to-a",)
    ]
    return TenantConfiguration(
        TenantId(tenant), {each.id: each for each in connections}, {each.id: each for each in made}
    )


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def store(request: pytest.FixtureRequest, aws_clients: Callable[[str], Any], clock: HandClock) -> Store:
    if request.param == "memory":
        return MemoryRouteStore()
    return dynamo_store(aws_clients(request.param)("dynamodb"), clock)


def dynamo_store(client: Any, clock: HandClock, table: str | None = None) -> DynamoRouteStore:
    name = table or a_name("routes")
    if table is None:
        create_routes_table(client, name)
    return DynamoRouteStore(client, name, clock=clock, from_items=from_items, to_items=to_items)


on_every_store = pytest.mark.parametrize("store", ALL, indirect=True)


@on_every_store
def test_an_unknown_tenant_has_no_configuration(store: Store) -> None:
    assert store.tenant(ACME) is None


@on_every_store
def test_an_applied_configuration_is_given_back_exactly(store: Store) -> None:
    store.apply(a_configuration())
    assert store.tenant(ACME) == a_configuration()


@on_every_store
def test_each_tenant_has_its_own(store: Store) -> None:
    store.apply(a_configuration("acme", "a"))
    store.apply(a_configuration("acme2", "b"))
    assert store.tenant(ACME) == a_configuration("acme", "a")
    assert store.tenant(TenantId("acme2")) == a_configuration("acme2", "b")


@on_every_store
def test_a_route_that_is_no_longer_configured_is_gone(store: Store) -> None:
    store.apply(a_configuration("acme", "a", "b"))
    store.apply(a_configuration("acme", "b", "c"))
    assert store.tenant(ACME) == a_configuration("acme", "b", "c")


@on_every_store
def test_more_routes_than_one_transaction_takes_are_all_applied(store: Store) -> None:
    names = [f"route-{number:03}" for number in range(150)]
    store.apply(a_configuration("acme", *names))
    found = store.tenant(ACME)
    assert found is not None
    assert list(found.routes) == names


@on_every_store
def test_a_tenant_that_was_unknown_is_found_as_soon_as_it_is_applied(store: Store) -> None:
    assert store.tenant(ACME) is None
    store.apply(a_configuration())
    assert store.tenant(ACME) is not None


@pytest.mark.parametrize("emulator", AWS[:1])
def test_a_change_reaches_another_container_after_a_minute(
    emulator: str, aws_clients: Callable[[str], Any], clock: HandClock
) -> None:
    client = aws_clients(emulator)("dynamodb")
    table = a_name("routes")
    create_routes_table(client, table)
    operator, container = (dynamo_store(client, clock, table) for _ in range(2))
    operator.apply(a_configuration(revision=1))
    assert container.tenant(ACME) == a_configuration(revision=1)
    operator.apply(a_configuration(revision=2))
    clock.time += timedelta(seconds=59)
    assert container.tenant(ACME) == a_configuration(revision=1)
    clock.time += timedelta(seconds=1)
    assert container.tenant(ACME) == a_configuration(revision=2)


def test_a_configuration_that_cannot_be_read_is_a_store_error_and_not_an_unknown_tenant(clock: HandClock) -> None:
    store = dynamo_store(Failing(client_error("ThrottlingException")), clock, "routes")
    with pytest.raises(StoreError):
        store.tenant(ACME)


def test_the_last_known_configuration_is_not_used_beyond_its_minute(clock: HandClock) -> None:
    class Breaking:
        def __init__(self) -> None:
            self.broken = False

        def query(self, **_: Any) -> Any:
            if self.broken:
                raise client_error("InternalServerError")
            head = {"tenant": "acme", "item": "tenant", "schema": 1, "items": []}
            return {"Items": [attributes_of(head)]}

    client = Breaking()
    store = dynamo_store(client, clock, "routes")
    assert store.tenant(ACME) == replace(a_configuration(), connections={}, routes={})
    client.broken = True
    clock.time += timedelta(seconds=60)
    with pytest.raises(StoreError):
        store.tenant(ACME)
