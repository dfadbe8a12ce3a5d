"""The API's own description, generated from its routes and models."""

from typing import cast

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver

import ledgerpost
from ledgerpost.console.api import register
from ledgerpost.console.caller import Caller
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.console.requests import Incoming

DESCRIPTION = """The operations of the console for programs. On a stage every call carries a token (Authorization:
Bearer); the tenant and the role come from it. A change is sent as application/json. A refusal is
application/problem+json (RFC 9457) with a stable `code` of docs/errors.md and the `fix`."""


def api_document() -> str:
    """Give the OpenAPI document as JSON text. Nothing is called: a description needs no ports."""
    resolver = APIGatewayHttpResolver(enable_validation=True)
    register(resolver, cast("ConsolePorts", None), _nobody, _nothing)
    return resolver.get_openapi_json_schema(
        title="Ledgerpost", version=ledgerpost.__version__, description=" ".join(DESCRIPTION.split())
    )


def _nobody() -> Caller:
    raise AssertionError("a description asks for nobody")


def _nothing() -> Incoming:
    raise AssertionError("a description answers nothing")
