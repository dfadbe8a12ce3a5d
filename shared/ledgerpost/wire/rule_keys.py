"""The casing of rule keys: Pascal and camel case are accepted and made Pascal. Source: seed 000, "JSON key casing"."""

from collections.abc import Mapping
from typing import Any

from ledgerpost.errors import Problem
from ledgerpost.wire.configuration_model import CustomFieldDocument, RuleDocument, RulesDocument
from ledgerpost.wire.configuration_problems import keys_of
from ledgerpost.wire.forms import path_of

Location = tuple[str | int, ...]


def camel(key: str) -> str:
    """Give the camel-case form of a Pascal-case key."""
    return key[0].lower() + key[1:]


def _pascal_by_camel(*models: type[RulesDocument | RuleDocument | CustomFieldDocument]) -> dict[str, str]:
    return {camel(key): key for model in models for key in keys_of(model)}


_RULE_NAMES = _pascal_by_camel(RulesDocument)
_RULE_KEYS = _pascal_by_camel(RuleDocument)
_FIELD_KEYS = _pascal_by_camel(CustomFieldDocument)


def with_pascal_keys(rules: Any, location: Location, problems: list[Problem]) -> Any:
    """Give `rules` with its known keys in Pascal case; a key that stands in both casings is added to `problems`.

    What is no object is given as it is: the model says what was expected.
    """
    if not isinstance(rules, Mapping):
        return rules
    renamed = _renamed(rules, _RULE_NAMES, location, problems)
    return {
        name: _rule(rule, (*location, name), problems) if name in _RULE_NAMES.values() else rule
        for name, rule in renamed.items()
    }


def _rule(rule: Any, location: Location, problems: list[Problem]) -> Any:
    if not isinstance(rule, Mapping):
        return rule
    renamed = _renamed(rule, _RULE_KEYS, location, problems)
    fields = renamed.get("CustomFieldValueMaps")
    if not isinstance(fields, list):
        return renamed
    here = (*location, "CustomFieldValueMaps")
    return renamed | {
        "CustomFieldValueMaps": [
            _renamed(field, _FIELD_KEYS, (*here, place), problems) if isinstance(field, Mapping) else field
            for place, field in enumerate(fields)
        ]
    }


def _renamed(
    members: Mapping[Any, Any], pascal_by_camel: Mapping[str, str], location: Location, problems: list[Problem]
) -> dict[str, Any]:
    renamed: dict[str, Any] = {}
    for key, value in members.items():
        name = pascal_by_camel.get(str(key), str(key))
        if name in renamed:
            message = f"This key stands twice, as {name} and as {camel(name)}."
            problems.append(Problem(path_of((*location, name)), message, "Keep one of the two.", "config_wrong_value"))
            continue
        renamed[name] = value
    return renamed
