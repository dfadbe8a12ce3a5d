"""What the inputs of the sixteen actions have in common: how a value is read, and how a refused one is told.

The actions' own inputs are in `inputs_lists.py`, `inputs_masters.py` and `inputs_documents.py`, keys and required marks
as the seed has them; a key it does not have is refused. Where the seed spells one thing in two ways, both are taken
everywhere: `paymentCondition` and `paymentConditions`, `transactionReference` and `transactionsReference`,
`planLineNumber` and `planItemNumber`, `VATnumber` and `vatNumber`, `source_id` and `id` of a customer, and
`gocardless_direct-debit` beside the value that the API has.

Source: seed 002; pennylane sheet, section 9.
"""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
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


def blank_is_none(value: Any) -> Any:
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
MaybeNumber = Annotated[Number | None, BeforeValidator(blank_is_none)]
MaybeInteger = Annotated[int | None, BeforeValidator(blank_is_none)]
MaybeFlag = Annotated[bool | None, BeforeValidator(blank_is_none)]
Day = Annotated[date, BeforeValidator(_day)]
MaybeDay = Annotated[date | None, BeforeValidator(_day)]
PaymentCondition = Annotated[
    Literal["upon_receipt", "custom", "15_days", "30_days", "45_days", "60_days"] | None,
    BeforeValidator(blank_is_none),
]


def listed(value: Any) -> Any:
    """Take one value for a list of one."""
    return [value] if isinstance(value, str | int) and value != "" else value or []


Ids = Annotated[tuple[Text, ...], BeforeValidator(listed)]

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
