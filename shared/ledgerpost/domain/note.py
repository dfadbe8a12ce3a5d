"""The note template of a rule: text with `{Property}` placeholders."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from ledgerpost.domain.entity import PROPERTY_NAME

NOTE_LENGTH_MAX = 2000
"""Characters that the ledger takes. Source: PennyPipe contract, section 3.2."""

CUT_MARK = "…"

_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class NoteTemplate:
    """A template such as `Sale #{ReceiptNumber} total {Total}`.

    A placeholder is the name of a property in any casing and nothing else: `{__class__}` and `{a.b}` look nothing up
    and are blank. Source: seed 000, "About note templates".
    """

    text: str

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The names between braces, as written, in their order."""
        return tuple(name.strip() for name in _PLACEHOLDER.findall(self.text))

    def render(self, value_of: Callable[[str], str]) -> str:
        """Fill each placeholder with `value_of(name)` (blank for empty), cut at 2000 characters with a mark."""

        def fill(match: re.Match[str]) -> str:
            name = match.group(1).strip()
            return value_of(name) if PROPERTY_NAME.fullmatch(name) else ""

        note = _PLACEHOLDER.sub(fill, self.text).strip()
        return note if len(note) <= NOTE_LENGTH_MAX else note[: NOTE_LENGTH_MAX - 1] + CUT_MARK
