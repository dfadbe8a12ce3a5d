"""The inputs of the actions on products, customers, suppliers and categories.

Source: seed 002; pennylane sheet, section 9.
"""

from typing import Annotated, Literal

from pydantic import AliasChoices, BeforeValidator, Field, model_validator

from ledgerpost.connectors.pennylane.actions.inputs import (
    Input,
    MaybeFlag,
    MaybeNumber,
    MaybeText,
    Number,
    PaymentCondition,
    Text,
    blank_is_none,
)


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
    substance: Annotated[Literal["services", "goods"] | None, BeforeValidator(blank_is_none)] = None


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
    gender: Annotated[Literal["mister", "madam"] | None, BeforeValidator(blank_is_none)] = None


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
    direction: Annotated[Literal["cash_in", "cash_out"] | None, BeforeValidator(blank_is_none)] = None
    is_editable: MaybeFlag = None
