"""What the shipped collection makes of a full order: every field of the seed's lists, from the event to the body.
Source: seed 004, "Mappings".
"""

import json
from collections.abc import Callable
from pathlib import Path

from ledgerpost.domain.document import LedgerDocument
from ledgerpost.domain.look_up import Absent
from ledgerpost.domain.orders.fields import FIELDS
from tests.collections.orders import SHIPPED, Ledger, document, draft, order, with_overrides

HERE = Path(__file__).parent / "orders"
ALL_FIELDS = {"IsTaxValid": {"type": "Static", "value": True}}


def test_a_full_order_makes_the_golden_document(golden: Callable[[Path, str], None]) -> None:
    made = document(order(), with_overrides(ALL_FIELDS))
    assert isinstance(made, LedgerDocument)
    golden(HERE / "acumatica-sales-order.json", json.dumps(made.content(), indent=2, ensure_ascii=False) + "\n")


def test_the_golden_document_has_every_destination_of_the_seed() -> None:
    made = json.loads((HERE / "acumatica-sales-order.json").read_text(encoding="utf-8"))
    for child, fields in FIELDS.items():
        records = made[child] if child else [made]
        there = {name for record in records for name in record}
        # The seed's Address2 is blank in the order, so that what the ledger holds there is kept.
        assert set(fields) - there <= {"Address2"}, child


def test_an_order_whose_customer_is_not_there_makes_the_golden_document(golden: Callable[[Path, str], None]) -> None:
    made = document(order(), SHIPPED, Ledger(**{"externalId/Customer/42": Absent()}).ask)
    assert isinstance(made, LedgerDocument)
    golden(HERE / "customer-to-be-transferred.json", json.dumps(made.content(), indent=2, ensure_ascii=False) + "\n")


def test_the_draft_of_a_full_order_is_the_golden_one(golden: Callable[[Path, str], None]) -> None:
    made = draft(order())
    assert isinstance(made, LedgerDocument)
    golden(HERE / "draft.json", json.dumps(made.content(), indent=2, ensure_ascii=False) + "\n")
