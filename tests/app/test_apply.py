"""Applying a configuration: what changes, which revisions follow, and what has to be agreed to."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from ledgerpost.adapters.memory import MemoryDeliveryStore
from ledgerpost.adapters.memory_configurations import MemoryConfigurationStore
from ledgerpost.app.apply import ApplyPorts, Consent, Plan, carry_out, plan
from ledgerpost.app.configuration_changes import ChangeKind
from ledgerpost.domain.delivery import Status
from ledgerpost.domain.event import EventKind
from ledgerpost.domain.route import AppliedConfiguration, ConnectionId, RouteId, TenantConfiguration
from ledgerpost.errors import ConfigurationError, StoreError
from ledgerpost.wire.configuration import read_configuration
from ledgerpost.wire.stored_configuration import to_items
from tests.app.world import HandClock
from tests.contract.records import a_claim, retrying

HEAD = """
tenant: acme
connections:
  - {id: main, label: Main, target: pennypipe, baseUrl: "https://api.example", auth: {type: PAT, token: env:A}}
  - {id: other, label: Other, target: pennypipe, baseUrl: "https://api.example/b", auth: {type: PAT, token: env:B}}
routes:
"""
ROUTE = """  - id: {id}
    connection: {connection}
    streamType: Sales
    accountId: {account}
    enabled: {enabled}
    rules:
      SaleDocument: {{Enabled: true, EntryType: credit, TagNames: [{tags}], ReferenceIdSourceProperty: {reference}}}
