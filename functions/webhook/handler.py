"""Lambda handler of `POST /v1/approvals` (HTTP API, payload 2.0): signed approvals of a source go onto the bus.

From here: `app/webhook.py` verifies the signature over the body's own bytes; 202 is said once the bus has them all.
"""

import base64
import binascii
from typing import Any

from ledgerpost.app.webhook import Reply, receive
from ledgerpost.domain.signature import HEADER
from ledgerpost.errors import LedgerpostError
from ledgerpost.lambda_host import LambdaContext, invocation
from ledgerpost.webhook_stage import webhook_function
from ledgerpost.wire.webhook_reply import content_of


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request. What cannot be known of it, or of the stores behind, asks the sender to send it again."""
    function = webhook_function()
    headers = {str(name).lower(): str(value) for name, value in (event.get("headers") or {}).items()}
    with invocation(function.log):
        try:
            reply = receive(headers.get(HEADER.lower()), body_of(event), function.ports)
        except LedgerpostError as error:
            function.log.failure("webhook.failed", error)
            reply = Reply(status=503, code=error.code, message="Send the same approvals again.")
        if reply.code is None:
            function.log.info("webhook.answered", status=reply.status, count=reply.accepted)
        else:
            function.log.warning("webhook.answered", status=reply.status, code=reply.code)
    kind, body = content_of(reply)
    return {"statusCode": reply.status, "headers": {"Content-Type": kind, "Cache-Control": "no-store"}, "body": body}


def body_of(event: dict[str, Any]) -> bytes:
    """Give the bytes that were signed; none where an event's own encoding is broken, which no signature covers."""
    text = str(event.get("body") or "")
    if not event.get("isBase64Encoded"):
        return text.encode()
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""
