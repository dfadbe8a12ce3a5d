"""From an approval to a document, or to an entry, by a mapping collection; a document comes about in two steps.

The draft needs no ledger: it settles the reference, the total, the day and all that the source alone can get wrong, and
its body is what the source said. The document is the draft completed with the ledger's answers. Both have the draft's
fingerprint: what the ledger answers changes while the approval stays the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from ledgerpost.domain import entry_collection as entries
from ledgerpost.domain.collection import DocumentMapping
from ledgerpost.domain.collection_mapping import CollectionMapper, MappedRecord, MappingFault
from ledgerpost.domain.document import DocumentForm, LedgerDocument, Postable, canonical_json
from ledgerpost.domain.entity import JsonValue, text_of
from ledgerpost.domain.entry import LedgerEntry, Reference
from ledgerpost.domain.event import ApprovalEvent, EventKind
from ledgerpost.domain.formula import Formulas
from ledgerpost.domain.mapping import (
    DATE_PROPERTIES,
    Refusal,
    Refused,
    Skip,
    amount_at,
    business_day,
    resolve_reference,
)
from ledgerpost.domain.money import Money
from ledgerpost.domain.orders import fields as orders
from ledgerpost.domain.orders.document import order_tree
from ledgerpost.domain.route import Route

DATES = ("Date", "OrderDate", "TransactionDate", "CreatedDateTime")
"""Where the transaction's own date may stand; the first that is filled counts. The seed names none: ours."""

NESTING_MAX = 8
"""Levels of a transaction below which nothing is read: the deepest collection has two."""


@dataclass(frozen=True, slots=True)
class Form:
    """A form of document that collections can make: the kinds of transaction it can be made of, its destinations by
    child, which others are custom fields, and how its tree is built. `entry` makes an entry of the tree, where the
    ledger takes entries and no documents.
    """

    kinds: tuple[EventKind, ...]
    fields: Mapping[str, Mapping[str, orders.FieldType]]
    tree: Callable[[MappedRecord, str], dict[str, Any]]
    entry: Callable[..., LedgerEntry] | None = None
    is_custom: Callable[[str, str], bool] = orders.is_custom


FORMS = {
    orders.FORM: Form((EventKind.SALES_ORDER,), orders.FIELDS, order_tree),
    entries.FORM: Form((EventKind.SALE_DOCUMENT,), entries.FIELDS, entries.entry_tree, entries.entry_of),
}
"""A new kind of document adds one line."""


def draft_document(
    event: ApprovalEvent, route: Route, mapping: DocumentMapping, formulas: Formulas
) -> Postable | Skip | Refusal:
    """Give the draft of `event`, or why there is no document; of a form that is an entry, the whole entry, and none of
    zero. Never raises; the same input, the same answer.
    """
    reference: Reference | None = None
    try:
        reference = resolve_reference(event.entity, mapping.reference)
        if reference is None:
            return Skip("no_reference", None)
        tree = _tree(event, mapping, CollectionMapper(formulas))
        if tree is None:
            return Skip("collection_filtered", reference)
        money, rounding = amount_at(event.entity, mapping.amount, event.currency)
        day = business_day(event, DATE_PROPERTIES.get(event.kind, DATES), route.time_zone)
    except (MappingFault, Refused) as fault:
        return Refusal(fault.code, fault.message, reference)
    make_entry = FORMS[mapping.form].entry
    if make_entry is not None:
        made = make_entry(tree, reference, money, rounding=rounding, day=day)
        return made if money.amount else Skip("zero_amount", reference)
    return LedgerDocument(
        reference=reference,
        form=DocumentForm(mapping.form),
        money=Money(abs(money.amount), money.currency),
        day=day,
        source_amount=money.amount,
        rounding=rounding,
        body=canonical_json(read_part(event.entity, mapping.names_read)),
    )


def complete_document(
    draft: LedgerDocument, event: ApprovalEvent, mapping: DocumentMapping, mapper: CollectionMapper
) -> LedgerDocument | Refusal:
    """Give the document of a draft, asking the ledger what its collection asks. What `mapper` is told to raise where
    there is no answer goes through.
    """
    try:
        tree = _tree(event, mapping, mapper)
    except MappingFault as fault:
        return Refusal(fault.code, fault.message, draft.reference)
    if tree is None:
        return Refusal("collection_filtered", "The filter now leaves the transaction out.", draft.reference)
    return replace(draft, body=canonical_json(tree), basis=draft.body)


def _tree(event: ApprovalEvent, mapping: DocumentMapping, mapper: CollectionMapper) -> dict[str, Any] | None:
    mapped = mapper.map(mapping.collection, event.entity)
    return None if mapped is None else FORMS[mapping.form].tree(mapped, event.currency)


def read_part(value: JsonValue, names: frozenset[str], depth: int = NESTING_MAX) -> Any:
    """Give what a collection may read of a transaction, numbers as text without floating-point noise: what else
    changes in the transaction makes no other document.
    """
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int | Decimal):
        return text_of(value)
    if depth == 0:
        return None
    if isinstance(value, list):
        return [read_part(member, names, depth - 1) for member in value if not _is_unread_custom_field(member, names)]
    assert isinstance(value, Mapping), "JSON has no other values"
    parts = {name: read_part(member, names, depth - 1) for name, member in value.items() if _is_read(name, names)}
    return {name: part for name, part in parts.items() if part is not None}


def _is_read(name: str, names: frozenset[str]) -> bool:
    return name in names or name in ("Name", "Value")


def _is_unread_custom_field(member: JsonValue, names: frozenset[str]) -> bool:
    return isinstance(member, Mapping) and "Value" in member and "Name" in member and member["Name"] not in names
