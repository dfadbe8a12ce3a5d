"""One row of a page on its way: what is known of it, what the mapping made of it, what came of it."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from ledgerpost.domain.extract.fields import SourceRow
from ledgerpost.domain.extract.progress import Finding, RowFate, RowMark, mark_of_left_out
from ledgerpost.domain.extract.results import Held, LeftOut, Mapped, MapResult, Note
from ledgerpost.domain.extract.rows import Entity, RowFingerprint, TargetRow, fingerprint_of
from ledgerpost.domain.extract.vocabulary import SourceIds

SETTLED = frozenset({RowFate.WRITTEN, RowFate.UNCHANGED, RowFate.LEFT_OUT})
"""Fates after which the next night has nothing to do, as long as the row stays the same."""


@dataclass(slots=True, kw_only=True)
class PageRow:
    """`mark` is what the target holds so far, `new_mark` what it holds once the row is written. A row whose `fate` is
    None is still to be written.
    """

    source_id: str
    row: SourceRow
    header: RowFingerprint
    mark: RowMark | None
    ids: SourceIds
    lines: tuple[SourceRow, ...] = ()
    fate: RowFate | None = None
    left_out: str = ""
    new_mark: RowMark | None = None
    target_rows: tuple[TargetRow, ...] = ()
    notes: list[Note] = field(default_factory=list)

    def take(self, result: MapResult) -> None:
        """Take what the mapping made of the row: only rows whose content the target does not hold stay without fate."""
        match result:
            case LeftOut(code):
                self.fate, self.left_out = RowFate.LEFT_OUT, code
                if self.mark is None or not self.mark.is_sent:
                    self.new_mark = mark_of_left_out(self.header)
                else:
                    self.notes.append(Note("extract_left_in_target", "An earlier night sent it; it stays there."))
            case Held(code, message):
                self.fate = RowFate.HELD
                self.notes.append(Note(code, message))
            case Mapped(rows, notes):
                self.target_rows = rows
                self.notes += notes
                self.new_mark = RowMark(self.header, fingerprint_of(rows), rows[0].original_id)
                if self.mark is not None and self.mark.content == self.new_mark.content:
                    self.fate = RowFate.UNCHANGED

    def is_marked_anew(self) -> bool:
        """Say whether what is known of the row is not what its mark says yet."""
        return self.fate in SETTLED and self.new_mark not in (None, self.mark)

    def findings(self, entity: Entity) -> Iterator[Finding]:
        """Give what is to be told of the row."""
        for note in self.notes:
            yield Finding(entity, self.source_id, note.code, note.message)
