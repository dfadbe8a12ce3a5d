"""The bytes that each JSON block of the guide puts onto the wire. Source: seed 000, sections A and B, patterns 1 to 3.

`tests/golden/seed_rules` holds the guide's blocks as they stand there, `golden/` what PennyPipe is sent. After a wanted
change: `UPDATE_GOLDEN=1 pytest tests/connectors/test_golden_bodies.py`, then review the difference.
"""

import json
import os
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from ledgerpost.connectors.pennypipe.bodies import body_of
from ledgerpost.domain.entity import Entity
from ledgerpost.domain.entry import LedgerEntry
from ledgerpost.domain.event import ApprovalEvent, EventId, EventKind
from ledgerpost.domain.mapping import map_entry
from ledgerpost.domain.route import ConnectionId, Route, RouteId, Rule
from ledgerpost.domain.version import SourceVersion
from ledgerpost.wire.configuration import rules_from_json
from tests.connectors.conformance.pennypipe_case import ACCOUNT
from tests.connectors.scripted import TENANT

GOLDEN = Path(__file__).parent / "golden"
RULES = Path(__file__).parent.parent / "golden" / "seed_rules"
CASES = [(path.stem, kind) for path in sorted(RULES.glob("*.json")) for kind in json.loads(path.read_text())]

ENTITIES: dict[EventKind, Entity] = {
    EventKind.SALE_DOCUMENT: {
        "Id": "0d3b6c52-9d0e-4f41-9a55-5c0a2f6f0001",
        "ReceiptNumber": "R-1001",
        "Total": Decimal("508.20000000000005"),
        "Notes": "Liefern am Dienstag – „Café Zoë“",
        "CustomerDetails": "17850",
    },
    EventKind.SALE_PAYMENT: {
        "Id": "0d3b6c52-9d0e-4f41-9a55-5c0a2f6f0002",
        "ReceiptNumber": "P-77",
        "Payment": Decimal("120.5"),
        "CustomerDetails": "17850",
        "BankAccountName": "Main current account",
    },
    EventKind.PURCHASE_DOCUMENT: {
        "Id": "0d3b6c52-9d0e-4f41-9a55-5c0a2f6f0003",
        "ReceiptNumber": "B-9",
        "Total": Decimal(-75),
        "Notes": None,
        "SupplierDetails": 'Tools & "Sons"',
    },
    EventKind.SUPPLIER_PAYMENT: {
        "Id": "0d3b6c52-9d0e-4f41-9a55-5c0a2f6f0004",
        "ReceiptNumber": "S-3",
        "Payment": 40,
        "SupplierDetails": "Tools & Sons",
        "BankAccountName": "  ",
    },
}
"""One approval of each kind; between them an amount with noise, a reversal, a null, a blank and foreign letters."""


def entry_of(rule: Rule, kind: EventKind) -> LedgerEntry:
    event = ApprovalEvent(
        event_id=EventId("event-1"),
        source="stocksmart",
        kind=kind,
        tenant=TENANT,
        version=SourceVersion(datetime(2026, 3, 1, 23, 30, tzinfo=UTC), 1),
        currency="EUR",
        entity=ENTITIES[kind],
        text="{}",
    )
    route = Route(
        id=RouteId("route"),
        connection=ConnectionId("main"),
        stream=kind.stream,
        account=ACCOUNT,
        enabled=True,
        time_zone=ZoneInfo("Europe/Berlin"),
        rules={kind: rule},
    )
    entry = map_entry(event, route, rule)
    assert isinstance(entry, LedgerEntry)
    return entry


@pytest.mark.parametrize(("block", "name"), CASES, ids="-".join)
def test_each_rule_of_the_guide_puts_its_golden_bytes_onto_the_wire(block: str, name: str):
    kind = EventKind(name)
    rules = rules_from_json((RULES / f"{block}.json").read_text(encoding="utf-8")).rules
    golden = GOLDEN / f"{block}.{name}.json"

    body = body_of(entry_of(rules[kind], kind))

    if os.environ.get("UPDATE_GOLDEN") == "1":
        golden.parent.mkdir(exist_ok=True)
        golden.write_bytes(body + b"\n")
    assert body + b"\n" == golden.read_bytes()


def test_no_golden_body_is_left_over_from_a_block_that_is_gone():
    bodies = {path.name for path in GOLDEN.glob("*.json")}

    assert bodies == {f"{block}.{name}.json" for block, name in CASES}
    assert len(CASES) == 8
