"""Settings of a simulator, from the JSON that its parent writes."""

from collections.abc import Mapping
from typing import Any, TypeVar

_T = TypeVar("_T")


class SettingsError(ValueError):
    """The settings do not describe a simulator; the message names the culprit."""


def built(kind: type[_T], document: Mapping[str, Any], **nested: object) -> _T:
    """The `kind` that a JSON object with its field names describes. Raises `SettingsError`."""
    try:
        return kind(**{**document, **nested})
    except TypeError as error:
        raise SettingsError(f"not the settings of {kind.__name__}: {error}") from error
