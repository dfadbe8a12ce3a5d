"""Push operations: taken at once, processed later, ended as `Success`, `Failed` or `TimedOut`.

Source: codat sheet, section 7. `TimedOut` is only a label: the write may still land. Everything follows from the
clock, so an operation is brought forward whenever it is looked at.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from ledgerpost.simulators.codat.data_types import DataType
from ledgerpost.simulators.codat.problems import Violation, validation_document


class Status(StrEnum):
    PENDING = "Pending"
    SUCCESS = "Success"
    FAILED = "Failed"
    TIMED_OUT = "TimedOut"


@dataclass(slots=True, kw_only=True)
class PushOperation:
    """One push. It ends at `ends_at` as `ending`; its write reaches the books at `lands_at`, None for never.

    `document` is what landed, with the id that the accounting software gave it.
    """

    key: str
    company: str
    connection: str
    data_type: DataType
    data: Mapping[str, Any]
    requested_at: datetime
    ends_at: datetime
    ending: Status
    lands_at: datetime | None
    timeout_minutes: int | None = None
    violations: Sequence[Violation] = ()
    document: Mapping[str, Any] | None = None

    def status(self, now: datetime) -> Status:
        """How it stands at `now`."""
        return Status.PENDING if now < self.ends_at else self.ending

    def fail(self, violations: Sequence[Violation]) -> None:
        """End as refused by the accounting software; nothing is written."""
        self.violations = tuple(violations)
        self.lands_at = None
        if self.ending is Status.SUCCESS:
            self.ending = Status.FAILED

    def expire(self) -> None:
        """Take the caller's own time limit into account: what is pending beyond it times out and is not processed."""
        if self.timeout_minutes is None:
            return
        deadline = self.requested_at + timedelta(minutes=self.timeout_minutes)
        if self.ends_at > deadline:
            self.ends_at, self.ending, self.lands_at = deadline, Status.TIMED_OUT, None

    def as_json(self, now: datetime) -> dict[str, Any]:
        """The operation as the API answers it; after a success `data` is the record as the ledger holds it."""
        status = self.status(now)
        succeeded = status is Status.SUCCESS and self.document is not None
        failed = status is Status.FAILED
        errors = "; ".join(f"{violation.item}: {violation.message}" for violation in self.violations)
        return {
            "pushOperationKey": self.key,
            "companyId": self.company,
            "dataConnectionKey": self.connection,
            "dataType": self.data_type.name,
            "status": status.value,
            "statusCode": {Status.PENDING: 202, Status.SUCCESS: 200, Status.FAILED: 400}.get(status, 408),
            "requestedOnUtc": _instant(self.requested_at),
            "completedOnUtc": None if status is Status.PENDING else _instant(self.ends_at),
            "timeoutInMinutes": self.timeout_minutes,
            "errorMessage": errors if failed else None,
            "validation": validation_document(self.violations) if failed else {"errors": [], "warnings": []},
            "data": self.document if succeeded else self.data,
            "changes": _changes(self) if succeeded else None,
        }


def _changes(operation: PushOperation) -> list[dict[str, Any]]:
    assert operation.document is not None
    record = {"id": operation.document["id"], "dataType": operation.data_type.name}
    return [{"type": "Created", "recordRef": record}]


def _instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
