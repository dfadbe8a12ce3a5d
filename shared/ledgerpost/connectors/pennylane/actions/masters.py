"""Create or update products, suppliers, customers and categories. `id` present means update. Source: seed 002."""

from dataclasses import dataclass
from typing import Any

from ledgerpost.connectors.pennylane.actions.inputs_masters import (
    AddressInput,
    CategoryInput,
    CompanyInput,
    CustomerInput,
    IndividualInput,
    MaybeAddressInput,
    ProductInput,
    SupplierInput,
)
from ledgerpost.connectors.pennylane.actions.writing_action import Acting, Written, filled
from ledgerpost.connectors.pennylane.filters import Filter
from ledgerpost.connectors.pennylane.problems import PennylaneError
from ledgerpost.connectors.pennylane.resources import Category, Customer, Product, Supplier
from ledgerpost.connectors.pennylane.writing import Creation, Made, create, update


def create_or_update_product(acting: Acting, asked: ProductInput) -> Written:
    """Create Or Update Product. The price with tax follows from the one without it, and is not sent."""
    acting.leave_out("", asked, "price_with_tax", "substance")
    body = filled(
        {
            "label": asked.label,
            "unit": asked.unit,
            "description": asked.description,
            "price_before_tax": f"{asked.price_without_tax:f}",
            "vat_rate": asked.vat_rate,
            "currency": asked.currency,
            "reference": asked.reference,
        }
    )
    calls = acting.lookups.client.calls
    if asked.id is not None:
        product = acting.lookups.product(asked.id)
        update(calls, f"/products/{product.id}", body, f"product {asked.id}", repeats=True)
        return Written({"productId": product.source_id}, created=None)
    reference = acting.reference(asked)
    made = _created(acting, _PRODUCTS, body, reference)
    return Written({"productId": reference}, created=made.created)


def create_or_update_supplier(acting: Acting, asked: SupplierInput) -> Written:
    """Create Or Update Supplier. API v2 has no recipient, phone, reference or notes of a supplier."""
    acting.leave_out("", asked, "recipient", "phone", "reference", "notes")
    delay = _delay_of(acting, asked)
    body = filled(
        {
            "name": asked.company_name,
            "reg_no": asked.registration_number,
            "postal_address": _whole_address(asked.billing_address, "billingAddress"),
            "emails": list(asked.emails) or None,
            "iban": asked.iban,
            "vat_number": asked.vat_number,
            "supplier_due_date_delay": delay,
            "supplier_due_date_rule": None if delay is None else "days",
        }
    )
    calls = acting.lookups.client.calls
    if asked.id is not None:
        supplier = acting.lookups.supplier(asked.id)
        update(calls, f"/suppliers/{supplier.id}", body, f"supplier {asked.id}", repeats=True)
        return Written({"supplierId": supplier.source_id}, created=None)
    reference = acting.reference(asked)
    made = _created(acting, _SUPPLIERS, body, reference)
    return Written({"supplierId": reference}, created=made.created)


def create_or_update_customer(acting: Acting, asked: CustomerInput) -> Written:
    """Create Or Update Customer: a company, an individual, or one of each."""
    outputs: dict[str, Any] = {"companyId": None, "individualId": None}
    made: list[bool | None] = []
    if asked.company is not None:
        outputs["companyId"], created = _customer(acting, asked.company, _company_body(asked.company), "company")
        made.append(created)
    if asked.individual is not None:
        acting.leave_out("individual", asked.individual, "gender")
        body = _customer_body(asked.individual) | {
            "first_name": asked.individual.first_name,
            "last_name": asked.individual.last_name,
        }
        outputs["individualId"], created = _customer(acting, asked.individual, body, "individual")
        made.append(created)
    return Written(outputs, created=any(made) if any(each is not None for each in made) else None)


def create_or_update_category(acting: Acting, asked: CategoryInput) -> Written:
    """Create Or Update Category. Its group has to be there: API v2 makes none."""
    acting.leave_out("", asked, "is_editable")
    lookups = acting.lookups
    group = lookups.category_group(asked.group_source_id, asked.group_label)
    body = filled({"label": asked.label, "category_group_id": group.id, "direction": asked.direction})
    if asked.id is not None:
        category = lookups.category(asked.id)
        update(lookups.client.calls, f"/categories/{category.id}", body, f"category {asked.id}", repeats=True)
        return Written({"categoryId": str(category.id)}, created=None)

    def find() -> int | None:
        """A category has no external reference; its label is unique in its group. Source: seed 002."""
        by_label = Filter("label", "eq", asked.label)
        found = lookups.client.find(Category, "categories", by_label, Filter("category_group_id", "eq", group.id))
        return found[0].id if found else None

    # Pennylane refuses a second one of the same label, so an unanswered post may be repeated.
    made = create(
        lookups.client.calls, Creation(what=f"category {asked.label}", path="/categories", body=body, find=find)
    )
    return Written({"categoryId": str(made.id)}, created=made.created)


