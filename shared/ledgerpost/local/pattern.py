"""EventBridge event patterns, in the forms that a template of ours may use; any other form is refused.

Forms: exact values, `prefix`, `suffix`, `anything-but` (values, prefix, suffix), `exists`.
Source: Amazon EventBridge, "Comparison operators for use in event patterns".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ledgerpost.errors import UsageError

_Test = Callable[[Any], bool]
_ABSENT = object()


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern: the tests of each field, all of which must hold."""

    fields: Mapping[str, "Pattern | tuple[_Test, ...]"]

    def matches(self, event: Any) -> bool:
        """Say whether `event`, read from JSON, fits: every field named here holds one of its alternatives."""
        return all(_field_matches(wanted, _field_of(event, name)) for name, wanted in self.fields.items())


def compile_pattern(pattern: Any, where: str) -> Pattern:
    """Give the pattern ready to match; raises UsageError(template_unsupported) for a form that is not known here."""
    if not isinstance(pattern, Mapping) or not pattern:
        raise _unsupported(where, "an event pattern is an object with at least one field")
    fields: dict[str, Pattern | tuple[_Test, ...]] = {}
    for name, wanted in pattern.items():
        if name.startswith("$"):
            raise _unsupported(where, f"{name} is not known here")
        fields[name] = _compile_field(wanted, f"{where}.{name}")
    return Pattern(fields)


def _compile_field(wanted: Any, where: str) -> "Pattern | tuple[_Test, ...]":
    if isinstance(wanted, Mapping):
        return compile_pattern(wanted, where)
    if not isinstance(wanted, list) or not wanted:
        raise _unsupported(where, "the alternatives of a field are a list")
    return tuple(_compile_alternative(alternative, where) for alternative in wanted)


def _compile_alternative(alternative: Any, where: str) -> _Test:
    if not isinstance(alternative, Mapping):
        return _equal_to(alternative, where)
    if len(alternative) != 1:
        raise _unsupported(where, "an alternative has exactly one operator")
    ((operator, operand),) = alternative.items()
    match operator, operand:
        case "exists", bool():
            return _exists if operand else _is_absent
        case (("prefix" | "suffix"), str()):
            return _affix(operator, operand)
        case "anything-but", _:
            return _anything_but(operand, where)
        case _:
            raise _unsupported(where, f"the operator {operator!r} with {operand!r} is not known here")


def _equal_to(wanted: Any, where: str) -> _Test:
    if isinstance(wanted, float | list):
        raise _unsupported(where, f"{wanted!r} is not an exact value that is known here")

    def test(value: Any) -> bool:
        # 1 and true are two values of JSON, though equal in Python.
        return type(value) is type(wanted) and bool(value == wanted)

    return _of_any_element(test)


def _affix(operator: str, operand: str) -> _Test:
    def test(value: Any) -> bool:
        if not isinstance(value, str):
            return False
        return value.startswith(operand) if operator == "prefix" else value.endswith(operand)

    return _of_any_element(test)


def _anything_but(operand: Any, where: str) -> _Test:
    operands = operand if isinstance(operand, list) else [operand]
    refused = tuple(_compile_alternative(each, where) for each in operands)

    def test(value: Any) -> bool:
        return _exists(value) and not any(refuses(value) for refuses in refused)

    return _of_any_element(test)


def _of_any_element(test: _Test) -> _Test:
    """A list in the event fits where one of its elements does."""
    return lambda value: any(map(test, value)) if isinstance(value, list) else test(value)


def _exists(value: Any) -> bool:
    """Only leaves exist for `exists`; an object is none."""
    return value is not _ABSENT and not isinstance(value, Mapping)


def _is_absent(value: Any) -> bool:
    return not _exists(value)


def _field_of(event: Any, name: str) -> Any:
    return event.get(name, _ABSENT) if isinstance(event, Mapping) else _ABSENT


def _field_matches(wanted: "Pattern | tuple[_Test, ...]", value: Any) -> bool:
    if isinstance(wanted, Pattern):
        return any(map(wanted.matches, value)) if isinstance(value, list) else wanted.matches(value)
    return any(test(value) for test in wanted)


def _unsupported(where: str, why: str) -> UsageError:
    return UsageError("template_unsupported", f"{where}: {why}.")
