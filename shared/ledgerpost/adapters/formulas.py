"""Formulas, each text compiled once (port Formulas).

The library that compiles them is loaded with the first formula that needs it: a container without such a route never
pays for it. The simplest formulas, a field's name and one call, do without; they give the same as the library would.
"""

import re
from threading import Lock

from ledgerpost.domain.entity import PROPERTY_NAME
from ledgerpost.domain.formula import Formula, FormulaFault, Scope, Value, result_of
from ledgerpost.domain.formula_functions import FUNCTIONS
from ledgerpost.domain.pattern import BoundedPattern, PatternError

COMPILED_MAX = 2000
"""Formulas kept compiled, over all routes of a container."""

_WORDS = frozenset(
    {"true", "false", "null", "and", "or", "not", "in", "for", "if", "elif", "else", "while", "inf", "nan"}
)
"""Names that are words of the language."""

_ARGUMENT = re.compile(r'[A-Za-z][A-Za-z0-9_]*|"[^"\\\n]*"')
_UNNAMED_CUSTOM_FIELD = re.compile(r"""\$customField\b(?!\(\s*["'][^"'\\\n]*["']\s*\))""")
_MATCH_CALL = re.compile(r"""\$isMatch\(\s*[^"'()]*,\s*(?P<raw>r?)(?P<pattern>"[^"\n]*"|'[^'\n]*')\s*\)""")
"""A call whose pattern stands in the formula; one that comes from elsewhere is judged when it is used."""

_CALL = re.compile(
    rf"\$(?P<function>[A-Za-z]+)\((?P<arguments>(?:{_ARGUMENT.pattern})(?:, *(?:{_ARGUMENT.pattern}))*|)\)"
)


class RuleEngineFormulas:
    """Compiles formulas and keeps them by their text. Safe for threads."""

    def __init__(self) -> None:
        self._compiled: dict[str, Formula] = {}
        self._lock = Lock()

    def compile(self, text: str) -> Formula:
        """Give the formula (port Formulas)."""
        compiled = self._compiled.get(text)
        if compiled is None:
            _check_calls(text)
            compiled = _shortcut(text.strip()) or _compiled(text)
            with self._lock:
                if len(self._compiled) >= COMPILED_MAX:
                    del self._compiled[next(iter(self._compiled))]
                self._compiled[text] = compiled
        return compiled


def _check_calls(text: str) -> None:
    """Raise FormulaFault(formula_invalid) for a call that could only fail, or hides which field it reads.

    Which fields a collection reads is known from its text alone: the fingerprint is taken of them.
    """
    unnamed = _UNNAMED_CUSTOM_FIELD.search(text)
    if unnamed:
        message = "$customField takes the name of a custom field in quotes."
        raise FormulaFault("formula_invalid", message, unnamed.start() + 1)
    for call in _MATCH_CALL.finditer(text):
        pattern = call["pattern"][1:-1]
        if call["raw"] or "\\" not in pattern:
            try:
                BoundedPattern(pattern)
            except PatternError as refused:
                raise FormulaFault("formula_invalid", f"$isMatch: {refused}", call.start("pattern") + 1) from None


class _NameFormula:
    """A formula that is the name of a field."""

    def __init__(self, name: str) -> None:
        self._name = name

    def evaluate(self, scope: Scope) -> Value:
        """Give the value (port Formula)."""
        value = scope.value(self._name)
        return result_of(value) if isinstance(value, Scope) else value


class _CallFormula:
    """A formula that is one call with names and plain texts as its arguments."""

    def __init__(self, function: str, arguments: tuple[str, ...]) -> None:
        self._call = FUNCTIONS[function].call
        self._arguments = arguments

    def evaluate(self, scope: Scope) -> Value:
        """Give the value (port Formula)."""
        given = [each[1:-1] if each[0] == '"' else scope.value(each) for each in self._arguments]
        if any(isinstance(value, Scope) for value in given):
            raise FormulaFault("formula_failed", "The formula mixes values that do not fit together.")
        try:
            return result_of(self._call(scope, *given))
        except FormulaFault as fault:
            raise FormulaFault(fault.code, fault.message, 1) from None


def _shortcut(text: str) -> Formula | None:
    """Give the formula where it needs no library: such rows are the most of a collection, and run once per line."""
    if PROPERTY_NAME.fullmatch(text):
        return None if text in _WORDS else _NameFormula(text)
    called = _CALL.fullmatch(text)
    if called is None or called["function"] not in FUNCTIONS:
        return None
    function, arguments = FUNCTIONS[called["function"]], tuple(_ARGUMENT.findall(called["arguments"]))
    fits = function.arguments_min <= len(arguments) <= function.arguments_max
    return _CallFormula(called["function"], arguments) if fits and not _WORDS & set(arguments) else None


def _compiled(text: str) -> Formula:
    from ledgerpost.adapters.rule_engine_formula import RuleEngineFormula  # noqa: PLC0415 - see above

    return RuleEngineFormula(text)
