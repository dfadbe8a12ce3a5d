"""The webhook's answer over HTTP. Source: RFC 9457, problem details; docs/ways-in.md."""

import json

from ledgerpost.app.webhook import Reply
from ledgerpost.errors import describe

JSON = "application/json"
PROBLEM = "application/problem+json"


def content_of(reply: Reply) -> tuple[str, str]:
    """Give the media type and the body that tell the sender of `reply`."""
    if reply.code is None:
        return JSON, json.dumps({"accepted": reply.accepted})
    problem = {
        "type": f"urn:ledgerpost:error:{reply.code}",
        "title": reply.message,
        "status": reply.status,
        "code": reply.code,
        "fix": describe(reply.code).fix,
    }
    return PROBLEM, json.dumps(problem | ({"path": reply.path} if reply.path else {}))
