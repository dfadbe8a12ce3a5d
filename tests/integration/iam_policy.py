"""IAM as far as the functions' roles use it: may a role do this?

Small on purpose. What it does not understand it refuses with NotUnderstoodError, so that a new kind of statement,
condition or call has to be thought of here before it passes.
Source: IAM, "Policy evaluation logic" and "Single-valued vs. multivalued context keys".
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any


class NotUnderstoodError(Exception):
    """A statement, condition or call that this evaluator does not know."""


@dataclass(frozen=True)
class Request:
    """What IAM is asked: an action on a resource, with the context that conditions may look at."""

    action: str
    resource: str
    context: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def __str__(self) -> str:
        return f"{self.action} on {self.resource}" + (f" with {dict(self.context)}" if self.context else "")


@dataclass(frozen=True)
class Condition:
    """One comparison of a context key with a policy's values."""

    operator: str
    key: str
    values: tuple[str, ...]

    def holds(self, request: Request) -> bool:
        """Say whether it holds; a key that the request does not carry is not understood, since it may be our lack."""
        context = dict(request.context)
        if self.key not in context:
            raise NotUnderstoodError(f"{request}: a condition asks for {self.key}, which is not known of this call.")
        compare, quantify = _COMPARISONS[self._comparison]
        each = [quantify(compare(actual, value) for value in self.values) for actual in context[self.key]]
        return all(each) if self._is_for_all else any(each)

    @property
    def _is_for_all(self) -> bool:
        return self.operator.startswith("ForAllValues:")

    @property
    def _comparison(self) -> str:
        comparison = self.operator.removeprefix("ForAllValues:")
        if comparison not in _COMPARISONS:
            raise NotUnderstoodError(f"The condition operator {self.operator} is not known.")
        return comparison


@dataclass(frozen=True)
class Grant:
    """One action on one resource that a role is allowed, under all of the conditions."""

    action: str
    resource: str
    conditions: tuple[Condition, ...] = ()

    def allows(self, request: Request) -> bool:
        """Say whether this grant allows the request."""
        return (
            self.action.lower() == request.action.lower()
            and _matches(self.resource, request.resource)
            and all(condition.holds(request) for condition in self.conditions)
        )

    def __str__(self) -> str:
        shown = "".join(f" if {each.key} is {'|'.join(each.values)}" for each in self.conditions)
        return f"{self.action} on {self.resource}{shown}"


def grants_of(policy: Mapping[str, Any]) -> Iterator[Grant]:
    """Give the grants of a policy document whose references are resolved."""
    for statement in policy["Statement"]:
        unknown = statement.keys() - {"Sid", "Effect", "Action", "Resource", "Condition"}
        if unknown or statement["Effect"] != "Allow":
            raise NotUnderstoodError(f"A statement with {sorted(unknown) or statement['Effect']} is not known.")
        conditions = tuple(_conditions(statement.get("Condition", {})))
        for action in as_list(statement["Action"]):
            if "*" in action:
                raise NotUnderstoodError(f"{action} is allowed: of a wildcard nobody can show that all of it is used.")
            for resource in as_list(statement["Resource"]):
                if not isinstance(resource, str) or not resource.startswith("arn:"):
                    raise NotUnderstoodError(f"{action} is allowed on {resource!r}, which is no ARN.")
                yield Grant(action, resource, conditions)


def _conditions(block: Mapping[str, Mapping[str, Any]]) -> Iterator[Condition]:
    for operator, comparisons in block.items():
        for key, values in comparisons.items():
            yield Condition(operator, key, tuple(as_list(values)))


def _matches(pattern: str, text: str) -> bool:
    """Say whether `text` is what `pattern` means; `*` is any text and `?` any sign."""
    parts = (".*" if sign == "*" else "." if sign == "?" else re.escape(sign) for sign in pattern)
    return re.fullmatch("".join(parts), text, re.DOTALL) is not None


def _equals(actual: str, value: str) -> bool:
    return actual == value


def _is_like(actual: str, value: str) -> bool:
    return _matches(value, actual)


def _is_unlike(actual: str, value: str) -> bool:
    return not _is_like(actual, value)


# A value has to be like any of a policy's values, and unlike all of them.
_COMPARISONS: dict[str, tuple[Callable[[str, str], bool], Callable[[Iterable[bool]], bool]]] = {
    "StringEquals": (_equals, any),
    "StringLike": (_is_like, any),
    "StringNotLike": (_is_unlike, all),
}


def as_list(value: Any) -> list[Any]:
    """Give a policy's value as a list, which stands for itself where there is one."""
    return value if isinstance(value, list) else [value]
