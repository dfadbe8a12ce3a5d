"""A mapping collection as it is written: its keys, their forms and what is expected of them.

Source: seed 004, the columns of its mapping tables. Each field's description completes the sentence "Expected …".
"""

from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from ledgerpost.domain.collection_document import FORMS
from ledgerpost.domain.entity import PROPERTY_NAME
from ledgerpost.domain.event import EventKind
from ledgerpost.wire.configuration_model import Id, PropertyName

PROSE_LENGTH_MAX = 2000
FORMULA_EXPECTED = "text of a formula, 1 to 1000 characters"
NAME_EXPECTED = "the name of a property, such as TransactionNumber"
PROSE_EXPECTED = f"text of at most {PROSE_LENGTH_MAX} characters"

ROW_TYPES = ("Static", "Field", "Dynamic Formula")
IMPORTANCES = ("required", "recommended", "optional")
KINDS = (EventKind.SALES_ORDER.value, EventKind.SALE_DOCUMENT.value)
"""The kinds of transaction that a collection can be for."""


def _constant(value: Any) -> Any:
    """Take text, true, false, null or a number; a fraction of JSON or YAML is a float here and no exact number."""
    if isinstance(value, float):
        raise PydanticCustomError("form", "a fraction")
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else value


Constant = Annotated[bool | str | Decimal | None, BeforeValidator(_constant)]
Prose = Annotated[str, Field(max_length=PROSE_LENGTH_MAX)]
FormulaText = Annotated[str, Field(min_length=1, max_length=1000)]

_OWN_KEY = {"Static": "value", "Field": "source", "Dynamic Formula": "formula"}


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class OverrideDocument(_Strict):
    """What a route has instead of a row of a shipped collection."""

    type: Literal["Static", "Field", "Dynamic Formula"] = Field(description=" or ".join(ROW_TYPES))
    value: Constant = Field(
        default=None, description="text, a whole number, true or false; a fraction stands in quotes; only of a Static"
    )
    custom: bool | None = Field(default=None, description="true where the source is a custom field; only of a Field")
    source: Annotated[str, Field(min_length=1, max_length=100)] | None = Field(
        default=None, validate_default=True, description=f"{NAME_EXPECTED}, or of a custom field; only of a Field"
    )
    formula: FormulaText | None = Field(
        default=None, validate_default=True, description=f"{FORMULA_EXPECTED}; only of a Dynamic Formula"
    )

    @field_validator("source")
    @classmethod
    def _is_a_property(cls, value: str | None, info: ValidationInfo) -> str | None:
        """A custom field may have any name; a property has the form of one."""
        if value is not None and not info.data.get("custom") and not PROPERTY_NAME.fullmatch(value):
            raise PydanticCustomError("form", "no property")
        if value is not None and (not value.strip() or not value.isprintable()):
            raise PydanticCustomError("form", "no name")
        return value

    @field_validator("value", "source", "custom", "formula")
    @classmethod
    def _belongs_to_the_type(cls, value: Any, info: ValidationInfo) -> Any:
        type_ = info.data.get("type")
        own = _OWN_KEY.get(str(type_))
        if type_ is None or info.field_name is None:
            return value
        if info.field_name == own and own != "value" and value is None:
            raise PydanticCustomError("missing", "A row of this type needs it.")
        is_own = info.field_name == own or (info.field_name == "custom" and own == "source")
        if value is not None and not is_own:
            raise PydanticCustomError("form", "of another type")
        return value


class RowDocument(OverrideDocument):
    """One destination and where its value comes from."""

    destination: PropertyName = Field(description="the name of a destination, such as CustomerId")
    importance: Literal["required", "recommended", "optional"] = Field(
        default="optional", description=" or ".join(IMPORTANCES)
    )
    original: Prose = Field(default="", description=PROSE_EXPECTED)
    description: Prose = Field(default="", description=PROSE_EXPECTED)
    placeholder: Prose = Field(default="", description=PROSE_EXPECTED)


class FilterDocument(_Strict):
    """Which records a collection takes."""

    formula: FormulaText = Field(description=FORMULA_EXPECTED)
    original: Prose = Field(default="", description=PROSE_EXPECTED)
    description: Prose = Field(default="", description=PROSE_EXPECTED)


class ChildDocument(_Strict):
    """Rows for the records inside a transaction."""

    name: Id = Field(description="the name of a child collection, such as Lines")
    records: PropertyName = Field(description="the property of the transaction that holds the records as a list")
    title: Prose = Field(default="", description=PROSE_EXPECTED)
    description: Prose = Field(default="", description=PROSE_EXPECTED)
    filter: FilterDocument | None = Field(default=None, description="an object with a formula")
    rows: list[RowDocument] = Field(min_length=1, max_length=100, description="a list of 1 to 100 rows")


class CollectionDocument(_Strict):
    """A whole collection."""

    name: Id = Field(description="text of 1 to 64 letters, digits, dots, dashes or underscores")
    kind: Literal["SalesOrder", "SaleDocument"] = Field(description=" or ".join(KINDS))
    form: str = Field(description=f"the form of document: {' or '.join(FORMS)}")
    reference: PropertyName = Field(default="Id", description=NAME_EXPECTED)
    amount: PropertyName = Field(default="Total", description=NAME_EXPECTED)
    title: Prose = Field(default="", description=PROSE_EXPECTED)
    description: Prose = Field(default="", description=PROSE_EXPECTED)
    filter: FilterDocument | None = Field(default=None, description="an object with a formula")
    rows: list[RowDocument] = Field(min_length=1, max_length=100, description="a list of 1 to 100 rows")
    children: list[ChildDocument] = Field(
        default_factory=list, max_length=20, description="a list of at most 20 child collections"
    )

    @field_validator("form")
    @classmethod
    def _is_known(cls, value: str) -> str:
        if value not in FORMS:
            raise PydanticCustomError("form", "no form")
        return value


class UsedCollectionDocument(_Strict):
    """A shipped collection, with what the route has instead of some of its rows."""

    use: str = Field(description="the name of a shipped collection")
    overrides: dict[str, OverrideDocument | None] | None = Field(
        default=None,
        max_length=200,
        description="an object of rows by their destination, such as FinancialTerms or Payments.PaymentMethod; null "
        "leaves the row out",
    )
