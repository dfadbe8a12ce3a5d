"""Saving routes and rules: the guide's steps 3 to 5."""

from dataclasses import dataclass
from typing import Any

from ledgerpost.app.apply import Consent
from ledgerpost.connectors.pennypipe.answers import FieldDefinition
from ledgerpost.connectors.pennypipe.target import PennyPipeTarget
from ledgerpost.console.caller import Caller
from ledgerpost.console.connecting import slug_of, target_of
from ledgerpost.console.editing import Document, Saved, applied_or_empty, document_of, save, with_item, without_item
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.console.requests import Fields
from ledgerpost.domain.event import RULE_KINDS, EventKind, TenantId
from ledgerpost.domain.outcome import NotApplied, Unknown
from ledgerpost.errors import UsageError
from ledgerpost.wire.configuration import normalised, rules_from_json


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteForm:
    """A route as a person fills it in; `id` is blank for a new one. `new_references` is the consent to a move."""

    id: str = ""
    connection: str
    stream_type: str
    account_id: str
    time_zone: str = "UTC"
    enabled: bool = True
    new_references: bool = False


def save_route(form: RouteForm, caller: Caller, ports: ConsolePorts, *, revision: int | None) -> tuple[str, Saved]:
    """Save a route and give its id; its rules stay. Raises ConfigurationError, StoreError, UsageError."""
    document, route = (
        _document_and_route(caller.tenant, form.id, ports) if form.id else (_document(caller, ports), None)
    )
    taken = [each["id"] for each in document["routes"]]
    id_ = form.id or slug_of(f"{form.stream_type} to {form.account_id[:8]}", taken, "route")
    item = (route or {"rules": {}}) | {
        "id": id_,
        "connection": form.connection,
        "streamType": form.stream_type,
        "accountId": form.account_id,
        "timeZone": form.time_zone or "UTC",
        "enabled": form.enabled,
    }
    consent = Consent(new_references=form.new_references)
    return id_, save(with_item(document, "routes", item), caller, ports, revision=revision, consent=consent)


def switch_route(id_: str, caller: Caller, ports: ConsolePorts, *, enabled: bool) -> Saved:
    """Enable or disable a route. Raises ConfigurationError, StoreError, UsageError(page_not_found)."""
    document, route = _document_and_route(caller.tenant, id_, ports)
    return save(with_item(document, "routes", route | {"enabled": enabled}), caller, ports, revision=None)


def remove_route(id_: str, caller: Caller, ports: ConsolePorts, *, revision: int | None) -> Saved:
    """Remove a route that has nothing under way. Raises ConfigurationError where it has, StoreError, UsageError."""
    document, _ = _document_and_route(caller.tenant, id_, ports)
    consent = Consent(prune=True)
    return save(without_item(document, "routes", id_), caller, ports, revision=revision, consent=consent)


def save_rules(
    id_: str, text: str, caller: Caller, ports: ConsolePorts, *, revision: int | None, consent: Consent | None = None
) -> Saved:
    """Replace a route's rules by those of a JSON block, in either casing. Raises as `save_route` does."""
    return save(with_rules(id_, text, caller, ports), caller, ports, revision=revision, consent=consent)


def save_rule(
    id_: str, kind: EventKind, rule: dict[str, Any], caller: Caller, ports: ConsolePorts, *, revision: int | None,
    consent: Consent | None = None,
) -> Saved:  # fmt: skip
    """Replace one rule of a route. Raises as `save_route` does."""
    return save(with_rule(id_, kind, rule, caller, ports), caller, ports, revision=revision, consent=consent)


def with_rules(id_: str, text: str, caller: Caller, ports: ConsolePorts) -> Document:
    """Give the document with a route's rules from a JSON block. Raises ConfigurationError, UsageError."""
    document, route = _document_and_route(caller.tenant, id_, ports)
    return with_item(document, "routes", route | {"rules": normalised(rules_from_json(text).document)})


def with_rule(id_: str, kind: EventKind, rule: dict[str, Any], caller: Caller, ports: ConsolePorts) -> Document:
    """Give the document with one rule of a route. Raises UsageError(page_not_found)."""
    document, route = _document_and_route(caller.tenant, id_, ports)
    return with_item(document, "routes", route | {"rules": route["rules"] | {kind.value: rule}})


def rule_of_form(form: Fields) -> dict[str, Any]:
    """Give a rule in the guide's JSON from the fields of its form; rows of custom fields left blank are passed over."""
    rule: dict[str, Any] = {
        "Enabled": form.ticked("Enabled"),
        "EntryType": form.text("EntryType"),
        "CreateMissingTags": form.ticked("CreateMissingTags"),
    }
    tags = [tag.strip() for tag in form.text("TagNames").split(",") if tag.strip()]
    pairs = zip(form.all("FieldDefinitionId"), form.all("SourceProperty"), strict=False)
    maps = [{"FieldDefinitionId": field, "SourceProperty": source} for field, source in pairs if field or source]
    written = {
        "TagNames": tags,
        "ReferenceIdSourceProperty": form.text("ReferenceIdSourceProperty"),
        "NoteTemplate": form.text("NoteTemplate"),
        "CustomFieldValueMaps": maps,
    }
    return rule | {key: value for key, value in written.items() if value}


def kind_called(name: str) -> EventKind:
    """Give the kind of rule of that name. Raises UsageError(page_not_found)."""
    for kind in RULE_KINDS:
        if kind.value == name:
            return kind
    raise UsageError("page_not_found", f"There is no rule {name!r}.")


def load_fields(
    tenant: TenantId, connection_id: str, account: str, ports: ConsolePorts
) -> tuple[FieldDefinition, ...] | NotApplied | Unknown:
    """Ask the ledger for an account's field definitions. Raises UsageError where the ledger has none of that kind."""
    configuration, _ = applied_or_empty(ports, tenant)
    connection = next((each for each in configuration.connections.values() if each.id == connection_id), None)
    if connection is None:
        raise UsageError("page_not_found", f"There is no connection {connection_id!r}.")
    with target_of(tenant, connection, ports, ports.secrets) as target:
        if not isinstance(target, PennyPipeTarget):
            raise UsageError("not_here", f"A {connection.target} connection has no field definitions to load.")
        return target.fields(account)  # type: ignore[arg-type]


def _document(caller: Caller, ports: ConsolePorts) -> Document:
    return document_of(applied_or_empty(ports, caller.tenant)[0], ports.plain)


def _document_and_route(tenant: TenantId, id_: str, ports: ConsolePorts) -> tuple[Document, dict[str, Any]]:
    document = document_of(applied_or_empty(ports, tenant)[0], ports.plain)
    for route in document["routes"]:
        if route["id"] == id_:
            return document, route
    raise UsageError("page_not_found", f"There is no route {id_!r}.")
