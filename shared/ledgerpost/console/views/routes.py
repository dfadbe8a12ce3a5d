"""Routes and their rules: the guide's steps 3 to 5, with a warning for each of its common mapping mistakes.

Source: seed 000, "Step 3" to "Step 5", "Common mapping mistakes to avoid".
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ledgerpost.connectors.pennypipe.answers import FieldDefinition
from ledgerpost.console.editing import applied_or_empty, document_of
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.domain.event import RULE_KINDS, EventKind, StreamType, TenantId
from ledgerpost.domain.route import Connection, ConnectionId, EntryType, Route, Rule
from ledgerpost.errors import Problem, UsageError
from ledgerpost.wire.configuration import read_configuration

COMMON_PROPERTIES = (
    "ReceiptNumber", "Payment", "Total", "Notes", "CustomerDetails", "SupplierDetails", "BankAccountName", "Id",
)  # fmt: skip
"""Offered while typing; any public property may be mapped. Source: seed 000, "Common values used in mapping"."""

FIELDS_AT_ONCE_MAX = 2
"""Custom fields to begin with. Source: seed 000, "Recommended rollout method for custom fields"."""

NOTE_EXAMPLES: Mapping[EventKind, str] = {
    EventKind.SALE_DOCUMENT: "Sale #{ReceiptNumber} total {Total}",
    EventKind.SALE_PAYMENT: "Customer payment {Payment} for {CustomerDetails}",
    EventKind.PURCHASE_DOCUMENT: "Purchase #{ReceiptNumber} total {Total}",
    EventKind.SUPPLIER_PAYMENT: "Supplier payment {Payment} to {SupplierDetails}",
}
"""Source: seed 000, "Example note templates"."""

_OF_DOCUMENTS = frozenset({"total"})
_OF_PAYMENTS = frozenset({"payment", "bankaccountname"})
_STRANGERS: Mapping[EventKind, frozenset[str]] = {
    EventKind.SALE_DOCUMENT: _OF_PAYMENTS | {"supplierdetails"},
    EventKind.SALE_PAYMENT: _OF_DOCUMENTS | {"supplierdetails"},
    EventKind.PURCHASE_DOCUMENT: _OF_PAYMENTS | {"customerdetails"},
    EventKind.SUPPLIER_PAYMENT: _OF_DOCUMENTS | {"customerdetails"},
}
"""Properties that a transaction of that kind does not have, in lower case: "irrelevant values"."""


@dataclass(frozen=True, slots=True)
class RouteRow:
    """A route in the list of all."""

    route: Route
    connection_label: str

    @property
    def rules(self) -> str:
        """The enabled rules, by name."""
        return ", ".join(kind for kind, rule in self.route.rules.items() if rule.enabled) or "none"


@dataclass(frozen=True, slots=True)
class Routes:
    """The page of all routes."""

    routes: tuple[RouteRow, ...]
    connections: tuple[Connection, ...]
    revision: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleView:
    """A rule as the form shows it."""

    kind: EventKind
    is_there: bool
    enabled: bool
    entry_type: str
    tag_names: str
    create_missing_tags: bool
    reference_source: str
    note_template: str
    note_example: str
    custom_fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteView:
    """A route's page. `fields` are the account's field definitions where they were loaded, else None."""

    route: Route
    connection: Connection
    connections: tuple[Connection, ...]
    rules: tuple[RuleView, ...]
    rules_json: str
    warnings: tuple[Problem, ...]
    fields: tuple[FieldDefinition, ...] | None
    properties: tuple[str, ...]
    revision: int


def routes(tenant: TenantId, ports: ConsolePorts) -> Routes:
    """Give all routes of the tenant."""
    configuration, revision = applied_or_empty(ports, tenant)
    rows = (RouteRow(route, configuration.connection_of(route).label) for route in configuration.routes.values())
    return Routes(tuple(sorted(rows, key=lambda row: row.route.id)), _by_label(configuration.connections), revision)


def route_called(
    tenant: TenantId, id_: str, ports: ConsolePorts, fields: Sequence[FieldDefinition] | None = None
) -> RouteView:
    """Give a route's page. Raises UsageError(page_not_found)."""
    configuration, revision = applied_or_empty(ports, tenant)
    route = next((each for each in configuration.routes.values() if each.id == id_), None)
    if route is None:
        raise UsageError("page_not_found", f"There is no route {id_!r}.")
    document = document_of(configuration, ports.plain)
    place, item = next(pair for pair in enumerate(document["routes"]) if pair[1]["id"] == id_)
    checked = read_configuration(json.dumps(document), allow_loopback=ports.is_local, formulas=ports.formulas)
    return RouteView(
        route=route,
        connection=configuration.connection_of(route),
        connections=_by_label(configuration.connections),
        rules=tuple(_rule_view(kind, route.rules.get(kind)) for kind in RULE_KINDS if kind.stream is route.stream),
        rules_json=json.dumps(item["rules"], indent=2, ensure_ascii=False),
        warnings=(
            *(each for each in checked.warnings if each.path.startswith(f"routes[{place}].")),
            *mapping_mistakes(route, fields),
        ),
        fields=None if fields is None else tuple(fields),
        properties=COMMON_PROPERTIES,
        revision=revision,
    )


