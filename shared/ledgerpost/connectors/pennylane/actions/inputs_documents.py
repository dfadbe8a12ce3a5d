"""The inputs of the actions on invoices, estimates and billing subscriptions.

Source: seed 002; pennylane sheet, section 9.
"""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AliasChoices, BeforeValidator, Field, model_validator

from ledgerpost.connectors.pennylane.actions.inputs import (
    Day,
    Input,
    MaybeDay,
    MaybeFlag,
    MaybeInteger,
    MaybeNumber,
    MaybeText,
    Number,
    Text,
    blank_is_none,
)


class TransactionReferenceInput(Input):
    """What a payment is recognised by; Pennylane matches Stripe and invoice_number alone."""

    banking_provider: Text
    provider_field_name: Text
    provider_field_value: Text


class ProductIdInput(Input):
    """A product, by the id it is listed under."""

    id: Text


class SectionInput(Input):
    """A section of lines. `rank` counts up from 1."""

    title: MaybeText = None
    description: MaybeText = None
    rank: MaybeInteger = None


class LineInput(Input):
    """A line of an invoice or a subscription; what it does not say is the product's."""

    label: MaybeText = None
    quantity: Number
    section_rank: MaybeInteger = None
    plan_item_number: MaybeText = Field(None, validation_alias=AliasChoices("planItemNumber", "planLineNumber"))
    product: ProductIdInput


class CategoryWeightInput(Input):
    """A category of an invoice: `weight` (0.8 is 80 %) or `amount` in the invoice's currency.

    The other keys are those of a listed category, so that one can be handed on; they change nothing.
    """

    id: Text
    weight: MaybeNumber = None
    amount: MaybeNumber = None
    label: MaybeText = None
    direction: MaybeText = None
    created_at: MaybeText = None
    updated_at: MaybeText = None

    @model_validator(mode="after")
    def _one_of_both(self) -> "CategoryWeightInput":
        if self.weight is None and self.amount is None:
            raise ValueError("weight or amount is required")
        return self


class CustomerIdInput(Input):
    """A customer, by the id it is listed under."""

    source_id: Text = Field(validation_alias=AliasChoices("source_id", "sourceId", "id"))


class InvoiceInput(Input):
    """Create an invoice. Once created, a finalized one (`draft` false) cannot be edited."""

    date: Day
    deadline: Day
    draft: bool
    pdf_invoice_free_text: MaybeText = None
    pdf_invoice_subject: MaybeText = None
    currency: MaybeText = None
    special_mention: MaybeText = None
    discount: MaybeNumber = None
    language: Annotated[Literal["fr_FR", "en_GB"] | None, BeforeValidator(blank_is_none)] = None
    transaction_reference: TransactionReferenceInput | None = Field(
        None, validation_alias=AliasChoices("transactionReference", "transactionsReference")
    )
    customer: CustomerIdInput
    line_items_sections_attributes: tuple[SectionInput, ...] = ()
    line_items: Annotated[tuple[LineInput, ...], Field(min_length=1)]
    categories: tuple[CategoryWeightInput, ...] = ()


class UpdateInvoiceInput(Input):
    """Bring an invoice's lines, categories and transaction reference to what is asked."""

    id: Text
    transaction_reference: TransactionReferenceInput = Field(
        validation_alias=AliasChoices("transactionsReference", "transactionReference")
    )
    line_items: Annotated[tuple[LineInput, ...], Field(min_length=1)]
    categories: tuple[CategoryWeightInput, ...]


class EstimateLineInput(Input):
    """A line of an estimate. The seed gives `key`, `description` and `rank`; read as the product's id, the line's own
    description and the rank of its section. The keys of an invoice's line are taken too.
    """

    key: MaybeText = None
    description: MaybeText = None
    rank: MaybeInteger = Field(None, validation_alias=AliasChoices("rank", "sectionRank"))
    label: MaybeText = None
    quantity: Number = Decimal(1)
    unit: MaybeText = None
    vat_rate: MaybeText = None
    price_without_tax: MaybeNumber = None
    product: ProductIdInput | None = None

    @property
    def product_id(self) -> str | None:
        """The product's id, from either key."""
        return self.product.id if self.product is not None else self.key


class EstimateInput(Input):
    """Create an estimate, a quote in API v2. The seed marks nothing as required; Pennylane does: `date`, `deadline`,
    `customerId` and a line.
    """

    date: MaybeDay = None
    deadline: MaybeDay = None
    pdf_invoice_free_text: MaybeText = None
    pdf_invoice_subject: MaybeText = None
    special_mention: MaybeText = None
    customer_id: MaybeText = None
    line_items_sections_attributes: tuple[SectionInput, ...] = ()
    line_items: tuple[EstimateLineInput, ...] = ()


class EstimateStatusInput(Input):
    """Change the status of an estimate."""

    id: Text
    status: Literal["pending", "accepted", "denied", "invoiced", "expired"]


class RecurringRuleInput(Input):
    """How often to bill. `dayOfWeek` is 1 (Monday) to 7; 0 is Sunday too."""

    type: Literal["monthly", "weekly", "yearly"]
    day_of_month: Annotated[int | None, BeforeValidator(blank_is_none), Field(ge=1, le=31)] = None
    day_of_week: Annotated[int | None, BeforeValidator(blank_is_none), Field(ge=0, le=7)] = None
    day_of_year: MaybeInteger = None


class SubscriptionInput(Input):
    """Create or update a billing subscription."""

    id: MaybeText = None
    currency: MaybeText = None
    mode: Literal["awaiting_validation", "finalized", "email"]
    start: Day
    payment_conditions: Literal["upon_receipt", "15_days", "30_days", "45_days", "60_days"] = Field(
        validation_alias=AliasChoices("paymentConditions", "paymentCondition")
    )
    payment_method: Literal["offline", "gocardless_direct-debit", "gocardless_direct_debit"]
    recurring_rule: RecurringRuleInput
    special_mention: MaybeText = None
    customer: CustomerIdInput
    invoice_lines: Annotated[tuple[LineInput, ...], Field(min_length=1)]
    stop: MaybeFlag = None

    @model_validator(mode="after")
    def _stop_only_for_an_update(self) -> "SubscriptionInput":
        if self.stop is not None and self.id is None:
            raise ValueError("stop is only for an update")
        return self
