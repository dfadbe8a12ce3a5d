"""What came of mapping one row of the source, and the notes that go with it."""

from dataclasses import dataclass

from ledgerpost.domain.extract.rows import TargetRow


@dataclass(frozen=True, slots=True)
class Note:
    """Something a person may want to know of a row that was mapped all the same. `code` is of the catalogue."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Mapped:
    """The rows that the target is to hold, in the order of their writing."""

    rows: tuple[TargetRow, ...]
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """The row is not sent, by rule."""

    code: str


@dataclass(frozen=True, slots=True)
class Held:
    """The row should be sent but cannot, until something is mended. `message` names no value of the row."""

    code: str
    message: str


MapResult = Mapped | LeftOut | Held
