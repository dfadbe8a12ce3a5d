"""The documents that the pages show are taken by the readers that they are for."""

import json
from typing import Any

import pytest
import yaml

from ledgerpost.adapters.formulas import RuleEngineFormulas
from ledgerpost.wire.approvals import read_approvals
from ledgerpost.wire.configuration import read_configuration
from tests.docs.pages import PAGES, Block, blocks_of

WRITTEN = [block for page in PAGES for block in blocks_of(page) if block.language in ("json", "yaml")]
READ = {block: json.loads(block.text) if block.language == "json" else yaml.safe_load(block.text) for block in WRITTEN}
APPROVALS = [block for block, value in READ.items() if isinstance(value, dict) and "DetailType" in value]
CONFIGURATIONS = [
    block for block, value in READ.items() if isinstance(value, dict) and {"connections", "routes"} & value.keys()
]
CONNECTION = {
    "label": "A ledger",
    "target": "acumatica",
    "baseUrl": "https://ledger.example",
    "auth": {"type": "PAT", "token": "env:TOKEN"},
}


@pytest.mark.parametrize("block", APPROVALS, ids=str)
def test_an_approval_that_a_page_shows_is_one(block: Block) -> None:
    [entry] = read_approvals(block.text.encode())
    assert entry.tenant == "acme"


@pytest.mark.parametrize("block", CONFIGURATIONS, ids=str)
def test_a_configuration_that_a_page_shows_is_accepted(block: Block) -> None:
    value: dict[str, Any] = READ[block]
    named = sorted({route["connection"] for route in value.get("routes", ())})
    rest = {"tenant": "acme", "routes": [], "connections": [{"id": name} | CONNECTION for name in named]}
    checked = read_configuration(json.dumps(rest | value), formulas=RuleEngineFormulas())
    assert checked.configuration.connections


def test_there_are_documents_to_read() -> None:
    assert len(WRITTEN) >= 14
    assert len(APPROVALS) >= 3
    assert len(CONFIGURATIONS) >= 4
