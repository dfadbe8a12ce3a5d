"""Commerce records: what a merchant's shop or till reports. Orders with their payments, and transactions such as fees.

Source: codat sheet, section 9. Every amount is a signed decimal as the source wrote it; nothing is rounded here.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NewType

from ledgerpost.domain.version import SourceVersion

CompanyId = NewType("CompanyId", str)
RecordId = NewType("RecordId", str)


class PaymentType(StrEnum):
    """How an order was paid. `Loan` and `Cashback` are ours: the seed has accounts for them and no payment type."""

    CASH = "Cash"
    CARD = "Card"
    INVOICE = "Invoice"
    ONLINE_CARD = "OnlineCard"
    SWISH = "Swish"
    VIPPS = "Vipps"
    MOBILE = "Mobile"
    STORE_CREDIT = "StoreCredit"
    PAYPAL = "Paypal"
    CUSTOM = "Custom"
    LOAN = "Loan"
    CASHBACK = "Cashback"
    PREPAID = "Prepaid"
    UNKNOWN = "Unknown"


class PaymentStatus(StrEnum):
    """Where a payment stands; only a paid one counts."""

    PENDING = "Pending"
    AUTHORIZED = "Authorized"
    PAID = "Paid"
    FAILED = "Failed"
    CANCELLED = "Cancelled"
    UNKNOWN = "Unknown"


class TransactionType(StrEnum):
    """What a transaction moved. `LoanFee` is ours: the seed has an account for it and no transaction type."""

    PAYMENT = "Payment"
    REFUND = "Refund"
    PAYOUT = "Payout"
    FAILED_PAYOUT = "FailedPayout"
    TRANSFER = "Transfer"
    PAYMENT_FEE = "PaymentFee"
    PAYMENT_FEE_REFUND = "PaymentFeeRefund"
    LOAN_FEE = "LoanFee"
    UNKNOWN = "Unknown"


class ServiceChargeType(StrEnum):
    """What a service charge is for."""

    GENERIC = "Generic"
    SHIPPING = "Shipping"
    OVERPAYMENT = "Overpayment"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One product of an order. `total` is after discounts and with tax, `tax` its part that is tax.

    A negative `quantity` is a refund. `tax_rate` is a normalised decimal (`"17.5"`); a gift card is bought to pay with.
    """

    quantity: Decimal
    total: Decimal
    tax: Decimal
    tax_rate: str
    product: str = ""
    is_gift_card: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceCharge:
    """A charge beside the products, such as shipping. `total` is with tax; a negative `quantity` is a refund."""

    quantity: Decimal
    total: Decimal
    tax: Decimal
    tax_rate: str
    type: ServiceChargeType = ServiceChargeType.GENERIC


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """A payment of an order, gratuity included. A negative `amount` was paid back (ours: the sheet names no sign)."""

    id: str
    amount: Decimal
    type: PaymentType
    status: PaymentStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order. `total` is after discounts and refunds, with tax and without gratuity; times are UTC instants.

    `version` orders the versions of one record: its `sourceModifiedDate`.
    """

    id: RecordId
    currency: str
    created_at: datetime
    version: SourceVersion
    total: Decimal
    tax: Decimal
    gratuity: Decimal
    lines: tuple[OrderLine, ...]
    service_charges: tuple[ServiceCharge, ...] = ()
    payments: tuple[Payment, ...] = ()
    location: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """One movement at the payment provider. A fee is positive where it costs the merchant."""

    id: RecordId
    currency: str
    created_at: datetime
    version: SourceVersion
    total: Decimal
    type: TransactionType
    sub_type: str = ""


CommerceRecord = Order | Transaction


def record_key(record: CommerceRecord) -> str:
    """Give what a record is known under within its company: an order and a transaction may share an id."""
    return f"{'order' if isinstance(record, Order) else 'transaction'}:{record.id}"


def rate_text(rate: Decimal) -> str:
    """Give a tax rate in the one form that it is looked up by: `17.50` and `17.5` are `"17.5"`.

    Source: seed 003, tax rates; the normalising is ours (codat sheet, section 2).
    """
    text = f"{rate:f}"
    plain = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if plain in ("", "-0") else plain
