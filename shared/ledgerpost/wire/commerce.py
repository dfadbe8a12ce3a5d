"""Commerce records inside approval events: `CommerceOrderApproved` and `CommerceTransactionApproved`.

The entity is the record in the names of Codat's commerce API, with `companyId` beside them; keys that are not used are
left aside. Numbers are read exactly, and nothing that is found is quoted. Source: codat sheet, section 9.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from ledgerpost.domain.commerce import (
    CommerceRecord,
    CompanyId,
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
    rate_text,
)
from ledgerpost.domain.event import ApprovalEvent, EventKind, TenantId
from ledgerpost.domain.money import MoneyError, parse_amount
from ledgerpost.domain.version import SourceVersion
from ledgerpost.errors import EventError
from ledgerpost.wire.approval import read_event
from ledgerpost.wire.forms import form_of, path_of

LINES_LENGTH_MAX = 5000
"""Lines of one order; an event of 256 KB holds fewer."""

Word = TypeVar("Word", bound=StrEnum)


def _amount(value: Any) -> Decimal:
    try:
        return parse_amount(value)
    except MoneyError as error:
        raise PydanticCustomError("amount", "{message}", {"message": str(error)}) from None


def _rate(value: Decimal) -> Decimal:
    if not 0 <= value <= 1000:
        raise PydanticCustomError("rate", "a percentage from 0 to 1000")
    return value


def _instant(value: Any) -> datetime:
    """Read an instant; one without an offset is UTC, as in all of Codat's data."""
    try:
        moment = datetime.fromisoformat(value)
        moment = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise PydanticCustomError("instant", "an ISO 8601 instant") from None
    if not 1900 <= moment.year <= 9998:
        raise PydanticCustomError("instant", "an ISO 8601 instant from 1900 on")
    return moment


def _one_of(words: type[Word]) -> AfterValidator:
    def check(value: str) -> str:
        if value not in set(words):
            known = ", ".join(words)
            raise PydanticCustomError("word", "one of {known}", {"known": known})
        return value

    return AfterValidator(check)


Amount = Annotated[Decimal, BeforeValidator(_amount)]
Rate = Annotated[Decimal, BeforeValidator(_amount), AfterValidator(_rate)]
Instant = Annotated[datetime, BeforeValidator(_instant)]
Id = Annotated[str, Field(min_length=1, max_length=200)]


