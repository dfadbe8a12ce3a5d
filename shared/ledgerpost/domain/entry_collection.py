"""The entries that a mapping collection can make, for a ledger of credits and debits such as PennyPipe.

Reference, amount and day are found as for every collection; its rows say the rest. An entry needs nothing of the
ledger, so there is no draft that is completed later. Source: design, section 4; the destinations are ours.
"""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from ledgerpost.domain.collection_mapping import MappedRecord
from ledgerpost.domain.entity import text_of
from ledgerpost.domain.entry import LedgerEntry, Reference
from ledgerpost.domain.formula import is_blank
from ledgerpost.domain.money import Money
from ledgerpost.domain.orders.fields import CUSTOM_PREFIX, FieldType
from ledgerpost.domain.route import EntryType

FORM = "pennypipe.Entry"

ENTRY_TYPE, NOTE, TAG = "EntryType", "Note", "Tag"
FIELDS: Mapping[str, Mapping[str, FieldType]] = {"": dict.fromkeys((ENTRY_TYPE, NOTE, TAG), FieldType.TEXT)}
"""The destinations of an entry; it has no children. `Custom_<field definition id>` names a custom field."""


def entry_tree(mapped: MappedRecord, currency: str) -> dict[str, Any]:  # noqa: ARG001 - a form's signature
    """Give what the rows say of an entry, as text. Raises MappingFault for a row that would have to ask the ledger, for
    a required one without a value, and for an entry type that is neither credit nor debit.
    """
    for name in mapped.pending:
        raise mapped.fault("look_up_unsupported", name, "An entry is mapped without asking the ledger.")
    for name in mapped.missing:
        raise mapped.fault("required_value_missing", name, "It is required and has no value.")
    tree: dict[str, Any] = {}
    for name, value in mapped.values.items():
        if isinstance(value, bool):
            raise mapped.fault("mapped_value_type", name, "Expected text.")
        tree[name] = "" if value is None else text_of(value).strip()
    if tree.get(ENTRY_TYPE) not in set(EntryType):
        raise mapped.fault("mapped_value_type", ENTRY_TYPE, "Expected credit or debit.")
    return tree


def entry_of(
    tree: Mapping[str, str], reference: Reference, money: Money, *, rounding: Decimal, day: date
) -> LedgerEntry:
    """Give the entry. A negative amount flips its type, as in every mapping: a cancellation is a reversal."""
    entry_type = EntryType(tree[ENTRY_TYPE])
    tag = tree.get(TAG, "")
    return LedgerEntry(
        reference=reference,
        type=entry_type.flipped if money.amount < 0 else entry_type,
        money=Money(abs(money.amount), money.currency),
        day=day,
        source_amount=money.amount,
        rounding=rounding,
        note=tree.get(NOTE) or None,
        tag_names=(tag,) if tag else (),
        create_missing_tags=bool(tag),
        custom_fields=tuple(
            (name.removeprefix(CUSTOM_PREFIX), value)
            for name, value in sorted(tree.items())
            if name.startswith(CUSTOM_PREFIX) and not is_blank(value)
        ),
    )
