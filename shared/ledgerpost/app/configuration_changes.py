"""What an application would change, field by field, and what of it a person has to be asked about."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from ledgerpost.domain.route import Connection, Route, TenantConfiguration
from ledgerpost.errors import Problem, describe

PlainItems = Callable[[TenantConfiguration], Sequence[Mapping[str, Any]]]
"""Gives a configuration as plain values: items with an `item` such as `route#sales-to-a`, and an `id`."""

_NO_CONTENT = frozenset({"tenant", "item", "id", "revision"})


class ChangeKind(StrEnum):
    """What happens to a route or a connection."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One value: where it is (`rules.SaleDocument.EntryType`), before and after; None where it was not or is not."""

    path: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Change:
    """What happens to one route or connection (`what`); `fields` only where it is changed."""

    kind: ChangeKind
    what: str
    id: str
    fields: tuple[FieldChange, ...] = ()

    @property
    def place(self) -> str:
        """Where it stands: `routes[sales-to-a]`."""
        return f"{self.what}s[{self.id}]"

    def __str__(self) -> str:
        return f"{self.place} {self.kind}" + (
            f": {', '.join(each.path for each in self.fields)}" if self.fields else ""
        )


def changes_between(
    before: TenantConfiguration | None, after: TenantConfiguration, plain: PlainItems
) -> tuple[Change, ...]:
    """Give what leads from `before` to `after`, connections first, by their ids. Revisions are no content."""
    old, new = _by_name(before, plain), _by_name(after, plain)
    changes = (_change(name, old.get(name), new.get(name)) for name in sorted(old.keys() | new.keys()))
    return tuple(change for change in changes if change is not None)


def _by_name(configuration: TenantConfiguration | None, plain: PlainItems) -> dict[str, Mapping[str, Any]]:
    items = plain(configuration) if configuration is not None else ()
    return {item["item"]: item for item in items if "id" in item}


def _change(name: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> Change | None:
    what, _, id_ = name.partition("#")
    if old is None or new is None:
        return Change(ChangeKind.ADDED if old is None else ChangeKind.REMOVED, what, id_)
    before, after = dict(_leaves(old)), dict(_leaves(new))
    fields = tuple(
        FieldChange(path, before.get(path), after.get(path))
        for path in sorted(before.keys() | after.keys())
        if before.get(path) != after.get(path)
    )
    return Change(ChangeKind.CHANGED, what, id_, fields) if fields else None


def _leaves(item: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Give each value with its path; a list is one value, since its order counts."""
    for name, value in item.items():
        if not prefix and name in _NO_CONTENT:
            continue
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", value


def new_references(before: TenantConfiguration, after: TenantConfiguration) -> tuple[tuple[Route, Problem], ...]:
    """Give each route of before, with the change by which it would write the same transactions under other keys.

    A delivery's key is connection, account and reference: under another one the record of what was posted is not found.
    """
    found: list[tuple[Route, Problem]] = []
    for old in before.routes.values():
        new = after.routes.get(old.id)
        if new is not None:
            found += [(old, _problem("config_new_references", path, message)) for path, message in _moves(old, new)]
    return tuple(found)


def _moves(old: Route, new: Route) -> Iterator[tuple[str, str]]:
    place = f"routes[{old.id}]"
    if old.account != new.account:
        yield f"{place}.accountId", f"The route would post to account {new.account}, not {old.account} any more."
    if old.connection != new.connection:
        yield f"{place}.connection", f"The route would post through {new.connection}, not {old.connection} any more."
    for kind, rule in old.rules.items():
        replaced = new.rules.get(kind)
        if replaced is not None and rule.enabled and rule.reference_source != replaced.reference_source:
            yield (
                f"{place}.rules.{kind}.ReferenceIdSourceProperty",
                f"The reference would come from {replaced.reference_source}, not {rule.reference_source} any more.",
            )
    if old.collection is not None and new.collection is not None:
        was, becomes = old.collection.reference, new.collection.reference
        if was != becomes:
            yield f"{place}.collection.reference", f"The reference would come from {becomes}, not {was} any more."


def moved_connections(before: TenantConfiguration, after: TenantConfiguration) -> tuple[Problem, ...]:
    """Give each connection in use that would lead elsewhere."""
    in_use = {route.connection for route in before.routes.values() if route.enabled}
    pairs = ((old, after.connections.get(old.id)) for old in before.connections.values() if old.id in in_use)
    return tuple(
        _problem("connection_moved", f"connections[{old.id}].{key}", f"It would lead to {value}.")
        for old, new in pairs
        if new is not None
        for key, value in _ways(old, new)
    )


def _ways(old: Connection, new: Connection) -> Iterator[tuple[str, str]]:
    if old.base_url != new.base_url:
        yield "baseUrl", new.base_url
    if old.target != new.target:
        yield "target", new.target


def _problem(code: str, path: str, message: str) -> Problem:
    return Problem(path, message, describe(code).fix, code)
