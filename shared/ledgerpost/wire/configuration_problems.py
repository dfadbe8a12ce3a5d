"""From what pydantic finds to problems that name the path and the mend. Nothing that was found is quoted."""

import re
from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import available_timezones

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ledgerpost.errors import Problem, describe
from ledgerpost.wire.collection_model import (
    IMPORTANCES,
    ROW_TYPES,
    ChildDocument,
    CollectionDocument,
    FilterDocument,
    OverrideDocument,
    RowDocument,
    UsedCollectionDocument,
)
from ledgerpost.wire.configuration_model import (
    TARGETS,
    ConfigurationDocument,
    ConnectionDocument,
    CustomFieldDocument,
    OAuthDocument,
    OAuthPasswordDocument,
    PatDocument,
    RouteDocument,
    RuleDocument,
    RulesDocument,
)
from ledgerpost.wire.extract_model import ConsentDocument, ExtractDocument, SourceDocument, TargetDocument
from ledgerpost.wire.forms import did_you_mean, form_of, path_of

Location = tuple[str | int, ...]

_CHILDREN: dict[tuple[type[BaseModel], str], type[BaseModel]] = {
    (ConfigurationDocument, "connections"): ConnectionDocument,
    (ConfigurationDocument, "routes"): RouteDocument,
    (RouteDocument, "rules"): RulesDocument,
    **{(RulesDocument, str(field.alias)): RuleDocument for field in RulesDocument.model_fields.values()},
    (RuleDocument, "CustomFieldValueMaps"): CustomFieldDocument,
    (ConnectionDocument, "PAT"): PatDocument,
    (ConnectionDocument, "OAuth"): OAuthDocument,
    (ExtractDocument, "source"): SourceDocument,
    (ExtractDocument, "target"): TargetDocument,
    (SourceDocument, "oauth"): ConsentDocument,
    (CollectionDocument, "filter"): FilterDocument,
    (CollectionDocument, "rows"): RowDocument,
    (CollectionDocument, "children"): ChildDocument,
    (ChildDocument, "filter"): FilterDocument,
    (ChildDocument, "rows"): RowDocument,
    (UsedCollectionDocument, "overrides"): OverrideDocument,
    (ConnectionDocument, "OAuthPassword"): OAuthPasswordDocument,
}
"""Which model stands under which key of which model; the types of `auth` are tags that pydantic puts in a path."""

_TAGS = ("PAT", "OAuth", "OAuthPassword")
_CHOICES = ("credit", "debit", "Sales", "Purchasing", *TARGETS, *ROW_TYPES, *IMPORTANCES)

_EXPECTED_INSIDE = {
    "connections": "an object: a connection",
    "routes": "an object: a route",
    "rows": "an object: a row",
    "children": "an object: a child collection",
    "options": "text of at most 500 characters, under a key of letters, digits, dots, dashes or underscores",
    "TagNames": "text of 1 to 64 characters",
    "CustomFieldValueMaps": "an object with FieldDefinitionId and SourceProperty",
}
"""What is expected of the members of a list or of an open object."""


def keys_of(model: type[BaseModel]) -> dict[str, str]:
    """Give the keys of a model as they are written, each with what is expected there."""
    return {field.alias or name: field.description or "" for name, field in model.model_fields.items()}


def problems_of(error: ValidationError, root: type[BaseModel], prefix: Location = ()) -> list[Problem]:
    """Give every problem that `error` tells of, in the order of the document. `prefix` is where the root stands."""
    return [_problem_of(detail, root, prefix) for detail in error.errors(include_url=False)]


def _problem_of(detail: ErrorDetails, root: type[BaseModel], prefix: Location) -> Problem:
    location = _as_written(detail["loc"], root)
    path = path_of((*prefix, *(part for part in location if part not in _TAGS)))
    kind = detail["type"]
    if kind == "extra_forbidden":
        return _unknown_key(path, location, root)
    if kind == "missing":
        expected = _expected_at(location, root)
        return Problem(path, "This key is missing.", f"Add it: {expected}.", "config_missing_key")
    if kind in ("config_literal_secret", "config_base_url_refused"):
        return Problem(path, detail["msg"], describe(kind).fix, kind)
    if kind.startswith("union_tag"):
        return _wrong_auth(path, detail["input"])
    return _wrong_value(path, detail["input"], _expected_at(location, root))


def _as_written(location: Location, root: type[BaseModel]) -> Location:
    """Give the location with the key as it is written where pydantic names the field: for a default it has no key."""
    field = _model_at(location[:-1], root).model_fields.get(str(location[-1])) if location else None
    return (*location[:-1], field.alias) if field is not None and field.alias else location


def _wrong_auth(path: str, found: Any) -> Problem:
    if isinstance(found, Mapping) and "type" not in found:
        return Problem(f"{path}.type", "This key is missing.", "Add it: PAT or OAuth.", "config_missing_key")
    message = "Expected PAT or OAuth; found another value."
    return Problem(f"{path}.type", message, "Write PAT or OAuth in this casing.", "config_wrong_value")


def _unknown_key(path: str, location: Location, root: type[BaseModel]) -> Problem:
    known = keys_of(_model_at(location[:-1], root))
    hint = did_you_mean(str(location[-1]), known)
    mend = hint or f"Remove it, or write one of: {', '.join(known)}."
    return Problem(path, "This key is not known.", mend, "config_unknown_key")


def _wrong_value(path: str, found: Any, expected: str) -> Problem:
    message = f"Expected {expected}; found {form_of(found)}."
    return Problem(path, message, _mend_of_value(found, expected), "config_wrong_value")


def _mend_of_value(found: Any, expected: str) -> str:
    asks_for_text = not expected.startswith(("a list", "an object", "a rule", "true or false"))
    if found is None:
        return "Write a value after the key."
    if asks_for_text and not isinstance(found, str | list | dict):
        return 'Write it in quotes, such as "0123", so that it is read as text and no digit is lost.'
    if isinstance(found, str) and expected.startswith("true or false"):
        return "Write true or false without quotes."
    if isinstance(found, str) and "time zone" in expected:
        return did_you_mean(found, available_timezones()) or "Look the name up in the IANA time zone list."
    near = _nearest_choice(found, expected)
    return f"Write {near} in this casing." if near else "Correct the value."


def _nearest_choice(found: Any, expected: str) -> str | None:
    """Give the choice that differs from what was found in its casing or a letter; the choices name themselves."""
    words = re.findall(r"[A-Za-z]+", expected.partition(";")[0])
    choices = [word for word in _CHOICES if word in words]
    if not isinstance(found, str):
        return None
    return next((choice for choice in choices if choice in did_you_mean(found, choices)), None)


def _model_at(location: Location, root: type[BaseModel]) -> type[BaseModel]:
    model = root
    for part in location:
        model = _CHILDREN.get((model, str(part)), model)
    return model


def _expected_at(location: Location, root: type[BaseModel]) -> str:
    """Give what is expected at `location`, else at the innermost key around it that says so."""
    for end in range(len(location), 0, -1):
        key, around = str(location[end - 1]), location[: end - 1]
        if around and around[-1] in _EXPECTED_INSIDE:
            return _EXPECTED_INSIDE[str(around[-1])]
        expected = keys_of(_model_at(around, root)).get(key)
        if expected:
            return expected
    return "an object"


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Give the problems without repetitions, in the order in which they were found."""
    return list(dict.fromkeys(problems))
