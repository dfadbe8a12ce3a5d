"""What the creating and updating actions share: the reference of a create, and what API v2 has no place for."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import AliasChoices

from ledgerpost.connectors.pennylane.actions.inputs import Input
from ledgerpost.connectors.pennylane.lookups import Lookups
from ledgerpost.connectors.pennylane.wire_json import json_bytes

REFERENCE_PREFIX = "ledgerpost-"
REFERENCE_HEX = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """One call of an action. `scope` names tenant and connection; `key` tells it from another of the same input.

    `unsent` collects the inputs that API v2 has no place for, so that nothing is dropped in silence.
    """

    lookups: Lookups
    scope: str
    action: str
    key: str = ""
    unsent: list[str] = field(default_factory=list)

    def reference(self, asked: Input, part: str = "") -> str:
        """Give the external reference of what this call creates.

        It follows from the input alone, so a call that is made again, by a person, a workflow or Lambda itself, finds
        what the first one made. Source: http-conventions, section 5, the recipe of keys.
        """
        content = json_bytes([self.scope, self.action, part, self.key, asked.model_dump(mode="json", by_alias=True)])
        return REFERENCE_PREFIX + hashlib.sha256(content).hexdigest()[:REFERENCE_HEX]

    def leave_out(self, path: str, asked: Input, *names: str) -> None:
        """Note which of the inputs named were given, and go nowhere."""
        for name in names:
            alias = _name_in_the_seed(asked, name)
            where = f"{path}.{alias}" if path else alias
            if getattr(asked, name) is not None and where not in self.unsent:
                self.unsent.append(where)


def _name_in_the_seed(asked: Input, name: str) -> str:
    """Give the key of an input; where two spellings are taken, the one that the seed has for this action."""
    field_of = type(asked).model_fields[name]
    if isinstance(field_of.validation_alias, AliasChoices):
        return str(field_of.validation_alias.choices[0])
    return field_of.alias or name


@dataclass(frozen=True, slots=True)
class Written:
    """What an action wrote: the seed's outputs, and whether something new was made (None for an update)."""

    outputs: Mapping[str, Any]
    created: bool | None


def filled(document: Mapping[str, Any]) -> dict[str, Any]:
    """Give the keys that have a value: Pennylane's schemas take no null."""
    return {key: value for key, value in document.items() if value is not None}
