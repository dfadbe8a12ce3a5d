"""The form of an entry of the catalogue."""

from dataclasses import dataclass
from enum import StrEnum


class Who(StrEnum):
    """Who has to act on a code."""

    NOBODY = "nobody"
    """Ledgerpost acts by itself, or nothing is wrong."""
    FINANCE = "finance"
    """A person who knows the books decides."""
    INTEGRATION = "integration"
    """A person who owns the configuration, the credentials or the source system mends it."""
    LEDGERPOST = "ledgerpost"
    """A defect of ours: report it."""


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """What a code means: `cause` says what happened, `fix` what to do next."""

    code: str
    cause: str
    fix: str
    who: Who


Row = tuple[str, Who, str, str]
"""An entry as its module writes it: code, who acts, cause, fix."""
