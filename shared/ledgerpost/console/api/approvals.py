"""The signed webhook, for sources that cannot reach the bus themselves. Source: issue 8, "Ways in"."""

from collections.abc import Callable

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from ledgerpost.app.webhook import receive
from ledgerpost.console.gate import Endpoint
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.console.requests import Incoming
from ledgerpost.domain.signature import HEADER
from ledgerpost.errors import UsageError
from ledgerpost.wire.webhook_reply import content_of

PATH = "/v1/approvals"
ENDPOINTS = (Endpoint("POST", PATH, None),)
"""It needs no token: the signature says whose the approvals are."""

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
        if ports.webhook is None:
            raise UsageError("page_not_found", "Here approvals are taken by a function of their own.")
        reply = receive(request.headers.get(HEADER.lower()), request.body.encode(), ports.webhook)
        kind, body = content_of(reply)
        return Response(reply.status, kind, body)
