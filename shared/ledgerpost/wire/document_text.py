"""The text of a configuration document, YAML or JSON, as plain values; a key that stands twice is refused."""

import json
import re
from functools import cache
from typing import Any

from ledgerpost.errors import ConfigurationError, Problem

TEXT_LENGTH_MAX = 2_000_000
"""Characters of a document; far beyond the routes that one tenant may have."""


class _Unreadable(Exception):  # noqa: N818 - control flow inside this module, never seen outside
    def __init__(self, path: str, message: str, mend: str) -> None:
        super().__init__(message)
        self.problem = Problem(path, message, mend, "config_unreadable")


def values_of(text: str) -> Any:
    """Read YAML or JSON text; raises ConfigurationError(config_unreadable) naming the line."""
    text = text.removeprefix("\ufeff")
    if len(text) > TEXT_LENGTH_MAX:
        message = f"The document is longer than {TEXT_LENGTH_MAX} characters."
        raise ConfigurationError([Problem("document", message, "Split it by tenant.", "config_unreadable")])
    try:
        return _read_json(text) if text.lstrip()[:1] in ("{", "[") else _read_yaml(text)
    except _Unreadable as unreadable:
        raise ConfigurationError([unreadable.problem]) from None
    except RecursionError:
        raise ConfigurationError([_nested_too_deeply()]) from None


def _nested_too_deeply() -> Problem:
    return Problem(
        "document", "The document is nested too deeply.", "Write it as the example has it.", "config_unreadable"
    )


def _read_json(text: str) -> Any:
    """Read JSON; what begins like JSON but is none may still be YAML in flow style."""
    try:
        return json.loads(text, object_pairs_hook=_unique_members)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        unreadable = _Unreadable(where, f"The document is not valid JSON: {error.msg}.", "Correct it there.")
    except ValueError:
        unreadable = _Unreadable("document", "The document holds a number that is too long.", "Write an id in quotes.")
    try:
        return _read_yaml(text)
    except _Unreadable:
        raise unreadable from None


def _unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for key, value in pairs:
        if key in members:
            raise _Unreadable(key, f"The key {key} stands twice in one object.", "Keep one of the two.")
        members[key] = value
    return members


def _read_yaml(text: str) -> Any:
    try:
        import yaml  # noqa: PLC0415 - an extra of the command line; no function on a stage has it
    except ImportError:
        raise _Unreadable("document", "YAML cannot be read here.", "Install ledgerpost[cli], or write JSON.") from None
    try:
        return yaml.load(text, Loader=_strict_loader())  # noqa: S506 - a SafeLoader that also refuses doubled keys
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "document"
        # A problem may quote what it found, and what it found may be a secret.
        what = re.sub(r"'[^']*'|\"[^\"]*\"", "…", error.problem or "unreadable")
        raise _Unreadable(where, f"The document is not valid YAML: {what}.", "Correct it there.") from None
    except (yaml.YAMLError, ValueError):
        message = "The document holds a character, a date or a number that YAML cannot hold."
        raise _Unreadable("document", message, "Correct it; write an id in quotes.") from None


@cache
def _strict_loader() -> Any:
    """Give PyYAML's safe loader, made to refuse a mapping in which a key stands twice."""
    import yaml  # noqa: PLC0415 - see above

    class StrictLoader(yaml.SafeLoader):
        def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
            seen: set[str] = set()
            for key_node, _ in node.value:
                key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
                if key is not None and key in seen and key != "<<":
                    problem = f"the key {key} stands twice"
                    raise yaml.constructor.ConstructorError(None, None, problem, key_node.start_mark)
                seen.add(str(key))
            return super().construct_mapping(node, deep=deep)

    return StrictLoader
