"""What the site makes of a sales order that is saved: numbers, defaults, its checks and its computed totals.

Source: reference/acumatica.md §5, §6 and §11; seed 004, "System Caveats" and "Error Handling". Sent totals are ignored.
Taxes are computed from the tax zone, unless the order says that its taxes are valid (IsTaxValid): then they stand as
sent.
"""

import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from ledgerpost.simulators.acumatica.catalogue import Catalogue
from ledgerpost.simulators.acumatica.problems import MULTIPLE_INSTALLMENTS, FieldError, exception
from ledgerpost.simulators.acumatica.records import NewId, Record

_DIGITS: Final = re.compile(r"[0-9]+(-[0-9]+)?", re.ASCII)
_ADDRESSES: Final = ("BillToAddress", "BillToContact", "ShipToAddress", "ShipToContact")
_EXPONENTS: Final = {"USD": 2, "EUR": 2, "GBP": 2, "JPY": 0, "KWD": 3}


def save_order(order: Record, catalogue: Catalogue, new_id: NewId) -> list[FieldError]:
    """Fill in what was not sent and compute the totals; give every broken rule. Raises 500 for one of the document."""
    _fill_in(order, catalogue)
    errors = list(_check(order, catalogue))
    if errors:
        return errors
    _refuse_many_installments(order, catalogue)
    _fill_in_lines(order, catalogue)
    _compute_taxes(order, catalogue, new_id)
    _compute_totals(order, catalogue)
    return list(_check_payments(order))


def _fill_in(order: Record, catalogue: Catalogue) -> None:
    order.default("OrderType", "SO")
    order.default("Hold", True)
    order.default("CurrencyID", catalogue.settings.currency)
    order.default("Date", catalogue.today())
    order.default("RequestedOn", order.values["Date"])
    for name in ("IsTaxValid", "DisableAutomaticTaxCalculation"):
        order.default(name, False)
    order.values["Status"] = "On Hold" if order.flag("Hold") else "Shipping" if order.rows["Shipments"] else "Open"
    customer = catalogue.customer(order.text("CustomerID"))
    if customer is not None:
        order.values["CustomerID"] = customer.text("CustomerID")
    for name in _ADDRESSES:
        order.default(f"{name}Override", False)
        if not order.flag(f"{name}Override"):
            # Without its override a sent address is dropped: the order shows the customer's.
            order.objects[name].values = catalogue.address_of(customer, name)


def _check(order: Record, catalogue: Catalogue) -> Iterator[FieldError]:
    if order.text("OrderType") != "SO":
        yield FieldError(("OrderType",), f"'Order Type' cannot be found in the system: {order.text('OrderType')}.")
    if not order.text("CustomerID"):
        yield FieldError(("CustomerID",), "Error: 'Customer' cannot be empty.")
    elif catalogue.customer(order.text("CustomerID")) is None:
        yield FieldError(("CustomerID",), "Error: 'Customer' cannot be found in the system.")
    settings = order.objects["FinancialSettings"]
    if settings.text("Terms") and catalogue.terms(settings.text("Terms")) is None:
        yield FieldError(("FinancialSettings", "Terms"), "Error: 'Terms' cannot be found in the system.")
    if settings.text("CustomerTaxZone") and not catalogue.has_zone(settings.text("CustomerTaxZone")):
        path = ("FinancialSettings", "CustomerTaxZone")
        yield FieldError(path, "Error: 'Customer Tax Zone' cannot be found in the system.")
    yield from _check_addresses(order)
    yield from _check_lines(order, catalogue)
    yield from _check_taxes(order, catalogue)
    for at, payment in enumerate(order.rows["Payments"]):
        if payment.text("PaymentMethod") not in catalogue.settings.payment_methods:
            path_of_method = ("Payments", at, "PaymentMethod")
            yield FieldError(path_of_method, "Error: 'Payment Method' cannot be found in the system.")


def _check_addresses(order: Record) -> Iterator[FieldError]:
    """A US postal code is digits alone. Source: seed 004, "Numeric postal-code guard"."""
    for name in ("BillToAddress", "ShipToAddress"):
        address = order.objects[name]
        code = address.text("PostalCode")
        if code and address.text("Country") in ("", "US") and not _DIGITS.fullmatch(code):
            yield FieldError(
                (name, "PostalCode"), "Provided value does not pass validation rules defined for this field."
            )


def _check_lines(order: Record, catalogue: Catalogue) -> Iterator[FieldError]:
    for at, line in enumerate(order.rows["Details"]):
        if catalogue.item(line.text("InventoryID")) is None:
            yield FieldError(("Details", at, "InventoryID"), "Error: 'Inventory ID' cannot be found in the system.")
        if line.number("OrderQty") < 0:
            yield FieldError(("Details", at, "OrderQty"), "Error: The value must be greater than or equal to 0.")
        warehouse = line.text("WarehouseID")
        if warehouse and warehouse not in catalogue.settings.warehouses:
            yield FieldError(("Details", at, "WarehouseID"), "Error: 'Warehouse' cannot be found in the system.")


