"""The mapping collections of a document's routes."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ledgerpost.domain.collection import DocumentMapping
from ledgerpost.domain.formula import Formulas
from ledgerpost.errors import Problem
from ledgerpost.wire.collection import collection_from
from ledgerpost.wire.configuration_model import ConfigurationDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteCollections:
    """The collections that are sound, by the place of their route, and what is to be said of all."""

    mappings: Mapping[int, DocumentMapping]
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...]

    def faults_beside(self, document: ConfigurationDocument) -> Iterator[Problem]:
        """Give the collections that do not fit their route: its stream, or the ledger behind its connection."""
        targets = {connection.id: connection.target for connection in document.connections}
        for place, mapping in self.mappings.items():
            route = document.routes[place]
            path = f"routes[{place}].collection"
            if mapping.kind.stream != route.stream_type:
                message = f"It maps {mapping.kind}, of the stream {mapping.kind.stream}; the route takes another."
                yield Problem(path, message, f"Set streamType to {mapping.kind.stream}.", "config_wrong_value")
            target = targets.get(route.connection)
            written_for = mapping.form.partition(".")[0]
            if target is not None and target != written_for:
                message = f"It makes documents for {written_for}; the route's connection leads to {target}."
                yield Problem(path, message, f"Name a connection to {written_for}.", "config_wrong_value")


def collections_of(routes: Any, formulas: Formulas | None) -> RouteCollections:
    """Read what stands under `collection` of each route, as far as there are routes. Each place is that in the list."""
    mappings: dict[int, DocumentMapping] = {}
    problems: list[Problem] = []
    warnings: list[Problem] = []
    for place, route in enumerate(routes if isinstance(routes, list) else ()):
        written = route.get("collection") if isinstance(route, Mapping) else None
        if written is None:
            continue
        if formulas is None:
            raise AssertionError("a document with a collection is read with formulas")
        checked = collection_from(written, ("routes", place, "collection"), formulas)
        problems += checked.problems
        warnings += checked.warnings
        if checked.mapping is not None:
            mappings[place] = checked.mapping
    return RouteCollections(mappings=mappings, problems=tuple(problems), warnings=tuple(warnings))