def mapping_mistakes(route: Route, fields: Sequence[FieldDefinition] | None) -> Iterator[Problem]:
    """Give what the guide warns of. `fields` are those of the route's account; None where they were not loaded."""
    for kind, rule in route.rules.items():
        if rule.enabled:
            yield from _strangers(kind, rule)
            yield from _unknown_fields(kind, rule, fields)
    mapped = sum(len(rule.custom_fields) for rule in route.rules.values() if rule.enabled)
    kinds = sum(bool(rule.custom_fields) for rule in route.rules.values() if rule.enabled)
    if kinds > 1 and mapped > FIELDS_AT_ONCE_MAX * kinds:
        message = f"{mapped} custom fields are mapped for {kinds} kinds of transaction."
        mend = "Start with one kind and one or two fields, run a test post, verify the values, then expand."
        yield Problem("CustomFieldValueMaps", message, mend, "mapping_many_at_once")
    for kind, rule in route.rules.items():
        if rule.custom_fields and (not rule.enabled or kind.stream is not route.stream):
            message = "Custom fields are mapped in a rule that never posts."
            yield Problem(f"{kind}.CustomFieldValueMaps", message, "Remove them, or enable the rule.", "mapping_unused")


def _strangers(kind: EventKind, rule: Rule) -> Iterator[Problem]:
    for field in rule.custom_fields:
        if field.source_property.casefold() in _STRANGERS.get(kind, frozenset()):
            message = f"A {kind} hardly has a property {field.source_property}; the field would stay empty."
            mend = "Map a property of this kind. A blank property is left out, never sent as blank."
            yield Problem(f"{kind}.CustomFieldValueMaps", message, mend, "mapping_irrelevant")


def _unknown_fields(kind: EventKind, rule: Rule, fields: Sequence[FieldDefinition] | None) -> Iterator[Problem]:
    if fields is None:
        return
    known = {field.id.casefold(): field for field in fields}
    for mapped in rule.custom_fields:
        field = known.get(mapped.field_definition_id.casefold())
        if field is None:
            message = f"The account of this route has no field {mapped.field_definition_id}."
            mend = "Copy the FieldDefinitionId from the field list below: it may be of another account."
            yield Problem(f"{kind}.CustomFieldValueMaps", message, mend, "mapping_wrong_account")
        elif not field.active:
            message = f"The field {field.name} is not used any more in the ledger."
            yield Problem(f"{kind}.CustomFieldValueMaps", message, "Remove it from the rule.", "mapping_unused")


def _by_label(connections: Mapping[ConnectionId, Connection]) -> tuple[Connection, ...]:
    return tuple(sorted(connections.values(), key=lambda each: each.label.casefold()))


def _rule_view(kind: EventKind, rule: Rule | None) -> RuleView:
    side = EntryType.CREDIT if kind.stream is StreamType.SALES else EntryType.DEBIT
    return RuleView(
        kind=kind,
        is_there=rule is not None,
        enabled=rule.enabled if rule else False,
        entry_type=rule.entry_type if rule else side,
        tag_names=", ".join(rule.tag_names) if rule else "",
        create_missing_tags=rule.create_missing_tags if rule else False,
        reference_source=rule.reference_source if rule else "Id",
        note_template=rule.note_template.text if rule and rule.note_template else "",
        note_example=NOTE_EXAMPLES[kind],
        custom_fields=tuple((each.field_definition_id, each.source_property) for each in rule.custom_fields)
        if rule
        else (),
    )