def _check_taxes(order: Record, catalogue: Catalogue) -> Iterator[FieldError]:
    zone = order.objects["FinancialSettings"].text("CustomerTaxZone")
    for at, row in enumerate(order.rows["TaxDetails"]):
        tax = catalogue.tax(row.text("TaxID"))
        if tax is None:
            yield FieldError(("TaxDetails", at, "TaxID"), "Error: 'Tax ID' cannot be found in the system.")
        elif zone and zone not in tax.zones:
            message = f"Error: The tax {tax.id} is not applicable to the tax zone {zone}."
            yield FieldError(("TaxDetails", at, "TaxID"), message)


def _check_payments(order: Record) -> Iterator[FieldError]:
    left = order.number("OrderTotal")
    for at, payment in enumerate(order.rows["Payments"]):
        applied = payment.number("AppliedToOrder")
        left -= applied
        if applied > payment.number("PaymentAmount"):
            message = "Error: The amount applied to the order cannot exceed the payment amount."
            yield FieldError(("Payments", at, "AppliedToOrder"), message)
        elif left < 0 and applied:
            message = "Error: The total applied amount cannot exceed the order total."
            yield FieldError(("Payments", at, "AppliedToOrder"), message)


def _refuse_many_installments(order: Record, catalogue: Catalogue) -> None:
    terms = catalogue.terms(order.objects["FinancialSettings"].text("Terms"))
    if order.rows["Payments"] and terms is not None and terms.installments > 1:
        raise exception(f"Error: {MULTIPLE_INSTALLMENTS}")


def _fill_in_lines(order: Record, catalogue: Catalogue) -> None:
    number = max((int(line.values.get("LineNbr", 0)) for line in order.rows["Details"]), default=0)
    for line in order.rows["Details"]:
        item = catalogue.item(line.text("InventoryID"))
        assert item is not None, "checked before"
        line.values["InventoryID"] = item.id
        if "LineNbr" not in line.values:
            number += 1
            line.values["LineNbr"] = number
        line.default("OrderQty", Decimal(0))
        line.default("UOM", "EACH")
        line.default("ManualPrice", False)
        line.default("TaxCategory", item.tax_category)
        if not line.flag("ManualPrice"):
            # The site's own price engine: a sent price is not honoured.
            line.values["UnitPrice"] = Decimal(item.price)
            line.values.pop("ExtendedPrice", None)
        line.default("UnitPrice", Decimal(item.price))
        line.default("DiscountedUnitPrice", line.values["UnitPrice"])
        line.default("ExtendedPrice", _rounded(line.number("OrderQty") * line.number("UnitPrice"), order))
        line.values["Amount"] = line.number("ExtendedPrice") - line.number("DiscountAmount")
        line.default("QtyOnShipments", Decimal(0))
        line.values["OpenQty"] = line.number("OrderQty") - line.number("QtyOnShipments")


def _compute_taxes(order: Record, catalogue: Catalogue, new_id: NewId) -> None:
    rows = order.rows["TaxDetails"]
    taxable = sum((line.number("Amount") for line in order.rows["Details"]), Decimal(0))
    if not (order.flag("IsTaxValid") or order.flag("DisableAutomaticTaxCalculation")):
        zone = order.objects["FinancialSettings"].text("CustomerTaxZone")
        for tax in catalogue.taxes_of(zone) if zone else ():
            row = next((row for row in rows if row.text("TaxID") == tax.id), None)
            if row is None:
                row = Record.new(order.schema.rows["TaxDetails"], new_id)
                rows.append(row)
            row.values |= {
                "TaxID": tax.id,
                "TaxRate": Decimal(tax.rate),
                "TaxableAmount": taxable,
                "TaxAmount": _rounded(taxable * Decimal(tax.rate) / 100, order),
            }
    for number, row in enumerate(rows, 1):
        row.default("TaxableAmount", taxable)
        row.values["LineNbr"] = number


def _compute_totals(order: Record, catalogue: Catalogue) -> None:
    totals, lines = order.objects["Totals"], order.rows["Details"]
    line_total = sum((line.number("Amount") for line in lines), Decimal(0))
    tax_total = sum((row.number("TaxAmount") for row in order.rows["TaxDetails"]), Decimal(0))
    for name in ("Freight", "PremiumFreight", "DiscountTotal"):
        totals.default(name, Decimal(0))
    total = line_total + tax_total + totals.number("Freight") + totals.number("PremiumFreight")
    applied = Decimal(0)
    for payment in order.rows["Payments"]:
        payment.default("DocType", "Payment")
        payment.default("CashAccount", "10200")
        payment.default("ApplicationDate", catalogue.today())
        if "ReferenceNbr" not in payment.values:
            payment.values["ReferenceNbr"] = catalogue.next_number("Payment")
        payment.default("AppliedToOrder", Decimal(0))
        payment.values["Status"] = "Balanced"
        payment.values["Balance"] = payment.number("PaymentAmount") - payment.number("AppliedToOrder")
        applied += payment.number("AppliedToOrder")
    totals.values |= {"LineTotalAmount": line_total, "TaxTotal": tax_total, "UnpaidBalance": total - applied}
    order.values |= {
        "OrderTotal": total,
        "TaxTotal": tax_total,
        "OrderedQty": sum((line.number("OrderQty") for line in lines), Decimal(0)),
    }


def _rounded(amount: Decimal, order: Record) -> Decimal:
    digits = _EXPONENTS.get(order.text("CurrencyID"), 2)
    return amount.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_UP)
