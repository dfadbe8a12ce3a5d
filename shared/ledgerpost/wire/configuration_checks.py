"""What only the whole document can show: shared ids, unknown connections, two writers of one reference; warnings."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from ledgerpost.domain.entity import PROPERTY_NAME
from ledgerpost.domain.event import EventKind
from ledgerpost.domain.note import NoteTemplate
from ledgerpost.errors import Problem, describe
from ledgerpost.wire.base_url import normalised_base_url
from ledgerpost.wire.collection import kind_of
from ledgerpost.wire.configuration_model import (
    ConfigurationDocument,
    ConnectionDocument,
    RouteDocument,
    RuleDocument,
    RulesDocument,
)
from ledgerpost.wire.forms import did_you_mean


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The sound connections and routes of a document, with their places, and the document's values as they came."""

    connections: tuple[tuple[int, ConnectionDocument], ...]
    routes: tuple[tuple[int, RouteDocument], ...]
    values: Mapping[str, Any]

    @classmethod
    def of(cls, document: ConfigurationDocument, values: Mapping[str, Any]) -> "Parts":
        """Give the parts of a document that is sound as a whole."""
        return cls(
            connections=tuple(enumerate(document.connections)),
            routes=tuple(enumerate(document.routes)),
            values=values,
        )

    def texts(self, list_key: str, key: str) -> list[tuple[int, str]]:
        """Give the texts under `key` of all members of a list, also of those that are not sound, with their places."""
        members = self.values.get(list_key)
        listed = members if isinstance(members, list) else []
        found = [member.get(key) if isinstance(member, Mapping) else None for member in listed]
        return [(place, text) for place, text in enumerate(found) if isinstance(text, str)]


class _Writer(NamedTuple):
    """An enabled rule of an enabled route: who writes into an account, from which property."""

    path: str
    route: str
    kind: EventKind
    rule: RuleDocument

    @property
    def reference_source(self) -> str:
        return (self.rule.reference_source or "Id").casefold()


_Account = tuple[str, str, str]


def faults_of(parts: Parts) -> Iterator[Problem]:
    """Give the problems for which the document is refused."""
    yield from _doubled_ids("connections", parts.texts("connections", "id"))
    yield from _doubled_ids("routes", parts.texts("routes", "id"))
    yield from _unknown_connections(parts)
    for place, route in parts.routes:
        yield from faults_of_rules(route.rules, f"routes[{place}].rules.")
    for writers in _writers_by_account(parts).values():
        yield from _shared_references(writers)


def faults_of_rules(rules: RulesDocument, prefix: str = "") -> Iterator[Problem]:
    """Give the problems inside one route's rules; `prefix` is put before each path."""
    for kind, rule in rules.by_kind().items():
        seen: dict[str, int] = {}
        for place, field in enumerate(rule.custom_fields or ()):
            first = seen.setdefault(field.field_definition_id.casefold(), place)
            if first != place:
                path = f"{prefix}{kind}.CustomFieldValueMaps[{place}].FieldDefinitionId"
                message = f"This field is already filled by CustomFieldValueMaps[{first}]."
                yield Problem(path, message, "Keep one of the two.", "config_wrong_value")


def _doubled_ids(key: str, ids: list[tuple[int, str]]) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for place, name in ids:
        first = seen.setdefault(name.casefold(), place)
        if first != place:
            message = f"{key}[{first}] has this id too (casing aside)."
            yield Problem(f"{key}[{place}].id", message, "Give each its own id.", "config_duplicate_id")


def _unknown_connections(parts: Parts) -> Iterator[Problem]:
    known = [name for _, name in parts.texts("connections", "id")]
    connections = parts.values.get("connections")
    if not isinstance(connections, list) or len(known) < len(connections):
        return  # a connection without a readable id may be the one that is meant
    for place, name in parts.texts("routes", "connection"):
        if name not in known:
            hint = did_you_mean(name, known) or f"Name one of: {', '.join(known) or 'none is there'}."
            message = "There is no connection of this id."
            yield Problem(f"routes[{place}].connection", message, hint, "config_unknown_connection")


