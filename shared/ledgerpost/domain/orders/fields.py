"""The destinations of a sales order, and what each holds. Source: seed 004, "Mappings"; the types are ours.

Acumatica drops a name that it does not know without a word, so a collection may name no other.
Source: acumatica sheet, section 11.
"""

from decimal import Decimal
from enum import StrEnum

from ledgerpost.domain.entity import text_of
from ledgerpost.domain.formula import Value
from ledgerpost.domain.money import MoneyError, parse_amount, quantise

FORM = "acumatica.SalesOrder"

LINES, ADDRESSES, PAYMENTS, TAXES, TRACKING_NUMBERS = "Lines", "Addresses", "Payments", "Taxes", "TrackingNumbers"


class FieldType(StrEnum):
    """What a destination holds."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "amount"
    FLAG = "true or false"


def _fields(**names: str) -> dict[str, FieldType]:
    return {name: FieldType[kind.upper()] for kind, listed in names.items() for name in listed.split()}


FIELDS: dict[str, dict[str, FieldType]] = {
    "": _fields(
        text="ActionType CustomerId FinancialTerms OrderNbr CustomerTaxZone Description",
        money="OrderTotal PremiumFreightValue",
        flag="Hold IsTaxValid",
    ),
    LINES: _fields(
        text="InventoryID",
        number="OrderQty UnitPrice DiscountedUnitPrice",
        money="ExtendedPrice Amount",
        flag="ManualPrice",
    ),
    ADDRESSES: _fields(
        text="FirstName LastName Address1 Address2 City Region Email ZipCode",
        flag="IsBillToAddress IsShipToAddress IsShipToContact IsBillToContact",
    ),
    PAYMENTS: _fields(text="PaymentMethod PaymentRef", money="PaymentAmount AppliedToOrder"),
    TAXES: _fields(text="TaxID Spaceport_SystemId", money="TaxAmount", number="TaxRate"),
    TRACKING_NUMBERS: _fields(
        text="WarehouseId BoxID_Package iPaaS_LineItemId CustomerID OrderNbr OrderType Operation Status "
        "TrackingNbr_Package Type_Package Description_Package Picked",
        money="DeclaredValue_Package",
    ),
}
"""By the name of the child collection, blank for the order itself."""


CUSTOM_PREFIX = "Custom_"
"""What the destination of an order's custom field begins with; which field it is, the connection says."""


def is_custom(child: str, destination: str) -> bool:
    """Say whether the destination is a custom field of the order, which has a name of the tenant's own."""
    return not child and destination.startswith(CUSTOM_PREFIX) and destination != CUSTOM_PREFIX


class WrongType(ValueError):  # noqa: N818 - becomes a fault that names the row
    """A value does not fit its destination; the message holds no value."""


def typed(value: Value, field: FieldType, currency: str) -> Value:
    """Give `value` as its destination holds it: text trimmed, amounts in the minor units of `currency`, numbers exact.

    None stays None. Raises WrongType. Flags are also read from the texts true and false.
    """
    if value is None:
        return None
    match field:
        case FieldType.TEXT:
            if isinstance(value, bool):
                raise WrongType("Expected text.")
            return text_of(value).strip()
        case FieldType.FLAG:
            return _flag(value)
        case FieldType.NUMBER:
            return _plain(_number(value))
        case FieldType.MONEY:
            return quantise(_number(value), currency)[0].amount


def _flag(value: Value) -> bool:
    if isinstance(value, bool):
        return value
    folded = value.strip().casefold() if isinstance(value, str) else ""
    if folded not in ("true", "false"):
        raise WrongType("Expected true or false.")
    return folded == "true"


def _number(value: Value) -> Decimal:
    try:
        return parse_amount(value)
    except MoneyError as error:
        raise WrongType(f"Expected a number: {error}") from None


def _plain(number: Decimal) -> Decimal:
    """Give the number without zeros at its end, so that 10, 10.0 and 10.00 are one value."""
    return number if number.as_tuple().exponent == 0 else Decimal(text_of(number))