def _customer(
    acting: Acting, asked: CompanyInput | IndividualInput, body: dict[str, Any], kind: str
) -> tuple[str, bool | None]:
    if asked.plan_item is not None:
        acting.leave_out(
            f"{kind}.planItem", asked.plan_item, "label", "enabled", "vat_rate", "description", "country_code"
        )
    path = "/company_customers" if kind == "company" else "/individual_customers"
    if asked.id is not None:
        customer = acting.lookups.customer(asked.id)
        if customer.customer_type != kind:
            message = f"{kind}.id: {asked.id!r} is a customer of the kind {customer.customer_type}."
            raise PennylaneError("pennylane_input_refused", message)
        calls = acting.lookups.client.calls
        update(calls, f"{path}/{customer.id}", body, f"customer {asked.id}", repeats=True)
        return customer.source_id, None
    reference = acting.reference(asked, kind)
    return reference, _created(acting, _Kind(Customer, "customers", path), body, reference).created


def _company_body(asked: CompanyInput) -> dict[str, Any]:
    return _customer_body(asked) | filled(
        {
            "name": asked.name,
            "reg_no": asked.registration_number,
            "recipient": asked.recipient,
            "vat_number": asked.vat_number,
        }
    )


def _customer_body(asked: CompanyInput | IndividualInput) -> dict[str, Any]:
    account = asked.plan_item.number if asked.plan_item is not None else None
    return filled(
        {
            "billing_address": _address(asked.billing_address),
            "delivery_address": _whole_address(asked.delivery_address, "deliveryAddress"),
            "emails": list(asked.emails) or None,
            "phone": asked.phone,
            "reference": asked.reference,
            "notes": asked.notes,
            "payment_conditions": asked.payment_condition,
            "billing_iban": asked.iban,
            "ledger_account": {"number": account} if account else None,
        }
    )


@dataclass(frozen=True, slots=True)
class _Kind:
    """What is created: how it is read, where it is listed, and where it is posted."""

    resource: type[Customer | Product | Supplier]
    collection: str
    path: str


_PRODUCTS = _Kind(Product, "products", "/products")
_SUPPLIERS = _Kind(Supplier, "suppliers", "/suppliers")


def _created(acting: Acting, kind: _Kind, body: dict[str, Any], reference: str) -> Made:
    client = acting.lookups.client

    def find() -> int | None:
        found = client.find(kind.resource, kind.collection, Filter("external_reference", "eq", reference))
        return found[0].id if found else None

    sent = body | {"external_reference": reference}
    what = f"{kind.resource.__name__} {reference}"
    return create(client.calls, Creation(what=what, path=kind.path, body=sent, find=find))


def _delay_of(acting: Acting, asked: SupplierInput) -> int | None:
    """Give the days that a payment condition stands for; `custom` names none."""
    condition = asked.payment_condition
    if condition is None:
        return None
    if condition == "custom":
        acting.leave_out("", asked, "payment_condition")
        return None
    return 0 if condition == "upon_receipt" else int(condition.removesuffix("_days"))


def _address(address: AddressInput) -> dict[str, str]:
    return {
        "address": address.street,
        "postal_code": address.postal_code,
        "city": address.city,
        "country_alpha2": address.country_code,
    }


def _whole_address(address: MaybeAddressInput | None, name: str) -> dict[str, str] | None:
    """Give an address of which Pennylane wants all four parts or none."""
    if address is None or not any((address.street, address.postal_code, address.city, address.country_code)):
        return None
    if not all((address.street, address.postal_code, address.city, address.country_code)):
        raise PennylaneError(
            "pennylane_input_refused", f"{name}: give street, postalCode, city and countryCode, or none of them."
        )
    return {
        "address": str(address.street),
        "postal_code": str(address.postal_code),
        "city": str(address.city),
        "country_alpha2": str(address.country_code),
    }
