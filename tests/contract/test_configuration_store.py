"""Port ConfigurationStore: one suite, its implementations, and why no reader of the table ever sees half of one."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from ledgerpost.adapters.dynamodb.configurations import DynamoConfigurationStore
from ledgerpost.adapters.dynamodb.plain_items import attributes_of, plain_item
from ledgerpost.adapters.dynamodb.tenant_items import SCHEMA_VERSION, read_tenant
from ledgerpost.adapters.memory_configurations import MemoryConfigurationStore
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.route import AppliedConfiguration, RouteId, TenantConfiguration
from ledgerpost.errors import StoreError
from ledgerpost.ports_setup import ConfigurationStore
from ledgerpost.wire.stored_configuration import from_items, to_items
from tests.adapters.fake_clients import client_error
from tests.collections.orders import SHIPPED
from tests.contract.aws_emulators import create_routes_table
from tests.contract.conftest import ALL, a_name
from tests.contract.records import NOON
from tests.contract.test_route_store import HandClock, a_configuration, dynamo_store

ACME = TenantId("acme")


def store_on(client: Any, table: str, mark: str = "") -> DynamoConfigurationStore:
    given = {"mark": lambda: mark} if mark else {}
    return DynamoConfigurationStore(client, table, from_items=from_items, to_items=to_items, **given)


@pytest.fixture
def store(request: pytest.FixtureRequest, aws_clients: Callable[[str], Any]) -> ConfigurationStore:
    if request.param == "memory":
        return MemoryConfigurationStore()
    client, table = aws_clients(request.param)("dynamodb"), a_name("routes")
    create_routes_table(client, table)
    return store_on(client, table)


@pytest.fixture
def table(aws_clients: Callable[[str], Any]) -> tuple[Any, str]:
    client, table = aws_clients("moto")("dynamodb"), a_name("routes")
    create_routes_table(client, table)
    return client, table


def an_application(
    revision: int, *routes: str, by: str = "ada", configuration: TenantConfiguration | None = None
) -> AppliedConfiguration:
    made = configuration or a_configuration("acme", *routes)
    return AppliedConfiguration(
        configuration=made, revision=revision, by=by, at=NOON, retired={RouteId("gone"): revision}
    )


on_every_store = pytest.mark.parametrize("store", ALL, indirect=True)


@on_every_store
def test_nothing_is_applied_at_first(store: ConfigurationStore) -> None:
    assert store.applied(ACME) is None
    assert store.tenants() == []
    assert store.history(ACME, 5) == []


@on_every_store
def test_what_was_applied_is_given_back_with_who_and_when(store: ConfigurationStore) -> None:
    assert store.apply(an_application(1, "a"), ["routes[a] added"]) is None
    assert store.apply(an_application(2, "a", "b", by="grace"), ["routes[b] added"]) is None
    assert store.applied(ACME) == an_application(2, "a", "b", by="grace")
    assert store.tenants() == [ACME]
    assert [(each.revision, each.by, each.changes) for each in store.history(ACME, 5)] == [
        (2, "grace", ("routes[b] added",)),
        (1, "ada", ("routes[a] added",)),
    ]
    assert len(store.history(ACME, 1)) == 1


@on_every_store
def test_of_two_who_start_from_one_revision_the_second_changes_nothing_and_learns_who_was_first(
    store: ConfigurationStore,
) -> None:
    assert store.apply(an_application(1, "a"), []) is None
    assert store.apply(an_application(2, "a", "b", by="first"), []) is None
    assert store.apply(an_application(2, "c", by="second"), []) == an_application(2, "a", "b", by="first")
    assert store.applied(ACME) == an_application(2, "a", "b", by="first")


@on_every_store
def test_the_first_application_of_a_tenant_is_made_once(store: ConfigurationStore) -> None:
    assert store.apply(an_application(1, "a", by="first"), []) is None
    winner = store.apply(an_application(1, "b", by="second"), [])
    assert winner is not None
    assert winner.by == "first"


class Meanwhile:
    """Passes calls on; before the first call of `operation`, does what happens meanwhile. Notes the calls."""

    def __init__(self, client: Any, operation: str, happens: Callable[[], None]) -> None:
        self._client = client
        self._operation = operation
        self._happens = [happens]
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        def call(**request: Any) -> Any:
            self.calls.append(name)
            if name == self._operation and self._happens:
                self._happens.pop()()
            return getattr(self._client, name)(**request)

        return call


def names_in(client: Any, table: str) -> list[str]:
    return sorted(plain_item(item)["item"] for item in client.scan(TableName=table)["Items"])


def test_two_operators_at_once_leave_one_whole_configuration_and_no_litter(table: tuple[Any, str]) -> None:
    client, name = table
    store_on(client, name).apply(an_application(1, "a"), [])

    def another_applies() -> None:
        assert store_on(client, name, "fast").apply(an_application(2, "b", by="fast"), []) is None

    slow = store_on(Meanwhile(client, "transact_write_items", another_applies), name, "slow")
    assert slow.apply(an_application(2, "c", by="slow"), []) == an_application(2, "b", by="fast")
    assert not [item for item in names_in(client, name) if "slow" in item]
    assert dynamo_store(client, HandClock(), name).tenant(ACME) == a_configuration("acme", "b")


class Dying:
    """Passes calls on until `calls` writes were made, then dies as the operator's machine does."""

    def __init__(self, client: Any, calls: int) -> None:
        self._client = client
        self._left = calls

    def __getattr__(self, name: str) -> Any:
        operation = getattr(self._client, name)
        if name == "query":
            return operation

        def call(**request: Any) -> Any:
            if self._left == 0:
                raise KeyboardInterrupt
            self._left -= 1
            return operation(**request)

        return call


