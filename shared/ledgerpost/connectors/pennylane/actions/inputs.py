"""The inputs of the sixteen actions, keys and required marks as the seed has them; a key it does not have is refused.

Where the seed spells one thing in two ways, both are taken everywhere: `paymentCondition` and `paymentConditions`,
`transactionReference` and `transactionsReference`, `planLineNumber` and `planItemNumber`, `VATnumber` and `vatNumber`,
`source_id` and `id` of a customer, and `gocardless_direct-debit` beside the value that the API has.

Source: seed 002; pennylane sheet, section 9.
"""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from ledgerpost.connectors.pennylane.problems import PennylaneError

FLOAT_DIGITS_MAX = 15
"""Digits that a binary float, as Lambda's own reader makes it, carries without loss."""


DAY_LENGTH = len("2020-01-01")


class Input(BaseModel):
    """What is common to all inputs: closed, camelCase."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel)


def _text(value: Any) -> Any:
    """Take a number for text where the seed's own examples do: `"phone": 33642424242`."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value.strip() if isinstance(value, str) else value


def _maybe_text(value: Any) -> Any:
    """Take a blank for nothing: workflows send every key they know."""
    return _text(value) or None


def _exact(value: Any) -> Any:
    """Take a number exactly: text, int, Decimal, or a float that surely is the number that was written."""
    if isinstance(value, bool) or value is None:
        raise ValueError("a number is expected")
    if isinstance(value, float):
        number = Decimal(repr(value))
        if len(number.as_tuple().digits) > FLOAT_DIGITS_MAX:
            raise ValueError("the number has too many digits; give it as text")
        return number
    try:
        return Decimal(value.strip() if isinstance(value, str) else value)
    except (InvalidOperation, TypeError, ValueError):
        raise ValueError("a decimal number is expected") from None


def _blank_is_none(value: Any) -> Any:
    return None if value == "" else value


def _day(value: Any) -> Any:
    """Take a day as the seed asks for it: year-month-day with the separator "-"."""
    if value in ("", None):
        return None
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or len(value.strip()) != DAY_LENGTH:
        raise ValueError("a day is written YYYY-MM-DD")
    return value.strip()


Text = Annotated[str, BeforeValidator(_text), Field(min_length=1, max_length=20_000)]
MaybeText = Annotated[Annotated[str, Field(max_length=20_000)] | None, BeforeValidator(_maybe_text)]
Number = Annotated[Decimal, BeforeValidator(_exact), Field(allow_inf_nan=False, max_digits=21, decimal_places=6)]
MaybeNumber = Annotated[Number | None, BeforeValidator(_blank_is_none)]
MaybeInteger = Annotated[int | None, BeforeValidator(_blank_is_none)]
MaybeFlag = Annotated[bool | None, BeforeValidator(_blank_is_none)]
Day = Annotated[date, BeforeValidator(_day)]
MaybeDay = Annotated[date | None, BeforeValidator(_day)]
PaymentCondition = Annotated[
    Literal["upon_receipt", "custom", "15_days", "30_days", "45_days", "60_days"] | None,
    BeforeValidator(_blank_is_none),
]


def _listed(value: Any) -> Any:
    """Take one value for a list of one."""
    return [value] if isinstance(value, str | int) and value != "" else value or []


Ids = Annotated[tuple[Text, ...], BeforeValidator(_listed)]


class ListInput(Input):
    """List products, customers or suppliers."""

    id: Ids = ()
    page: Annotated[int, Field(ge=1)] = 1
    extract_in_marjory_file: bool = False


class ListCategoriesInput(ListInput):
    """List categories; `sort` names attributes separated by commas, `-` before one turns it round."""

    per_page: Annotated[int, Field(ge=1, le=100)] = 20
    sort: MaybeText = None


class ListFilteredInput(Input):
    """List billing subscriptions or estimates. Each filter is text: `field:operator:value`, or the JSON of one."""

    id: Ids = ()
    page: Annotated[int, Field(ge=1)] = 1
    filter: Annotated[tuple[str | dict[str, Any], ...], BeforeValidator(_listed)] = ()


class ListInvoicesInput(Input):
    """List invoices. With `id` the other fields are not to be filled."""

    id: MaybeText = None
    page: Annotated[int, Field(ge=1)] = 1
    per_page: Annotated[int, Field(ge=1, le=100)] = 20
    filter: Annotated[tuple[dict[str, Any] | str, ...], BeforeValidator(_listed)] = ()
    extract_in_marjory_file: bool = False


