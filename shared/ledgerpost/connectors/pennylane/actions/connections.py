"""Which Pennylane an action is run on: a connection of a tenant's applied configuration."""

from collections.abc import Mapping
from typing import Any, Protocol

import httpx

from ledgerpost.connectors.building import Building
from ledgerpost.connectors.pennylane.actions.run import PennylaneActions, failure
from ledgerpost.connectors.pennylane.building import pennylane_calls
from ledgerpost.connectors.pennylane.calls import Patience
from ledgerpost.connectors.pennylane.client import PennylaneClient
from ledgerpost.connectors.pennylane.problems import PennylaneError
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.route import Connection, ConnectionId
from ledgerpost.errors import LedgerpostError
from ledgerpost.ports import ExtractFiles, RouteStore

TARGET = "pennylane"

EVENT_KEYS = frozenset({"action", "tenant", "connection", "input", "key"})


class GivesBuildings(Protocol):
    """What says what a connection's client is built from: the registry of connectors."""

    def building_of(self, tenant: TenantId, connection: Connection) -> tuple[Building, httpx.BaseTransport]:
        """Give it, and the transport that has to be closed at the end. Raises ConfigurationError."""
        ...


class ActionConnections:
    """The actions of every tenant's connections, each kept as long as its connection's settings stay the same."""

    def __init__(
        self,
        routes: RouteStore,
        buildings: GivesBuildings,
        files: ExtractFiles | None,
        *,
        default_tenant: str = "",
        patience: Patience | None = None,
    ) -> None:
        """`default_tenant` is that of an event that names none, as on a stage of one company."""
        self._default_tenant = default_tenant
        self._routes = routes
        self._buildings = buildings
        self._files = files
        self._patience = patience
        self._kept: dict[tuple[TenantId, ConnectionId], tuple[Connection, PennylaneActions]] = {}

    def answer(self, event: Any) -> dict[str, Any]:
        """Run the action of an event and give the seed's answer: code 200 with outputs, or 500 with a message.

        The event is `{"action", "connection", "input", "tenant"?, "key"?}`; without `tenant` the connection is written
        `tenant/connection`, or it is of the default tenant. Never raises for what the event, Pennylane or the network
        does.
        """
        try:
            actions = self._actions_of(event)
            action, key = str(event["action"]), str(event.get("key") or "")
        except LedgerpostError as error:
            return failure(error)
        return actions.answer(action, event.get("input"), key=key)

    def _actions_of(self, event: Any) -> PennylaneActions:
        if not isinstance(event, dict) or not {"action", "connection"} <= event.keys() <= EVENT_KEYS:
            raise PennylaneError(
                "pennylane_input_refused",
                "The event is an object with action, connection and input, and perhaps tenant and key.",
            )
        tenant, name = self._named(event)
        configuration = self._routes.tenant(tenant)
        connection = configuration.connections.get(name) if configuration is not None else None
        if connection is None or connection.target != TARGET:
            raise PennylaneError("pennylane_input_refused", f"Tenant {tenant!r} has no Pennylane connection {name!r}.")
        kept = self._kept.get((tenant, name))
        if kept is None or kept[0] != connection:
            building, _ = self._buildings.building_of(tenant, connection)
            kept = connection, actions_over(building, self._files, self._patience)
            self._kept[tenant, name] = kept
        return kept[1]

    def _named(self, event: Mapping[str, Any]) -> tuple[TenantId, ConnectionId]:
        """Give tenant and connection of an event. Raises PennylaneError where no tenant is named."""
        before, slash, name = str(event["connection"]).partition("/")
        if "tenant" in event or not slash:
            before, name = str(event.get("tenant") or self._default_tenant), str(event["connection"])
        if not before:
            raise PennylaneError("pennylane_input_refused", "tenant: say whose connection it is.")
        return TenantId(before), ConnectionId(name)


def actions_over(building: Building, files: ExtractFiles | None, patience: Patience | None = None) -> PennylaneActions:
    """Give the actions of one connection. Raises ConfigurationError for options that it cannot be made of."""
    client = PennylaneClient(pennylane_calls(building, patience))
    return PennylaneActions(client, f"{building.tenant}/{building.connection.id}", files)