def test_a_machine_that_dies_at_any_point_leaves_the_old_or_the_new_configuration_whole(
    table: tuple[Any, str],
) -> None:
    client, name = table
    store_on(client, name).apply(an_application(1, "a", "b"), [])
    old = a_configuration("acme", "a", "b")
    new = a_configuration("acme", "b", "c", "d", revision=2)
    seen: list[TenantConfiguration | None] = []
    for calls in range(10):
        with suppress(KeyboardInterrupt):
            store_on(Dying(client, calls), name).apply(an_application(2, configuration=new), [])
        seen.append(dynamo_store(client, HandClock(), name).tenant(ACME))
    assert all(each in (old, new) for each in seen)
    assert (seen[0], seen[-1]) == (old, new)
    # The next application leaves nothing lying about of all those that died.
    final = a_configuration("acme", "e")
    assert store_on(client, name).apply(an_application(3, configuration=final), []) is None
    litter = [item for item in names_in(client, name) if item.startswith("route#") and "route#e@" not in item]
    assert litter == []


def test_a_reader_that_meets_an_application_reads_again_and_sees_it_whole(table: tuple[Any, str]) -> None:
    client, name = table
    store_on(client, name).apply(an_application(1, "a"), [])
    new = a_configuration("acme", "b")

    class Torn:
        """The first, eventually consistent Query shows the old items with the new head."""

        def __init__(self) -> None:
            self.consistent: list[bool] = []

        def query(self, **request: Any) -> Any:
            self.consistent.append(request["ConsistentRead"])
            if len(self.consistent) > 1:
                return client.query(**request)
            old = client.query(**request)["Items"]
            assert store_on(client, name).apply(an_application(2, configuration=new), []) is None
            head = [item for item in client.query(**request)["Items"] if item["item"]["S"] == "tenant"]
            return {"Items": [item for item in old if item["item"]["S"] != "tenant"] + head}

    torn = Torn()
    assert dynamo_store(torn, HandClock(), name).tenant(ACME) == new
    assert torn.consistent == [False, True]


def test_a_configuration_that_stays_torn_is_a_store_error_and_is_not_posted_by(table: tuple[Any, str]) -> None:
    client, name = table
    store_on(client, name).apply(an_application(1, "a"), [])
    member = next(item for item in names_in(client, name) if item.startswith("route#"))
    client.delete_item(TableName=name, Key={"tenant": {"S": "acme"}, "item": {"S": member}})
    with pytest.raises(StoreError) as caught:
        dynamo_store(client, HandClock(), name).tenant(ACME)
    assert caught.value.code == "store_unavailable"


def test_what_did_not_change_is_not_written_again(table: tuple[Any, str]) -> None:
    client, name = table
    store_on(client, name).apply(an_application(1, "a", "b"), [])
    meter = Meanwhile(client, "-", lambda: None)
    store_on(meter, name).apply(an_application(2, "a", "b", "c"), [])
    assert meter.calls.count("put_item") == 1
    assert read_tenant(client, name, ACME) is not None


def test_an_answer_that_is_lost_is_no_refusal_and_deletes_nothing(table: tuple[Any, str]) -> None:
    client, name = table

    class Lost:
        def __getattr__(self, operation: str) -> Any:
            return getattr(client, operation)

        def transact_write_items(self, **request: Any) -> Any:
            client.transact_write_items(**request)
            raise client_error("InternalServerError")

    with pytest.raises(StoreError):
        store_on(Lost(), name).apply(an_application(1, "a"), [])
    assert store_on(client, name).applied(ACME) == an_application(1, "a")


@pytest.mark.parametrize("schema", [SCHEMA_VERSION + 1, 0])
def test_a_form_of_another_release_is_refused_and_not_guessed_at(table: tuple[Any, str], schema: int) -> None:
    client, name = table
    head = {"tenant": "acme", "item": "tenant", "schema": schema, "items": []}
    client.put_item(TableName=name, Item=attributes_of(head))
    with pytest.raises(StoreError) as caught:
        store_on(client, name).applied(ACME)
    assert caught.value.code == "configuration_unsupported"


def test_a_fault_of_the_table_is_a_store_error(table: tuple[Any, str]) -> None:
    client, _ = table
    broken = store_on(client, "nowhere")
    for call in (broken.tenants, lambda: broken.applied(ACME), lambda: broken.history(ACME, 1)):
        with pytest.raises(StoreError):
            call()


def test_more_routes_than_a_transaction_takes_are_applied_as_one(table: tuple[Any, str]) -> None:
    client, name = table
    routes = [f"route-{number:03}" for number in range(105)]
    assert store_on(client, name).apply(an_application(1, *routes), []) is None
    assert dynamo_store(client, HandClock(), name).tenant(ACME) == a_configuration("acme", *routes)


@on_every_store
def test_a_mapping_collection_is_kept_whole(store: ConfigurationStore) -> None:
    made = a_configuration("acme", "orders")
    route = replace(made.routes[RouteId("orders")], collection=SHIPPED)
    configuration = replace(made, routes={route.id: route})
    assert store.apply(an_application(1, configuration=configuration), []) is None
    applied = store.applied(ACME)
    assert applied is not None
    assert to_items(applied.configuration) == to_items(configuration)