class ProductInput(Input):
    """Create or update a product. `vatRate` is one of Pennylane's codes: FR_200 is 20 % in France."""

    id: MaybeText = None
    label: Text
    unit: Text
    description: MaybeText = None
    price_without_tax: Number
    price_with_tax: MaybeNumber = None
    vat_rate: Text
    currency: Text
    reference: MaybeText = None
    substance: Annotated[Literal["services", "goods"] | None, BeforeValidator(_blank_is_none)] = None


class AddressInput(Input):
    """An address of which every part has to be there."""

    street: Text
    postal_code: Text
    city: Text
    country_code: Text


class MaybeAddressInput(Input):
    """An address of which the seed requires no part."""

    street: MaybeText = None
    postal_code: MaybeText = None
    city: MaybeText = None
    country_code: MaybeText = None


class SupplierInput(Input):
    """Create or update a supplier."""

    id: MaybeText = None
    company_name: Text
    registration_number: MaybeText = None
    recipient: MaybeText = None
    billing_address: MaybeAddressInput | None = None
    emails: tuple[Text, ...] = ()
    iban: MaybeText = None
    vat_number: MaybeText = Field(None, validation_alias=AliasChoices("vatNumber", "VATnumber"))
    payment_condition: PaymentCondition = Field(
        None, validation_alias=AliasChoices("paymentCondition", "paymentConditions")
    )
    phone: MaybeText = None
    reference: MaybeText = None
    notes: MaybeText = None


class PlanItemInput(Input):
    """The account of a customer in the books; API v2 takes its number alone."""

    number: MaybeText = None
    label: MaybeText = None
    enabled: MaybeFlag = None
    vat_rate: MaybeText = None
    description: MaybeText = None
    country_code: MaybeText = None


class _CustomerInput(Input):
    id: MaybeText = None
    billing_address: AddressInput
    emails: tuple[Text, ...] = ()
    iban: MaybeText = None
    delivery_address: MaybeAddressInput | None = None
    payment_condition: PaymentCondition = Field(
        None, validation_alias=AliasChoices("paymentCondition", "paymentConditions")
    )
    phone: MaybeText = None
    reference: MaybeText = None
    notes: MaybeText = None
    plan_item: PlanItemInput | None = None

    @model_validator(mode="after")
    def _number_for_an_update(self) -> "_CustomerInput":
        if self.id is not None and self.plan_item is not None and self.plan_item.number is None:
            raise ValueError("planItem.number is required for an update")
        return self


class CompanyInput(_CustomerInput):
    """A company."""

    name: Text
    registration_number: MaybeText = None
    recipient: MaybeText = None
    vat_number: MaybeText = Field(None, validation_alias=AliasChoices("VATnumber", "vatNumber"))


class IndividualInput(_CustomerInput):
    """A person."""

    first_name: Text
    last_name: Text
    gender: Annotated[Literal["mister", "madam"] | None, BeforeValidator(_blank_is_none)] = None


class CustomerInput(Input):
    """Create or update a company, an individual, or one of each."""

    company: CompanyInput | None = None
    individual: IndividualInput | None = None

    @model_validator(mode="after")
    def _one_at_least(self) -> "CustomerInput":
        if self.company is None and self.individual is None:
            raise ValueError("company or individual is required")
        return self


class CategoryInput(Input):
    """Create or update a category."""

    id: MaybeText = None
    group_source_id: Text
    group_label: Text
    label: Text
    direction: Annotated[Literal["cash_in", "cash_out"] | None, BeforeValidator(_blank_is_none)] = None
    is_editable: MaybeFlag = None


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
    language: Annotated[Literal["fr_FR", "en_GB"] | None, BeforeValidator(_blank_is_none)] = None
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
    day_of_month: Annotated[int | None, BeforeValidator(_blank_is_none), Field(ge=1, le=31)] = None
    day_of_week: Annotated[int | None, BeforeValidator(_blank_is_none), Field(ge=0, le=7)] = None
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


Model = TypeVar("Model", bound=Input)
ERRORS_SHOWN = 5


def read_input(model: type[Model], document: Any) -> Model:
    """Read an input. Raises PennylaneError(pennylane_input_refused) naming each culprit, never its value."""
    try:
        return model.model_validate({} if document is None else document)
    except ValidationError as error:
        found = error.errors(include_input=False, include_url=False, include_context=False)
        told = "; ".join(
            f"{'.'.join(str(part) for part in each['loc']) or 'input'}: {each['msg']}" for each in found[:ERRORS_SHOWN]
        )
        more = f"; and {len(found) - ERRORS_SHOWN} more" if len(found) > ERRORS_SHOWN else ""
        raise PennylaneError("pennylane_input_refused", f"{told}{more}.") from None