class _Open(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class ReferenceDocument(_Open):
    """A reference to another record."""

    id: Id
    is_gift_card: bool = Field(default=False, alias="isGiftCard")


class TaxedDocument(_Open):
    """What a line and a service charge have in common."""

    quantity: Amount = Decimal(1)
    total: Amount = Field(alias="totalAmount")
    rate: Rate | None = Field(default=None, alias="taxPercentage")

    def rate_of(self, tax: Decimal | None, path: str) -> str:
        """Give the rate; without one, a line is taxed at 0. Tax is never computed: a rate needs its tax."""
        if tax is None and self.rate:
            raise EventError("commerce_malformed", "It is missing, and the line has a tax rate.", path=path)
        if tax and self.rate is None:
            where = path.rpartition(".")[0] + ".taxPercentage"
            raise EventError("commerce_malformed", "It is missing, and the line has tax.", path=where)
        return rate_text(self.rate or Decimal(0))


class LineDocument(TaxedDocument):
    """A product of an order."""

    tax: Amount | None = Field(default=None, alias="totalTaxAmount")
    product: ReferenceDocument | None = Field(default=None, alias="productRef")


class ChargeDocument(TaxedDocument):
    """A service charge of an order."""

    tax: Amount | None = Field(default=None, alias="taxAmount")
    type: Annotated[str, _one_of(ServiceChargeType)] = "Generic"


class PaymentDocument(_Open):
    """A payment of an order."""

    id: Id
    amount: Amount
    currency: str | None = None
    type: Annotated[str, _one_of(PaymentType)]
    status: Annotated[str, _one_of(PaymentStatus)]


class RecordDocument(_Open):
    """What an order and a transaction have in common."""

    company: Id = Field(alias="companyId")
    id: Id
    currency: str | None = None
    created: Instant = Field(alias="createdDate")
    source_modified: Instant | None = Field(default=None, alias="sourceModifiedDate")
    modified: Instant | None = Field(default=None, alias="modifiedDate")

    @property
    def version(self) -> SourceVersion:
        """The record's version: when its source changed it last."""
        return SourceVersion(self.source_modified or self.modified or self.created)


class OrderDocument(RecordDocument):
    """An order."""

    total: Amount = Field(alias="totalAmount")
    tax: Amount | None = Field(default=None, alias="totalTaxAmount")
    gratuity: Amount | None = Field(default=None, alias="totalGratuity")
    lines: list[LineDocument] = Field(default=[], alias="orderLineItems", max_length=LINES_LENGTH_MAX)
    charges: list[ChargeDocument] = Field(default=[], alias="serviceCharges", max_length=LINES_LENGTH_MAX)
    payments: list[PaymentDocument] = Field(default=[], max_length=LINES_LENGTH_MAX)
    location: ReferenceDocument | None = Field(default=None, alias="locationRef")


class TransactionDocument(RecordDocument):
    """A transaction."""

    total: Amount = Field(alias="totalAmount")
    type: Annotated[str, _one_of(TransactionType)]
    sub_type: str | None = Field(default=None, alias="subType")


@dataclass(frozen=True, slots=True)
class CompanyRecord:
    """A record and the company that it belongs to."""

    company: CompanyId
    record: CommerceRecord


def read_commerce_record(event: ApprovalEvent) -> CompanyRecord:
    """Give the record inside an event of kind CommerceOrder or CommerceTransaction.

    Raises EventError(commerce_malformed) with the path of the culprit.
    """
    return _READERS[event.kind](event.entity, event.currency)


def read_commerce_event(body: str) -> tuple[TenantId, CompanyRecord]:
    """Read a commerce event as the bus delivers it; raises EventError with the path of the culprit."""
    event = read_event(body)
    if event.kind not in _READERS:
        message = "Expected CommerceOrderApproved or CommerceTransactionApproved."
        raise EventError("commerce_malformed", message, path="detail-type")
    return event.tenant, read_commerce_record(event)


def read_order(entity: Mapping[str, Any], currency: str) -> CompanyRecord:
    """Give the order that an entity holds; raises EventError(commerce_malformed)."""
    document = _validated(OrderDocument, entity, currency)
    lines = tuple(_line_of(line, f"orderLineItems[{place}]") for place, line in enumerate(document.lines))
    charges = tuple(_charge_of(each, f"serviceCharges[{place}]") for place, each in enumerate(document.charges))
    payments = tuple(_payment_of(each, currency, f"payments[{place}]") for place, each in enumerate(document.payments))
    order = Order(
        id=RecordId(document.id),
        currency=currency,
        created_at=document.created,
        version=document.version,
        total=document.total,
        tax=_tax_of(lines, charges) if document.tax is None else document.tax,
        gratuity=document.gratuity or Decimal(0),
        lines=lines,
        service_charges=charges,
        payments=payments,
        location=document.location.id if document.location else "",
    )
    return CompanyRecord(CompanyId(document.company), order)


def _tax_of(lines: tuple[OrderLine, ...], charges: tuple[ServiceCharge, ...]) -> Decimal:
    return sum((line.tax for line in lines), Decimal(0)) + sum((charge.tax for charge in charges), Decimal(0))


def read_transaction(entity: Mapping[str, Any], currency: str) -> CompanyRecord:
    """Give the transaction that an entity holds; raises EventError(commerce_malformed)."""
    document = _validated(TransactionDocument, entity, currency)
    transaction = Transaction(
        id=RecordId(document.id),
        currency=currency,
        created_at=document.created,
        version=document.version,
        total=document.total,
        type=TransactionType(document.type),
        sub_type=document.sub_type or "",
    )
    return CompanyRecord(CompanyId(document.company), transaction)


_READERS = {EventKind.COMMERCE_ORDER: read_order, EventKind.COMMERCE_TRANSACTION: read_transaction}

Document = TypeVar("Document", bound=RecordDocument)


def _validated(model: type[Document], entity: Mapping[str, Any], currency: str) -> Document:
    try:
        document = model.model_validate(dict(entity))
    except ValidationError as error:
        detail = error.errors(include_url=False)[0]
        path = path_of(("detail", "entity", *detail["loc"]))
        if detail["type"] == "missing":
            raise EventError("commerce_malformed", "It is missing.", path=path) from None
        expected = detail["msg"].removeprefix("Input should be ")
        message = f"Expected {expected}; found {form_of(detail['input'])}."
        raise EventError("commerce_malformed", message, path=path) from None
    _assert_currency(document.currency, currency, "currency")
    return document


def _assert_currency(found: str | None, expected: str, path: str) -> None:
    if found is not None and found != expected:
        message = "It is in another currency than the event."
        raise EventError("commerce_malformed", message, path=f"detail.entity.{path}")


def _line_of(document: LineDocument, path: str) -> OrderLine:
    rate = document.rate_of(document.tax, f"detail.entity.{path}.totalTaxAmount")
    product = document.product
    return OrderLine(
        quantity=document.quantity,
        total=document.total,
        tax=document.tax or Decimal(0),
        tax_rate=rate,
        product=product.id if product else "",
        is_gift_card=product.is_gift_card if product else False,
    )


def _charge_of(document: ChargeDocument, path: str) -> ServiceCharge:
    return ServiceCharge(
        quantity=document.quantity,
        total=document.total,
        tax=document.tax or Decimal(0),
        tax_rate=document.rate_of(document.tax, f"detail.entity.{path}.taxAmount"),
        type=ServiceChargeType(document.type),
    )


def _payment_of(document: PaymentDocument, currency: str, path: str) -> Payment:
    _assert_currency(document.currency, currency, f"{path}.currency")
    return Payment(
        id=document.id,
        amount=document.amount,
        type=PaymentType(document.type),
        status=PaymentStatus(document.status),
    )
