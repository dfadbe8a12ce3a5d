"""The JSON API under /v1, over the same use cases as the pages. `docs/openapi.json` is written from it."""

from collections.abc import Callable

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

from ledgerpost.console.api import approvals, deliveries, files, grouping, set_up
from ledgerpost.console.caller import Caller
from ledgerpost.console.gate import Endpoint
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.console.requests import Incoming

API: tuple[Endpoint, ...] = (
    *set_up.ENDPOINTS,
    *deliveries.ENDPOINTS,
    *grouping.ENDPOINTS,
    *files.ENDPOINTS,
    *approvals.ENDPOINTS,
)
"""Every way in for programs, with what is done there."""


def register(
    resolver: APIGatewayHttpResolver,
    ports: ConsolePorts,
    caller: Callable[[], Caller],
    incoming: Callable[[], Incoming],
) -> None:
    """Let `resolver` answer the API. `incoming` gives the present request, `caller` whoever sent it."""
    set_up.register(resolver, ports, caller)
    deliveries.register(resolver, ports, caller)
    files.register(resolver, ports, caller)
    grouping.register(resolver, ports, caller)
    approvals.register(resolver, ports, incoming)
