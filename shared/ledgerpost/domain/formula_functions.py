"""The functions that a formula may call. Each is pure: a look-up is answered from what the scope already knows."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import lru_cache

from ledgerpost.domain.entity import text_of
from ledgerpost.domain.formula import FormulaFault, LookUpNeeded, Scope, Value, is_blank
from ledgerpost.domain.look_up import Absent, Ambiguous, LookedUp, LookUp, LookUpName
from ledgerpost.domain.pattern import BoundedPattern, PatternError

PLACES_MAX = 12
_WIDE = Context(prec=120, rounding=ROUND_HALF_EVEN, traps=[])
"""Digits enough that a quotient of two formula numbers, rounded to 12 places, is in effect rounded once."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function and how many arguments it takes."""

    call: Callable[..., Value]
    arguments_min: int
    arguments_max: int


def _text(_: Scope, value: Value) -> Value:
    return text_of(value)


def _is_blank(_: Scope, value: Value) -> Value:
    return is_blank(value)


def _is_match(_: Scope, value: Value, pattern: Value) -> Value:
    if not isinstance(pattern, str):
        raise FormulaFault("formula_failed", "The pattern of $isMatch is no text.")
    if value is None:
        return False
    try:
        return _pattern(pattern).matches(text_of(value))
    except PatternError as refused:
        raise FormulaFault("formula_too_large", f"$isMatch: {refused}") from None


@lru_cache(maxsize=256)
def _pattern(text: str) -> BoundedPattern:
    return BoundedPattern(text)


def _custom_field(scope: Scope, name: Value) -> Value:
    if not isinstance(name, str):
        raise FormulaFault("formula_failed", "The name that $customField is given is no text.")
    return scope.custom_field(name)


def _round(_: Scope, value: Value, places: Value) -> Value:
    if value is None:
        return None
    return _rounded(_number(value, "$round"), places, "$round")


def _divide(_: Scope, dividend: Value, divisor: Value, places: Value) -> Value:
    if dividend is None or divisor is None:
        return None
    left, right = _number(dividend, "$divide"), _number(divisor, "$divide")
    if not right:
        raise FormulaFault("formula_failed", "$divide: division by zero.")
    return _rounded(_WIDE.divide(left, right), places, "$divide")


def _number(value: Value, name: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, Decimal):
        raise FormulaFault("formula_failed", f"{name} takes a number.")
    return value


def _rounded(number: Decimal, places: Value, name: str) -> Decimal:
    count = _number(places, name)
    if count != count.to_integral_value() or not 0 <= count <= PLACES_MAX:
        raise FormulaFault("formula_failed", f"{name} rounds to 0 to {PLACES_MAX} places.")
    return number.quantize(Decimal((0, (1,), -int(count))), context=_WIDE)


def _external_id(scope: Scope, kind: Value, source_id: Value) -> Value:
    if not isinstance(kind, str) or is_blank(kind):
        raise FormulaFault("formula_failed", "The kind that $externalId is given is no text.")
    if is_blank(source_id):
        return None
    return _one(scope, LookUp(LookUpName.EXTERNAL_ID, f"{kind}/{text_of(source_id).strip()}"))


def _customer_by_email(scope: Scope, email: Value) -> Value:
    return None if is_blank(email) else _one(scope, LookUp(LookUpName.CUSTOMER_BY_EMAIL, text_of(email).strip()))


def _stock_item_exists(scope: Scope, sku: Value) -> Value:
    if is_blank(sku):
        return False
    return _one(scope, LookUp(LookUpName.STOCK_ITEM_EXISTS, text_of(sku).strip())) is not None


def _tax_zone(scope: Scope, wanted: Value = None) -> Value:
    return _first_matching(scope, LookUp(LookUpName.TAX_ZONE), wanted)


def _tax_id(scope: Scope, wanted: Value = None) -> Value:
    return _first_matching(scope, LookUp(LookUpName.TAX_ID), wanted)


def _one(scope: Scope, look_up: LookUp) -> str | None:
    match _answer(scope, look_up):
        case LookedUp(values=(value,)):
            return value.strip() or None
        case Absent():
            return None
        case LookedUp(values=values):
            raise _ambiguous(look_up, len(values))
        case Ambiguous(count=count):
            raise _ambiguous(look_up, count)


def _ambiguous(look_up: LookUp, count: int) -> FormulaFault:
    is_customer = look_up.name == LookUpName.CUSTOMER_BY_EMAIL
    code = "customer_ambiguous" if is_customer else "look_up_ambiguous"
    return FormulaFault(code, f"The ledger has {count} answers to ${look_up.name}, where one is needed.")


def _first_matching(scope: Scope, look_up: LookUp, wanted: Value) -> str | None:
    """Give the first value that is what the source names, else the first available one. Source: seed 004,
    "Returns the first matching or first available tax zone"; what it is matched with is ours.
    """
    match _answer(scope, look_up):
        case LookedUp(values=values):
            folded = text_of(wanted).strip().casefold()
            return next((value for value in values if value.strip().casefold() == folded), values[0])
        case Absent():
            return None
        case Ambiguous(count=count):
            raise _ambiguous(look_up, count)


def _answer(scope: Scope, look_up: LookUp) -> LookedUp | Absent | Ambiguous:
    answer = scope.answers.get(look_up)
    if answer is None:
        raise LookUpNeeded(look_up)
    return answer


FUNCTIONS = {
    "text": Function(_text, 1, 1),
    "isBlank": Function(_is_blank, 1, 1),
    "isMatch": Function(_is_match, 2, 2),
    "customField": Function(_custom_field, 1, 1),
    "round": Function(_round, 2, 2),
    "divide": Function(_divide, 3, 3),
    "externalId": Function(_external_id, 2, 2),
    "customerByEmail": Function(_customer_by_email, 1, 1),
    "stockItemExists": Function(_stock_item_exists, 1, 1),
    "taxZone": Function(_tax_zone, 0, 1),
    "taxId": Function(_tax_id, 0, 1),
}
"""What stands behind `$text(…)` and so on; docs/mapping-collections.md says what each gives."""

LOOK_UP_FUNCTIONS = frozenset(str(name) for name in LookUpName)
