"""What the list actions give of products, customers, suppliers and categories.

Source: seed 002; pennylane sheet, section 9.
"""

from ledgerpost.connectors.pennylane.actions.outputs import Row, address_row, both_spellings, instant
from ledgerpost.connectors.pennylane.resources import Address, Category, Customer, Product, Supplier


def product_row(product: Product) -> Row:
    """A product; `substance` is not in API v2."""
    return both_spellings(
        {
            "reference": product.reference,
            "createdAt": instant(product.created_at),
            "unit": product.unit,
            "vatRate": product.vat_rate,
            "priceWithTax": product.price,
            "substance": None,
            "udpatedAt": instant(product.updated_at),
            "description": product.description,
            "priceWithoutTax": product.price_before_tax,
            "currency": product.currency,
            "label": product.label,
            "id": product.source_id,
        }
    )


def customer_row(customer: Customer) -> Row:
    """A customer, in the vocabulary of the customer's own input."""
    row = {
        "id": customer.source_id,
        "billingAddress": address_row(customer.billing_address),
        "deliveryAddress": address_row(customer.delivery_address),
        "emails": list(customer.emails),
        "iban": customer.billing_iban,
        "paymentCondition": customer.payment_conditions,
        "phone": customer.phone,
        "reference": customer.reference,
        "notes": customer.notes,
        "planItem": {"number": customer.ledger_account.number if customer.ledger_account else None},
        "createdAt": instant(customer.created_at),
        "updatedAt": instant(customer.updated_at),
    }
    if customer.customer_type == "individual":
        return row | {"firstName": customer.first_name, "lastName": customer.last_name}
    return row | {
        "name": customer.name,
        "registrationNumber": customer.reg_no,
        "recipient": customer.recipient,
        "VATnumber": customer.vat_number,
    }


def supplier_row(supplier: Supplier) -> Row:
    """A supplier. API v2 has one address of it, and no note, recipient, reference or phone."""
    account = supplier.ledger_account
    return {
        "customerAddress": None,
        "supplierAddress": _city_row(supplier.postal_address),
        "note": None,
        "paymentCondition": payment_condition(supplier),
        "companyName": supplier.name,
        "planItem": both_spellings(
            {
                "number": account.number if account else None,
                "description": None,
                "vaRate": account.vat_rate if account else None,
                "label": account.label if account else None,
                "enabled": account.enabled if account else None,
                "countryCode": account.country_alpha2 if account else None,
            }
        ),
        "emails": list(supplier.emails),
        "reference": None,
        "phone": None,
        "registrationNumber": supplier.reg_no,
        "iban": supplier.iban,
        "recipient": None,
        "id": supplier.source_id,
        "updatedAt": instant(supplier.updated_at),
        "vatNumber": supplier.vat_number,
    }


def category_row(category: Category) -> Row:
    """A category; whether it can be edited is not in API v2."""
    group = category.category_group
    return {
        "createdAt": instant(category.created_at),
        "isEditable": None,
        "groupId": str(group.id) if group else None,
        "groupLabel": getattr(group, "label", None),
        "id": str(category.id),
        "label": category.label,
        "direction": category.direction,
        "updatedAt": instant(category.updated_at),
    }


def _city_row(address: Address | None) -> Row | None:
    row = address_row(address)
    return row and {key: row[key] for key in ("city", "countryCode", "postalCode")}


def payment_condition(supplier: Supplier) -> str | None:
    """Give a supplier's delay in the seed's words; None where v2 has one that they lack."""
    if supplier.supplier_due_date_rule not in (None, "days") or supplier.supplier_due_date_delay is None:
        return None
    delay = supplier.supplier_due_date_delay
    return "upon_receipt" if delay == 0 else f"{delay}_days"
