"""The API's own description, generated from its routes and models."""

import json
from typing import Any, cast

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

import ledgerpost
from ledgerpost.console.api import approvals, register
from ledgerpost.console.caller import Caller
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.console.requests import Incoming
from ledgerpost.domain.signature import HEADER

PROBLEM: dict[str, Any] = {
    "type": "object",
    "title": "Problem",
    "description": "Why a call was refused (RFC 9457).",
    "required": ["type", "title", "status", "code", "fix"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "code": {"type": "string", "description": "A stable code of docs/errors.md."},
        "fix": {"type": "string", "description": "What to do."},
        "path": {"type": "string", "description": "Where in the body."},
        "problems": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["path", "message", "mend", "code"],
                "properties": {name: {"type": "string"} for name in ("path", "message", "mend", "code")},
            },
        },
    },
}
REFUSAL: dict[str, Any] = {
    "description": "Refused; nothing was changed.",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_ACCEPTED = {"type": "object", "required": ["accepted"], "properties": {"accepted": {"type": "integer"}}}
TAKEN: dict[str, Any] = {
    "description": "The bus has every approval of the request.",
    "content": {"application/json": {"schema": _ACCEPTED}},
}
SIGNED: dict[str, Any] = {
    "parameters": [{"name": HEADER, "in": "header", "required": True, "schema": {"type": "string"}}],
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"type": ["object", "array"]}}},
    },
}

DESCRIPTION = """The operations of the console for programs. On a stage every call carries a token (Authorization:
Bearer); the tenant and the role come from it. A change is sent as application/json. A refusal is
application/problem+json (RFC 9457) with a stable `code` of docs/errors.md and the `fix`."""


def api_document() -> str:
    """Give the OpenAPI document as JSON text. Nothing is called: a description needs no ports."""
    resolver = APIGatewayHttpResolver(enable_validation=True)
    register(resolver, cast("ConsolePorts", None), _nobody, _nothing)
    text = resolver.get_openapi_json_schema(
        title="Ledgerpost", version=ledgerpost.__version__, description=" ".join(DESCRIPTION.split())
    )
    return json.dumps(_with_our_refusals(json.loads(text)), indent=2, ensure_ascii=False)


def _with_our_refusals(document: dict[str, Any]) -> dict[str, Any]:
    """Say how we refuse, instead of how the framework would; and what the webhook answers and takes."""
    schemas = document["components"]["schemas"]
    for unused in ("HTTPValidationError", "ValidationError", "ResponseValidationError"):
        schemas.pop(unused, None)
    schemas["Problem"] = PROBLEM
    document["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
    for path, methods in document["paths"].items():
        for operation in methods.values():
            done = operation["responses"].pop("200")
            operation["responses"] = {"200": done, "default": REFUSAL}
            operation["security"] = [{"token": []}]
        if path == approvals.PATH:
            methods["post"] |= {"responses": {"202": TAKEN, "default": REFUSAL}, "security": []} | SIGNED
    return document


def _nobody() -> Caller:
    raise AssertionError("a description asks for nobody")


def _nothing() -> Incoming:
    raise AssertionError("a description answers nothing")
