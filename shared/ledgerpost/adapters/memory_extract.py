"""How far extracts have come, in memory (port ExtractStore). Safe to share between threads."""

import threading
from collections.abc import Collection, Mapping

from ledgerpost.domain.extract.progress import Checkpoint, ExtractId, RowMark
from ledgerpost.domain.extract.rows import Entity


class MemoryExtractStore:
    """Checkpoints and marks in dictionaries."""

    def __init__(self) -> None:
        self._checkpoints: dict[ExtractId, Checkpoint] = {}
        self._marks: dict[tuple[ExtractId, Entity, str], RowMark] = {}
        self._lock = threading.Lock()

    def checkpoint(self, extract: ExtractId) -> Checkpoint | None:
        """Give the latest checkpoint; None before the first night."""
        return self._checkpoints.get(extract)

    def keep_checkpoint(self, extract: ExtractId, checkpoint: Checkpoint) -> None:
        """Put the checkpoint in place of the one before."""
        with self._lock:
            self._checkpoints[extract] = checkpoint

    def marks(self, extract: ExtractId, entity: Entity, ids: Collection[str]) -> Mapping[str, RowMark]:
        """Give the marks of those rows that have one."""
        with self._lock:
            found = {row_id: self._marks.get((extract, entity, row_id)) for row_id in ids}
        return {row_id: mark for row_id, mark in found.items() if mark is not None}

    def keep_marks(self, extract: ExtractId, entity: Entity, marks: Mapping[str, RowMark]) -> None:
        """Keep each mark in place of the one of its id."""
        with self._lock:
            self._marks.update({(extract, entity, row_id): mark for row_id, mark in marks.items()})
