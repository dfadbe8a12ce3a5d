"""A checkpoint of an extract as stored: JSON text, the same in every store."""

import json
from datetime import UTC, datetime
from typing import Any

from ledgerpost.domain.extract.progress import Checkpoint, Counts, Finding, RowFate, SourceId
from ledgerpost.domain.extract.rows import Entity


def checkpoint_text(checkpoint: Checkpoint) -> str:
    """Give the text of a checkpoint."""
    document = {
        "night": checkpoint.night,
        "startedAt": _instant_text(checkpoint.started_at),
        "entity": checkpoint.entity,
        "after": checkpoint.after,
        "since": _instant_text(checkpoint.since),
        "finishedAt": _instant_text(checkpoint.finished_at),
        "counts": {
            entity: [counts.read, counts.pages, counts.lines_read, dict(counts.fates), dict(counts.codes)]
            for entity, counts in checkpoint.counts.items()
        },
        "findings": [[each.entity, each.source_id, each.code, each.message] for each in checkpoint.findings],
    }
    return json.dumps(document, ensure_ascii=True, separators=(",", ":"))


def checkpoint_of(text: str) -> Checkpoint:
    """Give the checkpoint that `checkpoint_text` wrote."""
    document = json.loads(text)
    entity = document["entity"]
    started_at = _instant(document["startedAt"])
    assert started_at is not None, "every night has begun"
    return Checkpoint(
        night=document["night"],
        started_at=started_at,
        entity=None if entity is None else Entity(entity),
        after=SourceId(document["after"]),
        since=_instant(document["since"]),
        finished_at=_instant(document["finishedAt"]),
        counts={Entity(entity): _counts(counts) for entity, counts in document["counts"].items()},
        findings=tuple(
            Finding(Entity(entity), source_id, code, message)
            for entity, source_id, code, message in document["findings"]
        ),
    )


def _counts(values: list[Any]) -> Counts:
    read, pages, lines_read, fates, codes = values
    return Counts(
        read=read,
        pages=pages,
        lines_read=lines_read,
        fates={RowFate(fate): number for fate, number in fates.items()},
        codes=codes,
    )


def _instant_text(instant: datetime | None) -> str | None:
    return None if instant is None else instant.astimezone(UTC).isoformat()


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