"""
PLAIN = {"connection": "main", "account": "a-1", "enabled": "true", "tags": "Sales", "reference": "Id"}


def a_document(**routes: dict[str, str]) -> TenantConfiguration:
    made = [
        ROUTE.format(**{**PLAIN, "account": f"account-{id_}", **changes}, id=id_) for id_, changes in routes.items()
    ]
    return read_configuration(HEAD + "".join(made) + ("" if made else "  []\n")).configuration


class Stage:
    def __init__(self) -> None:
        self.deliveries = MemoryDeliveryStore()
        self.ports = ApplyPorts(
            configurations=MemoryConfigurationStore(), deliveries=self.deliveries, clock=HandClock(), plain=to_items
        )

    def plan(self, document: TenantConfiguration, **consent: bool) -> Plan:
        return plan(document, Consent(**consent), self.ports)

    def apply(self, document: TenantConfiguration, by: str = "ada", **consent: bool) -> AppliedConfiguration:
        return carry_out(self.plan(document, **consent), by, self.ports)


@pytest.fixture
def stage() -> Stage:
    return Stage()


def revisions(applied: AppliedConfiguration) -> dict[str, int]:
    return {route.id: route.revision for route in applied.configuration.routes.values()}


def codes(problems: Sequence[Any]) -> list[tuple[str, str]]:
    return [(problem.code, problem.path) for problem in problems]


def test_the_first_application_adds_everything_at_revision_one(stage: Stage) -> None:
    applied = stage.apply(a_document(a={}, b={}))
    assert (applied.revision, applied.by, revisions(applied)) == (1, "ada", {"a": 1, "b": 1})


def test_the_same_document_again_changes_nothing(stage: Stage) -> None:
    stage.apply(a_document(a={}, b={}))
    assert stage.plan(a_document(a={}, b={})).changes == ()


def test_a_revision_grows_by_one_and_only_where_the_routes_own_content_changed(stage: Stage) -> None:
    stage.apply(a_document(a={}, b={}))
    assert revisions(stage.apply(a_document(a={"tags": "New"}, b={}))) == {"a": 2, "b": 1}
    assert revisions(stage.apply(a_document(a={"tags": "New"}, b={"enabled": "false"}, c={}))) == {
        "a": 2,
        "b": 2,
        "c": 1,
    }


def test_a_connection_that_changes_raises_no_route(stage: Stage) -> None:
    document = a_document(a={})
    stage.apply(document)
    main = replace(document.connections[ConnectionId("main")], label="Renamed")
    renamed = replace(document, connections={**document.connections, main.id: main})
    planned = stage.plan(renamed)
    assert [str(change) for change in planned.changes] == ["connections[main] changed: label"]
    assert revisions(stage.apply(renamed)) == {"a": 1}


def test_each_changed_value_is_named_with_before_and_after(stage: Stage) -> None:
    stage.apply(a_document(a={}))
    [change] = stage.plan(a_document(a={"tags": "Sales, Retail"})).changes
    [field] = change.fields
    assert (change.kind, change.place) == (ChangeKind.CHANGED, "routes[a]")
    assert (field.path, field.before, field.after) == ("rules.SaleDocument.TagNames", ["Sales"], ["Sales", "Retail"])


def test_what_the_document_lacks_is_removed_only_where_that_is_agreed_to(stage: Stage) -> None:
    stage.apply(a_document(a={}, b={}))
    planned = stage.plan(a_document(a={}))
    assert codes(planned.objections) == [("config_removes_applied", "routes[b]")]
    with pytest.raises(ConfigurationError):
        carry_out(planned, "ada", stage.ports)
    assert revisions(stage.apply(a_document(a={}), prune=True)) == {"a": 1}


def test_a_route_that_comes_again_goes_on_from_its_last_revision(stage: Stage) -> None:
    stage.apply(a_document(a={}, b={}))
    stage.apply(a_document(a={}, b={"tags": "New"}))
    stage.apply(a_document(a={}), prune=True)
    assert revisions(stage.apply(a_document(a={}, b={}))) == {"a": 1, "b": 3}
    assert revisions(stage.apply(a_document(a={}), prune=True)) == {"a": 1}
    assert stage.plan(a_document(a={}, b={})).after.routes[RouteId("b")].revision == 4


@pytest.mark.parametrize("status", [Status.RETRYING, Status.PARKED])
def test_a_route_with_open_deliveries_is_not_removed_and_they_are_named(stage: Stage, status: Status) -> None:
    stage.apply(a_document(a={}, b={}))
    for number in range(7):
        claim = replace(a_claim(f"S-{number}"), route=RouteId("b"))
        stage.deliveries.create(retrying(claim, claim.updated_at).moved(status, claim.updated_at))
    stage.deliveries.create(replace(a_claim("other"), route=RouteId("a")).moved(Status.PARKED, a_claim().updated_at))
    [objection] = stage.plan(a_document(a={}), prune=True).objections
    assert (objection.code, objection.path) == ("config_open_deliveries", "routes[b]")
    assert objection.message.startswith("7 of its deliveries are open: S-")
    assert objection.message.endswith("and 2 more.")


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"account": "elsewhere"}, "routes[a].accountId"),
        ({"connection": "other"}, "routes[a].connection"),
        ({"reference": "ReceiptNumber"}, "routes[a].rules.SaleDocument.ReferenceIdSourceProperty"),
    ],
)
def test_other_references_of_a_live_route_have_to_be_agreed_to(stage: Stage, change: dict[str, str], path: str) -> None:
    stage.apply(a_document(a={}))
    planned = stage.plan(a_document(a=change))
    assert codes(planned.objections) == [("config_new_references", path)]
    agreed = stage.plan(a_document(a=change), new_references=True)
    assert (codes(agreed.objections), codes(agreed.warnings)) == ([], [("config_new_references", path)])


def test_other_references_of_a_route_that_is_switched_off_are_only_warned_of(stage: Stage) -> None:
    stage.apply(a_document(a={"enabled": "false"}))
    planned = stage.plan(a_document(a={"account": "elsewhere"}))
    assert codes(planned.objections) == []
    assert codes(planned.warnings) == [("config_new_references", "routes[a].accountId")]


def test_a_connection_in_use_that_leads_elsewhere_is_warned_of(stage: Stage) -> None:
    document = a_document(a={})
    stage.apply(document)
    moved = {each.id: replace(each, base_url="https://new.example") for each in document.connections.values()}
    planned = stage.plan(replace(document, connections=moved))
    assert codes(planned.warnings) == [("connection_moved", "connections[main].baseUrl")]
    assert planned.objections == ()


def test_of_two_who_apply_at_once_the_second_is_told_who_was_first(stage: Stage) -> None:
    stage.apply(a_document(a={}))
    mine = stage.plan(a_document(a={"tags": "Mine"}))
    stage.apply(a_document(a={"tags": "Theirs"}), by="grace")
    with pytest.raises(StoreError) as caught:
        carry_out(mine, "ada", stage.ports)
    assert caught.value.code == "config_applied_meanwhile"
    assert "grace" in caught.value.message
    assert "revision 2" in caught.value.message
    again = stage.plan(a_document(a={"tags": "Mine"}))
    assert (again.revision, again.after.routes[RouteId("a")].revision) == (3, 3)


def test_the_history_says_what_each_application_changed(stage: Stage) -> None:
    stage.apply(a_document(a={}))
    stage.apply(a_document(a={"tags": "New"}))
    latest, first = stage.ports.configurations.history(a_document().tenant, 5)
    assert latest.changes == ("routes[a] changed: rules.SaleDocument.TagNames",)
    assert "routes[a] added" in first.changes


def test_a_rule_that_is_added_or_dropped_is_a_change_of_its_route(stage: Stage) -> None:
    document = a_document(a={})
    stage.apply(document)
    route = document.routes[RouteId("a")]
    payments = replace(route, rules={**route.rules, EventKind.SALE_PAYMENT: route.rules[EventKind.SALE_DOCUMENT]})
    more = replace(document, routes={route.id: payments})
    assert revisions(stage.apply(more)) == {"a": 2}
    assert revisions(stage.apply(document)) == {"a": 3}
