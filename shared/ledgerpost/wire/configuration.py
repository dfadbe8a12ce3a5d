"""The configuration document: YAML or JSON text in, the checked configuration of one tenant out, or all its problems.

Read from the top: text → plain values (`document_text`) → Pascal rule keys (`rule_keys`) → the models
(`configuration_model`) → the checks of the whole (`configuration_checks`) → the domain.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ValidationError

from ledgerpost.domain.collection import DocumentMapping
from ledgerpost.domain.event import EventKind, StreamType, TenantId
from ledgerpost.domain.formula import Formulas
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
    with_user,
)
from ledgerpost.errors import ConfigurationError, Problem
from ledgerpost.wire.configuration_checks import Parts, faults_of, faults_of_rules, warnings_of, warnings_of_rules
from ledgerpost.wire.configuration_model import (
    ConfigurationDocument,
    ConnectionDocument,
    OAuthDocument,
    OAuthPasswordDocument,
    PatDocument,
    RouteDocument,
    RuleDocument,
    RulesDocument,
)
from ledgerpost.wire.configuration_problems import in_order, problems_of
from ledgerpost.wire.document_text import values_of
from ledgerpost.wire.forms import form_of
from ledgerpost.wire.route_collections import RouteCollections, collections_of
from ledgerpost.wire.rule_keys import with_pascal_keys

Document = TypeVar("Document", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class CheckedConfiguration:
    """An accepted document: the configuration, what is hardly meant in it, and the document as it was understood."""

    configuration: TenantConfiguration
    warnings: tuple[Problem, ...]
    document: ConfigurationDocument


@dataclass(frozen=True, slots=True)
class CheckedRules:
    """An accepted block of rules, as the route editor takes it."""

    rules: Mapping[EventKind, Rule]
    warnings: tuple[Problem, ...]
    document: RulesDocument


def read_configuration(
    text: str, *, allow_loopback: bool = False, formulas: Formulas | None = None
) -> CheckedConfiguration:
    """Read and check a configuration document.

    Raises ConfigurationError with all problems at once, each with its path and its mend; no value is ever quoted.
    `allow_loopback` takes http base URLs on loopback, for local engines. The routes get revision 1: who applies the
    configuration to a stage raises it where a route's content changed. `formulas` reads those of mapping
    collections; only a document without one may be read without it.
    """
    problems: list[Problem] = []
    values = _with_pascal_rules(_object_of(values_of(text)), problems)
    collections = collections_of(values.get("routes"), formulas)
    problems += collections.problems
    document = _validated(ConfigurationDocument, values, problems, allow_loopback=allow_loopback)
    parts = Parts.of(document, values)
    _refuse_if_any([*problems, *faults_of(parts), *collections.faults_beside(document)])
    warnings = in_order([*warnings_of(parts), *collections.warnings])
    return CheckedConfiguration(_configuration_of(document, collections), tuple(warnings), document)


def rules_from_json(text: str) -> CheckedRules:
    """Read and check one bare block of rules, such as those of the guide; raises as `read_configuration` does."""
    problems: list[Problem] = []
    values = with_pascal_keys(_object_of(values_of(text)), (), problems)
    document = _validated(RulesDocument, values, problems)
    _refuse_if_any([*problems, *faults_of_rules(document)])
    return CheckedRules(_rules_of(document), tuple(in_order(warnings_of_rules(document))), document)


def normalised(document: ConfigurationDocument | RulesDocument) -> dict[str, Any]:
    """Give the document as plain values: Pascal rule keys, only what was written. Reading it gives the same again."""
    return document.model_dump(by_alias=True, exclude_unset=True, exclude_none=True)


def _object_of(values: Any) -> dict[str, Any]:
    if not isinstance(values, dict):
        message = f"Expected an object; found {form_of(values)}."
        raise ConfigurationError(
            [Problem("document", message, "Write it as the example has it.", "config_wrong_value")]
        )
    return {str(key): value for key, value in values.items()}


def _with_pascal_rules(values: dict[str, Any], problems: list[Problem]) -> dict[str, Any]:
    routes = values.get("routes")
    if not isinstance(routes, list):
        return values
    return values | {"routes": [_pascal_route(route, place, problems) for place, route in enumerate(routes)]}


def _pascal_route(route: Any, place: int, problems: list[Problem]) -> Any:
    if not isinstance(route, dict):
        return route
    if "rules" not in route:
        # A route whose collection maps everything has no rules.
        return route if route.get("collection") is None else route | {"rules": {}}
    return route | {"rules": with_pascal_keys(route["rules"], ("routes", place, "rules"), problems)}


def _validated(
    model: type[Document], values: dict[str, Any], problems: list[Problem], *, allow_loopback: bool = False
) -> Document:
    context = {"allow_loopback": allow_loopback}
    try:
        return model.model_validate(values, context=context)
    except ValidationError as error:
        found = problems_of(error, model)
        if model is ConfigurationDocument:
            found += faults_of(_sound_parts(values, context))
        raise ConfigurationError(in_order([*problems, *found])) from None


def _sound_parts(values: Mapping[str, Any], context: dict[str, bool]) -> Parts:
    """Give the connections and routes of a refused document that are sound, so that they are checked as well."""
    return Parts(
        connections=_sound(ConnectionDocument, values.get("connections"), context),
        routes=_sound(RouteDocument, values.get("routes"), context),
        values=values,
    )


def _sound(model: type[Document], items: Any, context: dict[str, bool]) -> tuple[tuple[int, Document], ...]:
    sound: list[tuple[int, Document]] = []
    for place, item in enumerate(items if isinstance(items, list) else ()):
        with suppress(ValidationError):
            sound.append((place, model.model_validate(item, context=context)))
    return tuple(sound)


def _refuse_if_any(problems: Iterable[Problem]) -> None:
    found = in_order(problems)
    if found:
        raise ConfigurationError(found)


def _configuration_of(document: ConfigurationDocument, collections: RouteCollections) -> TenantConfiguration:
    connections = [_connection_of(connection) for connection in document.connections]
    routes = [_route_of(route, collections.mappings.get(place)) for place, route in enumerate(document.routes)]
    return TenantConfiguration(
        tenant=TenantId(document.tenant),
        connections={connection.id: connection for connection in connections},
        routes={route.id: route for route in routes},
    )


def _connection_of(document: ConnectionDocument) -> Connection:
    return Connection(
        id=ConnectionId(document.id),
        label=document.label,
        target=document.target,
        base_url=document.base_url,
        auth=_auth_of(document.auth),
        options=dict(document.options or {}),
        credentials_expire_on=_day_of(document.credentials_expire_on),
    )


def _day_of(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _auth_of(document: PatDocument | OAuthDocument) -> PatAuth | OAuthAuth:
    if isinstance(document, PatDocument):
        return PatAuth(SecretReference(document.token))
    client = OAuthAuth(
        identity_authority=document.identity_authority,
        client_id=document.client_id,
        client_secret=SecretReference(document.client_secret),
        scopes=document.scopes,
    )
    if isinstance(document, OAuthPasswordDocument):
        return with_user(client, document.user_name)
    return client


def _route_of(document: RouteDocument, collection: DocumentMapping | None) -> Route:
    return Route(
        id=RouteId(document.id),
        connection=ConnectionId(document.connection),
        stream=StreamType(document.stream_type),
        account=AccountId(document.account_id),
        enabled=document.enabled,
        time_zone=ZoneInfo(document.time_zone),
        rules=_rules_of(document.rules),
        collection=collection,
    )


def _rules_of(document: RulesDocument) -> dict[EventKind, Rule]:
    return {kind: _rule_of(rule) for kind, rule in document.by_kind().items()}


def _rule_of(document: RuleDocument) -> Rule:
    return Rule(
        enabled=bool(document.enabled),
        # Only a rule that is switched off may lack its side, and such a rule makes no entry.
        entry_type=EntryType(document.entry_type or EntryType.CREDIT),
        tag_names=tuple(document.tag_names or ()),
        create_missing_tags=bool(document.create_missing_tags),
        reference_source=document.reference_source or "Id",
        note_template=NoteTemplate(document.note_template) if document.note_template else None,
        custom_fields=tuple(
            CustomFieldMap(field.field_definition_id, field.source_property) for field in document.custom_fields or ()
        ),
    )
