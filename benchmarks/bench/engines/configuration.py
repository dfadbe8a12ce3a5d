"""Ledgerpost's configuration for a job: one document for each tenant, one route for each of its accounts."""

import json
from typing import Any

from ledgerpost.domain.route import TenantConfiguration
from ledgerpost.wire.configuration import read_configuration

TOKEN_NAME = "LEDGERPOST_BENCH_PAT"  # noqa: S105 - the name of a variable
TOKEN = "any-token-opens-the-sink"  # noqa: S105 - the sink takes any


def configurations(sink: str, accounts: dict[str, list[str]]) -> list[TenantConfiguration]:
    """Give the configuration of every tenant."""
    documents = (_document(tenant, sink, theirs) for tenant, theirs in accounts.items())
    return [read_configuration(json.dumps(each), allow_loopback=True).configuration for each in documents]


def _document(tenant: str, sink: str, accounts: list[str]) -> dict[str, Any]:
    connection = {
        "id": "main",
        "label": "Bench",
        "target": "pennypipe",
        "baseUrl": sink,
        "auth": {"type": "PAT", "token": f"env:{TOKEN_NAME}"},
    }
    routes = [_route(number, account) for number, account in enumerate(accounts)]
    return {"tenant": tenant, "connections": [connection], "routes": routes}


def _route(number: int, account: str) -> dict[str, Any]:
    rule = {
        "Enabled": True,
        "EntryType": "credit",
        "TagNames": ["Sales"],
        "CreateMissingTags": True,
        "ReferenceIdSourceProperty": "Id",
        "NoteTemplate": "Sale {ReceiptNumber} | {Notes} | Total: {Total}",
    }
    return {
        "id": f"route-{number}",
        "connection": "main",
        "streamType": "Sales",
        "accountId": account,
        "enabled": True,
        "timeZone": "Europe/London",
        "rules": {"SaleDocument": rule},
    }
