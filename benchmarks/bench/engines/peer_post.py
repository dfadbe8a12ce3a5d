"""What every peer does with one approval on one account: map it and post it with httpx, as a careful engineer would.

A refusal for good (4xx) is final and told; a 429, a 5xx or a broken connection raises, so that the engine tries again
after its own rules.
"""

import json
from typing import Any

import httpx

TIMEOUT_S = 30.0


class TryAgainError(Exception):
    """The ledger did not take the post, or its answer was lost."""


def client(sink: str, in_flight: int) -> httpx.Client:
    """Give a client with as many kept connections as posts run at once."""
    limits = httpx.Limits(max_connections=in_flight, max_keepalive_connections=in_flight)
    return httpx.Client(base_url=sink, timeout=TIMEOUT_S, limits=limits)


def tasks_of(entry: dict[str, Any], accounts: dict[str, list[str]]) -> list[dict[str, Any]]:
    """Give what is to be posted of a bus entry: one task for each account of its tenant."""
    detail = json.loads(entry["Detail"])
    return [{"account": account, "detail": detail} for account in accounts[detail["tenantId"]]]


def post(ledger: httpx.Client, task: dict[str, Any]) -> str:
    """Post one task; give `taken` or `refused`. Raises TryAgainError."""
    try:
        answer = ledger.post(f"/api/accounts/{task['account']}/ledger-entries", json=_body(task["detail"]))
    except httpx.HTTPError as error:
        raise TryAgainError(type(error).__name__) from None
    if answer.status_code == 429 or answer.status_code >= 500:
        raise TryAgainError(str(answer.status_code))
    return "taken" if answer.is_success else "refused"


def _body(detail: dict[str, Any]) -> dict[str, Any]:
    entity = detail["entity"]
    entry = {
        "referenceId": entity["Id"],
        "type": "credit",
        "amount": entity["Total"],
        "date": detail["approvedAt"][:10],
        "note": f"Sale {entity['ReceiptNumber']} | {entity['Notes']} | Total: {entity['Total']}",
        "tagNames": ["Sales"],
    }
    return {"entry": entry, "createMissingTags": True}
