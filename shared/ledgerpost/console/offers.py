"""What a page offers to a role: a button stands where its request would be let in, and nowhere else.

The endpoints decide both, so that a page and the gate never disagree. Source: issue 8, roles viewer, operator, admin.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from ledgerpost.app.change_log import keep
from ledgerpost.console.gate import Endpoint, Gate
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.console.requests import Incoming
from ledgerpost.domain.access import Role, may
from ledgerpost.domain.change_log import change_of


def may_send(role: Role, method: str, path: str, endpoints: Iterable[Endpoint]) -> bool:
    """Say whether a request to `path` would be let in for the role; False for a path that is not there."""
    endpoint = endpoint_of(method, path, endpoints)
    return endpoint is not None and (endpoint.act is None or may(role, endpoint.act))


def endpoint_of(method: str, path: str, endpoints: Iterable[Endpoint]) -> Endpoint | None:
    """Give where a request comes in; None where there is nothing."""
    return next((each for each in endpoints if each.matches(method, path)), None)


def keep_refusal(gate: Gate, incoming: Incoming, event: Mapping[str, Any], ports: ConsolePorts) -> None:
    """Keep in the change log that the caller's role may not do what they asked for. Raises StoreError."""
    caller, act = gate.identify(event), gate.endpoint_of(incoming).act
    assert act is not None, "where no role is needed, none is refused"
    facts = {"source": f"{incoming.method} {incoming.path}"}
    keep(change_of(act, caller.tenant, caller.name, ports.clock.now(), facts, refused="not_allowed"), ports.changes)
