"""States of days, progress and runs as canonical JSON text, the same in every store, and keys that order versions."""

import hashlib
import json
from datetime import UTC, date, datetime
from typing import Any

from ledgerpost.domain.closing import CompanyKey, DayRange, Progress, SyncRun, SyncStatus
from ledgerpost.domain.commerce import CompanyId
from ledgerpost.domain.delivery import Operation
from ledgerpost.domain.document import canonical_json
from ledgerpost.domain.grouping.close import DayClose, DayStatus
from ledgerpost.domain.version import SourceVersion


def instant_text(at: datetime) -> str:
    """Give an instant as text whose order is that of time: UTC, always with six digits of a second."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def version_key(version: SourceVersion) -> str:
    """Give the version of a commerce record as text whose order is that of versions: its source gives no revision."""
    assert version.revision is None, "a commerce record is versioned by its modification time"
    return instant_text(version.approved_at)


def version_from(text: str) -> SourceVersion:
    """Read a version back."""
    return SourceVersion(datetime.fromisoformat(text))


def digest_of(text: str) -> str:
    """Give what two records of one version are compared by."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def day_text(state: DayClose) -> str:
    """Give the state of a day as text; its key is not in it."""
    return canonical_json(
        {
            "status": state.status.value,
            "revision": state.revision,
            "fence": state.fence,
            "layers": state.layers,
            "fromLayer": state.from_layer,
            "updatedAt": instant_text(state.updated_at),
            "references": state.references,
            "operations": [[instant_text(each.at), each.act, each.by, each.reason] for each in state.operations],
        }
    )


def day_from(key: CompanyKey, day: date, text: str) -> DayClose:
    """Read the state of a day back."""
    values = json.loads(text)
    return DayClose(
        key=key,
        day=day,
        status=DayStatus(values["status"]),
        revision=values["revision"],
        fence=values["fence"],
        layers=tuple(values["layers"]),
        from_layer=values["fromLayer"],
        updated_at=datetime.fromisoformat(values["updatedAt"]),
        references=tuple(values["references"]),
        operations=tuple(_operation(row) for row in values["operations"]),
    )


def _operation(row: list[str]) -> Operation:
    at, act, by, reason = row
    return Operation(datetime.fromisoformat(at), act, by, reason)


def progress_text(progress: Progress) -> str:
    """Give the progress of a company as text."""
    return canonical_json(
        {
            "covered": [[days.first, days.last] for days in progress.covered],
            "failingDays": progress.failing_days,
            "failedOn": progress.failed_on,
        }
    )


def progress_from(text: str) -> Progress:
    """Read the progress of a company back."""
    values = json.loads(text)
    return Progress(
        covered=tuple(
            DayRange(date.fromisoformat(first), date.fromisoformat(last)) for first, last in values["covered"]
        ),
        failing_days=values["failingDays"],
        failed_on=date.fromisoformat(values["failedOn"]) if values["failedOn"] else None,
    )


def run_text(run: SyncRun) -> str:
    """Give a run as text."""
    return canonical_json(
        {
            "id": run.id,
            "company": run.company,
            "days": [run.days.first, run.days.last],
            "status": run.status.value,
            "startedAt": instant_text(run.started_at),
            "endedAt": instant_text(run.ended_at) if run.ended_at else None,
            "code": run.code,
            "message": run.message,
            "dataPushed": run.data_pushed,
        }
    )


def run_from(text: str) -> SyncRun:
    """Read a run back."""
    values: dict[str, Any] = json.loads(text)
    first, last = values["days"]
    return SyncRun(
        id=values["id"],
        company=CompanyId(values["company"]),
        days=DayRange(date.fromisoformat(first), date.fromisoformat(last)),
        status=SyncStatus(values["status"]),
        started_at=datetime.fromisoformat(values["startedAt"]),
        ended_at=datetime.fromisoformat(values["endedAt"]) if values["endedAt"] else None,
        code=values["code"],
        message=values["message"],
        data_pushed=values["dataPushed"],
    )
