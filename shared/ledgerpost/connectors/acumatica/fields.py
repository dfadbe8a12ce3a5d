"""Destination names of the mapping → fields of the wire. Source: acumatica.md, section 5 (the translation), section 8.

A name that stands in no table is refused, for Acumatica would drop it without a word.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from ledgerpost.connectors.acumatica.options import CustomField
from ledgerpost.connectors.acumatica.wire import wrapped
from ledgerpost.domain.money import MoneyError, parse_amount

Path = tuple[str, ...]
Read = Callable[[object], object]


class OrderRefusedError(Exception):
    """The mapped document cannot be written; nothing was sent. `code` is of the catalogue."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class _WrongKindError(ValueError):
    """A value is not of its field's kind; the message completes a sentence about the field."""


def _text(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise _WrongKindError("is no text")
    return f"{value:f}" if isinstance(value, Decimal) else str(value).strip()


_FLAGS = {"true": True, "yes": True, "false": False, "no": False}


def _flag(value: object) -> object:
    flag = _FLAGS.get(value.strip().lower()) if isinstance(value, str) else value
    if not isinstance(flag, bool):
        raise _WrongKindError("is neither true nor false")
    return flag


def _number(value: object) -> object:
    try:
        return parse_amount(value)
    except MoneyError:
        raise _WrongKindError("is no number") from None


def _fields(read: Read, names: str) -> dict[str, tuple[Path, Read]]:
    """Give names that the wire has as well, or `Name=Path.Of.Wire`."""
    found: dict[str, tuple[Path, Read]] = {}
    for each in names.split():
        name, _, path = each.partition("=")
        found[name] = (tuple((path or name).split(".")), read)
    return found


Table = Mapping[str, tuple[Path, Read]]

HEADER: Table = MappingProxyType(
    {
        **_fields(
            _text,
            "CustomerId=CustomerID CurrencyID FinancialTerms=FinancialSettings.Terms Description OrderNbr CustomerOrder"
            " CustomerTaxZone=FinancialSettings.CustomerTaxZone LocationID Branch Project Date RequestedOn TaxCalcMode",
        ),
        **_fields(_number, "PremiumFreightValue=Totals.PremiumFreight OrderTotal"),
        **_fields(_flag, "Hold IsTaxValid DisableAutomaticTaxCalculation DisableAutomaticDiscountUpdate"),
    }
)
LINE: Table = MappingProxyType(
    {
        **_fields(_text, "InventoryID UOM WarehouseID TaxCategory LineDescription Branch"),
        **_fields(_number, "OrderQty UnitPrice DiscountedUnitPrice ExtendedPrice Amount DiscountAmount"),
        **_fields(_flag, "ManualPrice FreeItem"),
    }
)
PAYMENT: Table = MappingProxyType(
    {
        **_fields(_text, "PaymentMethod PaymentRef CashAccount ApplicationDate DocType"),
        **_fields(_number, "PaymentAmount AppliedToOrder"),
    }
)
TAX: Table = MappingProxyType({**_fields(_text, "TaxID"), **_fields(_number, "TaxAmount TaxRate TaxableAmount")})
ADDRESS: Table = MappingProxyType(
    _fields(
        _text,
        "Address1=AddressLine1 Address2=AddressLine2 City Region=State ZipCode=PostalCode Country",
    )
)
CONTACT: Table = MappingProxyType(_fields(_text, "Email Phone=Phone1 Company=BusinessName"))
SHIPMENT: Table = MappingProxyType(
    {**_fields(_text, "WarehouseId=WarehouseID CustomerID Operation"), **_fields(_flag, "Picked")}
)
PACKAGE: Table = MappingProxyType(
    {
        **_fields(
            _text,
            "BoxID_Package=BoxID TrackingNbr_Package=TrackingNbr Type_Package=Type Description_Package=Description",
        ),
        **_fields(_number, "DeclaredValue_Package=DeclaredValue Weight_Package=Weight"),
    }
)


def write_fields(
    source: Mapping[str, Any],
    table: Table,
    *,
    beside: frozenset[str],
    custom: Mapping[str, CustomField] | None = None,
) -> dict[str, Any]:
    """Give the wire's fields of `source`, wrapped; null clears. `beside` are names that others write, or nobody.

    Raises OrderRefusedError for a name that has no place, and for a value of the wrong kind.
    """
    body: dict[str, Any] = {}
    for name, value in source.items():
        if name in table:
            path, read = table[name]
            _place(body, path, wrapped(None if value is None else _read(name, read, value)))
        elif custom is not None and name in custom:
            field = custom[name]
            content = {"type": field.type, "value": None if value is None else _read(name, _of_custom(field), value)}
            _place(body, ("custom", field.view, field.name), content)
        elif name not in beside:
            raise OrderRefusedError("acumatica_field_unknown", f"{name} has no place in the document.")
    return body


def _read(name: str, read: Read, value: object) -> object:
    try:
        return read(value)
    except _WrongKindError as error:
        raise OrderRefusedError("mapped_value_type", f"{name} {error}.") from None


def _of_custom(field: CustomField) -> Read:
    if field.type in ("CustomIntField", "CustomDecimalField"):
        return _number
    return _flag if field.type == "CustomBooleanField" else _text


def _place(body: dict[str, Any], path: Path, content: object) -> None:
    for step in path[:-1]:
        body = body.setdefault(step, {})
    body[path[-1]] = content