def _writers_by_account(parts: Parts) -> dict[_Account, list[_Writer]]:
    """Give the writers of each account; one account is one whatever connection leads to it."""
    connections = {connection.id: connection for _, connection in parts.connections}
    writers: dict[_Account, list[_Writer]] = {}
    for place, route in parts.routes:
        connection = connections.get(route.connection)
        if connection is None or not route.enabled:
            continue
        account = (connection.target, normalised_base_url(connection.base_url), route.account_id.casefold())
        writers.setdefault(account, []).extend(_writers_of(route, place))
    return writers


def _writers_of(route: RouteDocument, place: int) -> Iterator[_Writer]:
    for kind, rule in route.rules.by_kind().items():
        if rule.enabled and kind.stream == route.stream_type:
            yield _Writer(f"routes[{place}].rules.{kind}", route.id, kind, rule)
    mapped = kind_of(route.collection)
    if mapped is not None and mapped.stream == route.stream_type:
        yield _Writer(f"routes[{place}].collection", route.id, mapped, RuleDocument())


def _shared_references(writers: list[_Writer]) -> Iterator[Problem]:
    first_by_kind: dict[EventKind, _Writer] = {}
    for writer in writers:
        first = first_by_kind.setdefault(writer.kind, writer)
        if first is not writer:
            message = f"Route {first.route} posts every {writer.kind} into the same account already."
            mend = "Switch off one of the two rules or routes, or send one to another account."
            yield Problem(writer.path, message, mend, "config_shared_reference")


def warnings_of(parts: Parts) -> Iterator[Problem]:
    """Give what is accepted but is hardly meant."""
    for place, route in parts.routes:
        yield from _idle_rules(route, f"routes[{place}]")
        yield from warnings_of_rules(route.rules, f"routes[{place}].rules.")
    for writers in _writers_by_account(parts).values():
        yield from _shared_sources(writers)


def warnings_of_rules(rules: RulesDocument, prefix: str = "") -> Iterator[Problem]:
    """Give the warnings about one route's rules; `prefix` is put before each path."""
    for kind, rule in rules.by_kind().items():
        path = f"{prefix}{kind}"
        if rule.enabled is None and rule.model_fields_set:
            yield _warning(f"{path}.Enabled", "rule_enabled_absent")
        template = NoteTemplate(rule.note_template or "")
        for name in template.placeholders:
            if not PROPERTY_NAME.fullmatch(name):
                yield _warning(f"{path}.NoteTemplate", "placeholder_not_a_property", f"{{{name[:40]}}}: ")


def _idle_rules(route: RouteDocument, path: str) -> Iterator[Problem]:
    enabled = [kind for kind, rule in route.rules.by_kind().items() if rule.enabled]
    for kind in enabled:
        if kind.stream != route.stream_type:
            about = f"{kind} belongs to {kind.stream}, the route takes {route.stream_type}: "
            yield _warning(f"{path}.rules.{kind}", "rule_of_other_stream", about)
    if route.enabled and route.collection is None and not any(kind.stream == route.stream_type for kind in enabled):
        yield _warning(f"{path}.rules", "route_without_rule")


def _shared_sources(writers: list[_Writer]) -> Iterator[Problem]:
    first_by_source: dict[str, _Writer] = {}
    for writer in writers:
        first = first_by_source.setdefault(writer.reference_source, writer)
        if first.kind is not writer.kind and writer.reference_source != "id":
            about = f"{first.path} takes it from the same property: "
            yield _warning(f"{writer.path}.ReferenceIdSourceProperty", "reference_source_shared", about)


def _warning(path: str, code: str, about: str = "") -> Problem:
    entry = describe(code)
    return Problem(path, f"{about}{entry.cause}", entry.fix, code)
