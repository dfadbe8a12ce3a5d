"""A formula in the language of the `rule-engine` library, cut down to what a mapping needs (port Formula).

The library parses and evaluates; it never uses `eval`. What could take without bound (comprehensions, powers, shifts,
its own regular expressions, sets and mappings) or reads a clock or a random number is refused before it is parsed, by
a list of the tokens that are taken. Values are those of `domain/formula.py`: no Python object is ever in reach.
"""

import decimal
import re
from functools import partial
from typing import Any

import rule_engine
from rule_engine import errors as engine_errors

from ledgerpost.domain.formula import FormulaFault, LookUpNeeded, Scope, Value, result_of
from ledgerpost.domain.formula_functions import FUNCTIONS

FORMULA_LENGTH_MAX = 1000
TOKENS_MAX = 150
"""Tokens of a formula. It bounds the depth of its tree, and with the length of a text the work of evaluating it."""

_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\n]+)
  | (?P<string>r?"(?:[^"\\\n]|\\[^\n])*"|r?'(?:[^'\\\n]|\\[^\n])*')
  | (?P<number>[0-9]{1,30}(?:\.[0-9]{1,30})?)
  | (?P<name>\$?[A-Za-z][A-Za-z0-9_]*)
  | (?P<operator>\?\?|&\.|[=!]=|[<>]=?(?![<>=])|\*(?!\*)|/(?!/)|[-+%?:.,()])
    """,
    re.VERBOSE,
)
_WORDS = ("string", "number", "name")
_REFUSED_WORDS = frozenset({"for", "if", "elif", "else", "while", "inf", "nan"})

_TEXT_ATTRIBUTES = frozenset({"as_lower", "as_upper", "length", "starts_with", "ends_with", "is_empty"})

_EXACT = decimal.Context(
    prec=60,
    Emin=-99,
    Emax=99,
    rounding=decimal.ROUND_HALF_EVEN,
    traps=[decimal.Inexact, decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow],
)
"""Arithmetic either gives every digit or fails: what has to be rounded says so, with $round or $divide."""


class _Context(rule_engine.Context):  # type: ignore[misc]
    """Resolves names in a Scope: fields and functions that are ours, and nothing else."""

    def __init__(self) -> None:
        super().__init__(default_timezone="utc", decimal_context=_EXACT, mapping_attribute_lookup=False)

    def resolve(self, thing: Any, name: str, scope: str | None = None) -> Any:
        if scope is not None:
            return partial(FUNCTIONS[name].call, thing)
        return thing.value(name)

    def resolve_type(self, name: str, scope: str | None = None) -> Any:
        if scope is None:
            return rule_engine.DataType.UNDEFINED
        function = FUNCTIONS.get(name)
        if function is None:
            raise FormulaFault("formula_invalid", f"There is no function ${name}.")
        anything = rule_engine.DataType.UNDEFINED
        return rule_engine.DataType.FUNCTION(
            name,
            return_type=anything,
            argument_types=(anything,) * function.arguments_max,
            minimum_arguments=function.arguments_min,
        )

    def resolve_attribute(self, thing: Any, object_: Any, name: str) -> Any:
        if isinstance(object_, Scope):
            return object_.value(name)
        if object_ is None:
            raise FormulaFault("formula_failed", f".{name} is asked of null; write &.{name} where it may be null.")
        if isinstance(object_, str) and name in _TEXT_ATTRIBUTES:
            return super().resolve_attribute(thing, object_, name)
        raise FormulaFault("formula_failed", f".{name} is asked of a value that has no such property.")


class RuleEngineFormula:
    """A formula that the library compiled."""

    def __init__(self, text: str) -> None:
        """Raises FormulaFault(formula_invalid) for what cannot be read."""
        _check_tokens(text)
        self._text = text
        try:
            with decimal.localcontext(_EXACT):
                self._rule = rule_engine.Rule(text, _Context())
        except FormulaFault as fault:
            raise FormulaFault("formula_invalid", fault.message, _place_of_name(text, fault.message)) from None
        except (engine_errors.EngineError, ArithmeticError, TypeError, RecursionError) as error:
            raise FormulaFault("formula_invalid", _sentence(error), _position_of(error, text)) from None

    def evaluate(self, scope: Scope) -> Value:
        """Give the value (port Formula)."""
        try:
            value = self._rule.evaluate(scope)
        except engine_errors.FunctionCallError as error:
            raise self._of_function(error) from None
        except (engine_errors.EngineError, ArithmeticError, TypeError, RecursionError) as error:
            raise FormulaFault("formula_failed", _sentence(error), _position_of(error, self._text)) from None
        return result_of(value)

    def _of_function(self, error: engine_errors.FunctionCallError) -> Exception:
        inner = error.error
        if isinstance(inner, LookUpNeeded):
            return inner
        position = self._text.find(f"${error.function_name}") + 1
        if isinstance(inner, FormulaFault):
            return FormulaFault(inner.code, inner.message, position)
        return FormulaFault("formula_failed", _sentence(error), position)


def _check_tokens(text: str) -> None:
    """Raise FormulaFault(formula_invalid) for a formula that is too long or holds what is not taken."""
    if len(text) > FORMULA_LENGTH_MAX:
        raise FormulaFault("formula_invalid", f"The formula has more than {FORMULA_LENGTH_MAX} characters.")
    place, before, count = 0, "", 0
    while place < len(text):
        token = _TOKEN.match(text, place)
        kind = token.lastgroup if token else None
        if token is None or (before in _WORDS and kind in _WORDS) or token.group() in _REFUSED_WORDS:
            raise FormulaFault("formula_invalid", "This is not taken in a formula.", place + 1)
        count += kind != "space"
        place, before = token.end(), str(kind)
    if not 0 < count <= TOKENS_MAX:
        message = f"A formula has 1 to {TOKENS_MAX} names, values and signs; this one has {count}."
        raise FormulaFault("formula_invalid", message)


def _sentence(error: Exception) -> str:
    """Say what went wrong in the library's words; they quote the formula at most, never a value."""
    match error:
        case engine_errors.SyntaxError():
            return "The formula cannot be read here."
        case engine_errors.ArithmeticError() | decimal.Inexact():
            return "The arithmetic has no exact result; write $divide or $round where digits may go."
        case engine_errors.EngineError():
            return f"The formula fails: {error.message}."
        case ArithmeticError():
            return "The arithmetic has no result."
        case RecursionError():
            return "The formula is nested too deeply."
        case _:
            return "The formula mixes values that do not fit together."


def _position_of(error: Exception, text: str) -> int:
    token = getattr(error, "token", None)
    if token is not None:
        return int(token.lexpos) + 1
    if isinstance(error, engine_errors.SyntaxError):
        return len(text) + 1
    return 0


def _place_of_name(text: str, message: str) -> int:
    name = re.search(r"\$[A-Za-z][A-Za-z0-9_]*", message)
    return text.find(name.group()) + 1 if name else 0
