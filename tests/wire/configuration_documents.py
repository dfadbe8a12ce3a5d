"""Configuration documents to read, and what is wrong with them."""

import json
from typing import Any

import pytest

from ledgerpost.error_catalogue import CATALOGUE
from ledgerpost.errors import ConfigurationError, Problem
from ledgerpost.wire.configuration import read_configuration

CANARY = "canary-7d1f"
"""Stands for a secret, or for anything else that no message may repeat."""

RULE, AT = "routes.0.rules.SaleDocument", "routes[0].rules.SaleDocument"
"""A rule as `changed` names it, and as a problem does."""

Document = dict[str, Any]


def document() -> Document:
    """Give a document without faults and without warnings: two routes, each to its own account."""
    return {
        "tenant": "acme",
        "connections": [
            {
                "id": "main",
                "label": "Main Finance Account",
                "target": "pennypipe",
                "baseUrl": "https://api.example",
                "auth": {"type": "PAT", "token": "env:PENNYPIPE_PAT"},
            }
        ],
        "routes": [
            route("sales", "Sales", "account-a", "SaleDocument"),
            route("buys", "Purchasing", "account-b", "PurchaseDocument"),
        ],
    }


def route(name: str, stream: str, account: str, *kinds: str, **rule: Any) -> Document:
    return {
        "id": name,
        "connection": "main",
        "streamType": stream,
        "accountId": account,
        "enabled": True,
        "timeZone": "Europe/London",
        "rules": {kind: {"Enabled": True, "EntryType": "credit"} | rule for kind in kinds},
    }


def changed(path: str, value: Any) -> Document:
    """Give the document with the value at a path (`routes.0.enabled`) changed, or taken away where it is ...."""
    whole = document()
    at: Any = whole
    *parents, last = (int(part) if part.isdigit() else part for part in path.split("."))
    for part in parents:
        at = at[part]
    if value is ...:
        del at[last]
    else:
        at[last] = value
    return whole


def problems_of(given: Document | str, **options: bool) -> list[Problem]:
    text = given if isinstance(given, str) else json.dumps(given)
    with pytest.raises(ConfigurationError) as caught:
        read_configuration(text, **options)
    assert all(problem.code in CATALOGUE and problem.mend and problem.message for problem in caught.value.problems)
    return list(caught.value.problems)


def only_problem(given: Document | str, **options: bool) -> Problem:
    (problem,) = problems_of(given, **options)
    return problem


def codes(warnings: tuple[Problem, ...]) -> list[tuple[str, str]]:
    return [(warning.code, warning.path) for warning in warnings]
