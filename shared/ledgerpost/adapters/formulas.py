"""Formulas, each text compiled once (port Formulas).

The library that compiles them is loaded with the first formula that needs it: a container without such a route never
pays for it.
"""

from threading import Lock

from ledgerpost.domain.entity import PROPERTY_NAME
from ledgerpost.domain.formula import Formula, Scope, Value, result_of

COMPILED_MAX = 2000
"""Formulas kept compiled, over all routes of a container."""

_WORDS = frozenset(
    {"true", "false", "null", "and", "or", "not", "in", "for", "if", "elif", "else", "while", "inf", "nan"}
)
"""Names that are words of the language."""


class RuleEngineFormulas:
    """Compiles formulas and keeps them by their text. Safe for threads."""

    def __init__(self) -> None:
        self._compiled: dict[str, Formula] = {}
        self._lock = Lock()

    def compile(self, text: str) -> Formula:
        """Give the formula (port Formulas)."""
        compiled = self._compiled.get(text)
        if compiled is None:
            compiled = _NameFormula(text.strip()) if _is_name(text.strip()) else _compiled(text)
            with self._lock:
                if len(self._compiled) >= COMPILED_MAX:
                    del self._compiled[next(iter(self._compiled))]
                self._compiled[text] = compiled
        return compiled


def _is_name(text: str) -> bool:
    return bool(PROPERTY_NAME.fullmatch(text)) and text not in _WORDS


class _NameFormula:
    """A formula that is the name of a field: no evaluation is needed for it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def evaluate(self, scope: Scope) -> Value:
        """Give the value (port Formula)."""
        return result_of(scope.value(self._name))


def _compiled(text: str) -> Formula:
    from ledgerpost.adapters.rule_engine_formula import RuleEngineFormula  # noqa: PLC0415 - see above

    return RuleEngineFormula(text)
