"""Pennylane's resources as API v2 gives them: money is exact, days are dates, nested collections are links.

A key that is not named here is passed over, since Pennylane may add some; one that is named and cannot be read spoils
the answer. Source: pennylane sheet, section 5.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _exact(value: Any) -> Any:
    """Let a number in as text or as an exact number, never as a binary float."""
    if isinstance(value, float):
        raise ValueError("a number has to be text, or read exactly")  # noqa: TRY004 - pydantic collects ValueErrors
    return value


Amount = Annotated[Decimal, BeforeValidator(_exact), Field(allow_inf_nan=False, max_digits=40)]
"""Money or a quantity: `"230.32"` on the wire. Source: pennylane sheet, section 5, "Common rules"."""

Day = date
"""A business day; named apart, since resources have a key `date`."""


class Resource(BaseModel):
    """What is common to all: frozen, and open to keys that come later."""

    model_config = ConfigDict(frozen=True, extra="ignore", coerce_numbers_to_str=False)


class Link(Resource):
    """Where a nested collection lies; it takes a second GET."""

    url: str


class ResourceReference(Resource):
    """Another resource, by its v2 id."""

    id: int


class Address(Resource):
    """A postal address."""

    address: str | None = None
    postal_code: str | None = None
    city: str | None = None
    country_alpha2: str | None = None


class LedgerAccount(Resource):
    """An account of the books; a reference often holds its id alone."""

    id: int | None = None
    number: str | None = None
    label: str | None = None
    vat_rate: str | None = None
    country_alpha2: str | None = None
    enabled: bool | None = None


class Customer(Resource):
    """A customer. `customer_type` is `company` or `individual`; the latter has first and last name.

    `source_id` is what API v1 called so: `external_reference`, else the id. Source: pennylane sheet, sections 1 and 9.
    """

    id: int
    customer_type: str = "company"
    name: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    external_reference: str | None = None
    reference: str | None = None
    emails: tuple[str, ...] = ()
    phone: str | None = None
    notes: str | None = None
    recipient: str | None = None
    vat_number: str | None = None
    reg_no: str | None = None
    payment_conditions: str | None = None
    billing_iban: str | None = None
    billing_language: str | None = None
    billing_address: Address | None = None
    delivery_address: Address | None = None
    ledger_account: LedgerAccount | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def source_id(self) -> str:
        """The id that Ledgerpost's users and API v1 know the customer by."""
        return self.external_reference or str(self.id)


class Product(Resource):
    """A product with its one price. `price` includes tax."""

    id: int
    label: str
    external_reference: str | None = None
    reference: str | None = None
    description: str | None = None
    unit: str | None = None
    price_before_tax: Amount | None = None
    price: Amount | None = None
    vat_rate: str | None = None
    currency: str | None = None
    ledger_account: LedgerAccount | None = None
    archived_at: datetime | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def source_id(self) -> str:
        """The id that Ledgerpost's users and API v1 know the product by."""
        return self.external_reference or str(self.id)


class Supplier(Resource):
    """A supplier."""

    id: int
    name: str
    external_reference: str | None = None
    reg_no: str | None = None
    establishment_no: str | None = None
    vat_number: str | None = None
    emails: tuple[str, ...] = ()
    iban: str | None = None
    postal_address: Address | None = None
    ledger_account: LedgerAccount | None = None
    supplier_payment_method: str | None = None
    supplier_due_date_delay: int | None = None
    supplier_due_date_rule: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def source_id(self) -> str:
        """The id that Ledgerpost's users and API v1 know the supplier by."""
        return self.external_reference or str(self.id)


class CategoryGroup(Resource):
    """A group of categories; read-only in API v2."""

    id: int
    label: str


class Category(Resource):
    """An analytical category. `direction` is cash_in or cash_out; `weight` stands where it tags an invoice."""

    id: int
    label: str
    direction: str | None = None
    weight: Amount | None = None
    category_group: CategoryGroup | ResourceReference | None = None
    analytical_code: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class Caller(Resource):
    """Whose token it is: `GET /me`. Source: pennylane sheet, section 2."""

    company: dict[str, Any] | None = None
    scopes: tuple[str, ...] = ()
