"""What the guide's own rules make of transactions: one golden file per JSON block of seed 000, sections A and B and
patterns 1 to 3. The blocks stand word for word in seed_rules/, the transactions in entities/.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from ledgerpost.domain.entry import LedgerEntry
from ledgerpost.domain.event import ApprovalEvent, EventId, EventKind, TenantId
from ledgerpost.domain.mapping import Refusal, Skip, map_entry
from ledgerpost.domain.route import AccountId, ConnectionId, Route, RouteId, Rule
from ledgerpost.domain.version import SourceVersion
from ledgerpost.wire.configuration import rules_from_json
from ledgerpost.wire.message import read_json

HERE = Path(__file__).parent
BLOCKS = sorted((HERE / "seed_rules").glob("*.json"))
APPROVED_AT = datetime(2010, 12, 1, 8, 26, tzinfo=UTC)


def test_all_five_blocks_of_the_guide_are_here() -> None:
    assert [path.stem for path in BLOCKS] == [
        "pattern-1-reference-and-remarks",
        "pattern-2-payment-focused",
        "pattern-3-supplier-side",
        "section-a-sales",
        "section-b-purchasing",
    ]


@pytest.mark.parametrize("path", BLOCKS, ids=lambda path: path.stem)
def test_the_rules_of_the_guide_make_the_golden_entries(path: Path, golden: Callable[[Path, str], None]) -> None:
    rules = rules_from_json(path.read_text(encoding="utf-8")).rules
    mapped = {
        f"{kind}, {case}": _plain(_map(kind, rule, entity))
        for kind, rule in rules.items()
        for case, entity in _entities(kind).items()
    }
    golden(HERE / "entries" / path.name, json.dumps(mapped, indent=2, ensure_ascii=False) + "\n")


def _entities(kind: EventKind) -> dict[str, Any]:
    entities: dict[str, Any] = read_json((HERE / "entities" / f"{kind}.json").read_text(encoding="utf-8"))
    return entities


def _map(kind: EventKind, rule: Rule, entity: Any) -> LedgerEntry | Skip | Refusal:
    event = ApprovalEvent(
        event_id=EventId("event-1"),
        source="stocksmart",
        kind=kind,
        tenant=TenantId("acme"),
        version=SourceVersion(APPROVED_AT, 1),
        currency="GBP",
        entity=entity,
        text="",
    )
    route = Route(
        id=RouteId("route"),
        connection=ConnectionId("main"),
        stream=kind.stream,
        account=AccountId("account"),
        enabled=True,
        time_zone=ZoneInfo("Europe/London"),
        rules={kind: rule},
    )
    return map_entry(event, route, rule)


def _plain(mapped: LedgerEntry | Skip | Refusal) -> dict[str, Any]:
    match mapped:
        case Skip():
            return {"skipped": mapped.code, "reference": mapped.reference}
        case Refusal():
            return {"parked": mapped.code, "reference": mapped.reference, "message": mapped.message}
        case LedgerEntry():
            return {
                "reference": mapped.reference,
                "type": mapped.type,
                "amount": str(mapped.money),
                "currency": mapped.money.currency,
                "day": mapped.day.isoformat(),
                "note": mapped.note,
                "tagNames": list(mapped.tag_names),
                "createMissingTags": mapped.create_missing_tags,
                "customFields": dict(mapped.custom_fields),
                "sourceAmount": str(mapped.source_amount),
                "rounding": str(mapped.rounding),
            }
