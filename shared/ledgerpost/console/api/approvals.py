"""The signed webhook, for sources that cannot reach the bus themselves. Source: issue 8, "Ways in"."""

import json
from collections.abc import Callable

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from ledgerpost.app.webhook import receive
from ledgerpost.console.gate import Endpoint
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.console.requests import Incoming
from ledgerpost.domain.signature import HEADER
from ledgerpost.errors import describe

PATH = "/v1/approvals"
ENDPOINTS = (Endpoint("POST", PATH, None),)
"""It needs no token: the signature says whose the approvals are."""

PROBLEM = "application/problem+json"

DESCRIPTION = f"""Takes one approval, or a list of at most a hundred, each as an entry of the bus (Source, DetailType,
Detail, perhaps Time). The header {HEADER} carries t=<seconds>,k=<key>,v1=<HMAC-SHA256 in hex of "<seconds>.<body>">.
202 is said only once the bus has all of them; without an answer, send the same again."""


def register(resolver: APIGatewayHttpResolver, ports: ConsolePorts, incoming: Callable[[], Incoming]) -> None:
    """Let `resolver` take approvals in; `incoming` gives the present request."""

    @resolver.post(
        PATH,
        tags=["ways in"],
        summary="Take approvals in, signed.",
        description=" ".join(DESCRIPTION.split()),
        enable_validation=False,
    )
    def post_approvals() -> Response[str]:
        request = incoming()
        reply = receive(request.headers.get(HEADER.lower()), request.body.encode(), ports.webhook)
        if reply.code is None:
            return Response(reply.status, "application/json", json.dumps({"accepted": reply.accepted}))
        problem = {
            "type": f"urn:ledgerpost:error:{reply.code}",
            "title": reply.message,
            "status": reply.status,
            "code": reply.code,
            "fix": describe(reply.code).fix,
        }
        return Response(reply.status, PROBLEM, json.dumps(problem | ({"path": reply.path} if reply.path else {})))
