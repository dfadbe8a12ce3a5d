"""Taking an entry back: the approval of its opposite, linked to it by its reference.

A reversal is an approval like any other, of the same transaction with the amount's sign turned: mapping then turns the
side of the entry, as it does for a cancellation. Its reference is the original's with a mark of the very version that
is taken back, so that the same undo twice is one reversal, and the undo of a later version another one.
"""

import hashlib
import json
from decimal import Decimal
from typing import Any

from ledgerpost.domain.delivery import DeliveryRecord, Effect
from ledgerpost.domain.entity import JsonValue, property_of, text_of
from ledgerpost.domain.entry import LedgerEntry, Reference
from ledgerpost.domain.event import ApprovalEvent
from ledgerpost.domain.mapping import REFERENCE_LENGTH_MAX
from ledgerpost.domain.money import parse_amount
from ledgerpost.domain.route import Rule

MARK = ":undo:"
"""Between the original's reference and the mark of its version."""

SOURCE = "ledgerpost.undo"
"""The source of an approval that Ledgerpost made itself."""

DIGITS = 12


def reversal_reference(reference: Reference, effect: Effect) -> Reference | None:
    """Give the reference under which `effect` of `reference` is taken back; None where it would be too long."""
    text = f"{reference}\n{effect.version}\n{effect.fingerprint}"
    mark = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:DIGITS]
    linked = f"{reference}{MARK}{mark}"
    return Reference(linked) if len(linked) <= REFERENCE_LENGTH_MAX else None


def is_reversal(record: DeliveryRecord) -> bool:
    """Say whether a delivery is itself the reversal of another one."""
    return MARK in record.key.reference


def reversal_text(event: ApprovalEvent, rule: Rule, reference: Reference) -> str:
    """Give the event, as JSON text, whose entry by `rule` takes back the one of `event`, under `reference`.

    The same event and reference give the same text. A number with a fraction becomes text of the same digits, which
    every reader of an entity takes alike. Raises MoneyError where the event has no amount.
    """
    amount = parse_amount(property_of(event.entity, event.kind.amount_property))
    entity = _with(event.entity, event.kind.amount_property, f"{-amount:f}")
    entity = _with(entity, rule.reference_source, reference)
    detail: dict[str, Any] = {"schemaVersion": "1", "tenantId": event.tenant}
    if event.version.revision is not None:
        detail["revision"] = event.version.revision
    detail |= {"approvedAt": event.approved_at.isoformat(), "currency": event.currency, "entity": entity}
    envelope = {
        "version": "0",
        "id": f"undo-{hashlib.sha256(reference.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}",
        "detail-type": f"{event.kind.value}Approved",
        "source": SOURCE,
        "detail": detail,
    }
    return json.dumps(envelope, ensure_ascii=False, separators=(",", ":"))


def reverses(reversal: LedgerEntry, original: LedgerEntry) -> bool:
    """Say whether the two cancel out: the same money on the same day, on the other side, and no more than that."""
    return (
        reversal.money == original.money
        and reversal.day == original.day
        and reversal.type is original.type.flipped
        and reversal.source_amount == -original.source_amount
    )


def _with(entity: Any, name: str, value: str) -> dict[str, JsonValue]:
    """Give the entity with one property replaced, in the casing that it has there. Other values keep their text."""
    wanted = name if name in entity else next((key for key in entity if key.casefold() == name.casefold()), name)
    return {key: _plain(held) for key, held in entity.items()} | {wanted: value}


def _plain(value: JsonValue) -> JsonValue:
    if isinstance(value, Decimal):
        return text_of(value)
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value
