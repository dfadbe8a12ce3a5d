"""The errors Ledgerpost can tell of: the exception tree, and the catalogue of stable codes.

    LedgerpostError
    ├── ConfigurationError      the configuration document is wrong; nothing was changed
    ├── EventError              an approval event cannot be understood; it is set aside, the others go on
    ├── StoreError              a store did not answer, or answered in part; the message comes again
    ├── SecretError             a secret cannot be read; the work waits
    └── UsageError              a command was called with what it cannot use

What a ledger answers is no exception: it is a `PostOutcome` value (`domain/outcome.py`), and it carries a code of the
same catalogue. Every code has a cause, a mend and the one who acts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ledgerpost.error_catalogue import CatalogueEntry


def describe(code: str) -> "CatalogueEntry":
    """Give what the catalogue says of `code`; raises KeyError for a code that no catalogue entry explains."""
    from ledgerpost.error_catalogue import CATALOGUE  # noqa: PLC0415 - a dozen modules, loaded with the first error

    return CATALOGUE[code]


class LedgerpostError(Exception):
    """Something Ledgerpost could not do, with a stable code of the catalogue and a sentence for a person."""

    def __init__(self, code: str, message: str) -> None:
        describe(code)
        super().__init__(message)
        self.code = code
        self.message = message

    @property
    def fix(self) -> str:
        """The next step, from the catalogue."""
        return describe(self.code).fix


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a document: where it is (`path`), what is wrong there and how to mend it."""

    path: str
    message: str
    mend: str
    code: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message} {self.mend}"


class ConfigurationError(LedgerpostError):
    """The configuration document is refused; each problem names its path and its mend."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        assert problems, "a refusal names at least one problem"
        super().__init__(problems[0].code, "\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class EventError(LedgerpostError):
    """An approval event cannot be understood; `path` names the culprit inside the event."""

    def __init__(self, code: str, message: str, *, path: str = "") -> None:
        super().__init__(code, message)
        self.path = path


class StoreError(LedgerpostError):
    """A store did not answer, or took only part of what was sent; nothing may be assumed of the rest."""


class SecretError(LedgerpostError):
    """A secret cannot be read. The message names the reference, never the value."""


class UsageError(LedgerpostError):
    """A command was called with what it cannot use; nothing was done."""
