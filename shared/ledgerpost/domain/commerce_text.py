"""Commerce records as compact text, to be kept in a store: rows of values, amounts as text, read back exactly.

A store of a million orders is read once per close, so the text is short and read without a schema; what is written
here was validated on its way in.
"""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from ledgerpost.domain.commerce import (
    CommerceRecord,
    Order,
    OrderLine,
    Payment,
    PaymentStatus,
    PaymentType,
    RecordId,
    ServiceCharge,
    ServiceChargeType,
    Transaction,
    TransactionType,
)
from ledgerpost.domain.version import SourceVersion

_COMPACT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_ORDER, _TRANSACTION = "o", "t"


def record_text(record: CommerceRecord) -> str:
    """Give the record as text; the same record gives the same text."""
    head = [record.id, record.currency, _instant(record.created_at), *_version(record.version), str(record.total)]
    if isinstance(record, Transaction):
        return _COMPACT.encode([_TRANSACTION, *head, record.type.value, record.sub_type])
    return _COMPACT.encode(
        [
            _ORDER,
            *head,
            str(record.tax),
            str(record.gratuity),
            record.location,
            [_line_row(line) for line in record.lines],
            [_charge_row(charge) for charge in record.service_charges],
            [_payment_row(payment) for payment in record.payments],
        ]
    )


def record_from(text: str) -> CommerceRecord:
    """Read a record back; raises ValueError for text that `record_text` did not write."""
    row = json.loads(text)
    if row[0] == _TRANSACTION:
        return _transaction_from(row)
    if row[0] == _ORDER:
        return _order_from(row)
    raise ValueError("no text of a commerce record")


def _transaction_from(row: list[Any]) -> Transaction:
    _, record_id, currency, created, approved, revision, total, kind, sub_type = row
    return Transaction(
        id=RecordId(record_id),
        currency=currency,
        created_at=datetime.fromisoformat(created),
        version=SourceVersion(datetime.fromisoformat(approved), revision),
        total=Decimal(total),
        type=TransactionType(kind),
        sub_type=sub_type,
    )


def _order_from(row: list[Any]) -> Order:
    _, record_id, currency, created, approved, revision, total, tax, gratuity, location, lines, charges, payments = row
    return Order(
        id=RecordId(record_id),
        currency=currency,
        created_at=datetime.fromisoformat(created),
        version=SourceVersion(datetime.fromisoformat(approved), revision),
        total=Decimal(total),
        tax=Decimal(tax),
        gratuity=Decimal(gratuity),
        location=location,
        lines=tuple(_line_from(line) for line in lines),
        service_charges=tuple(_charge_from(charge) for charge in charges),
        payments=tuple(_payment_from(payment) for payment in payments),
    )


def _version(version: SourceVersion) -> tuple[str, int | None]:
    return _instant(version.approved_at), version.revision


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat()


def _line_row(line: OrderLine) -> list[Any]:
    row = [str(line.quantity), str(line.total), str(line.tax), line.tax_rate]
    return [*row, line.product, int(line.is_gift_card)] if line.product or line.is_gift_card else row


def _line_from(row: list[Any]) -> OrderLine:
    quantity, total, tax, rate, *rest = row
    return OrderLine(
        quantity=Decimal(quantity),
        total=Decimal(total),
        tax=Decimal(tax),
        tax_rate=rate,
        product=rest[0] if rest else "",
        is_gift_card=bool(rest[1]) if rest else False,
    )


def _charge_row(charge: ServiceCharge) -> list[str]:
    return [str(charge.quantity), str(charge.total), str(charge.tax), charge.tax_rate, charge.type.value]


def _charge_from(row: list[str]) -> ServiceCharge:
    quantity, total, tax, rate, kind = row
    return ServiceCharge(
        quantity=Decimal(quantity),
        total=Decimal(total),
        tax=Decimal(tax),
        tax_rate=rate,
        type=ServiceChargeType(kind),
    )


def _payment_row(payment: Payment) -> list[str]:
    return [payment.id, str(payment.amount), payment.type.value, payment.status.value]


def _payment_from(row: list[str]) -> Payment:
    payment_id, amount, kind, status = row
    return Payment(id=payment_id, amount=Decimal(amount), type=PaymentType(kind), status=PaymentStatus(status))
