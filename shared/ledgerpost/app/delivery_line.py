"""The canonical line of one message of the delivery queue, from what is known of it."""

from typing import Any

from ledgerpost.app.posting import Posted
from ledgerpost.domain.claim import Put, Result
from ledgerpost.domain.delivery import DeliveryRecord, Work
from ledgerpost.domain.event import ApprovalEvent
from ledgerpost.domain.outcome import Applied, name_of
from ledgerpost.domain.route import RouteId
from ledgerpost.ports import DeliveryLine


def line_without_record(event: ApprovalEvent, route: RouteId, result: Result, code: str) -> DeliveryLine:
    """Give the line of an approval that has no delivery record."""
    return DeliveryLine(
        result=result, tenant=event.tenant, route=route, event_id=event.event_id, kind=event.kind, code=code
    )


def line_of_work(work: Work, result: Result, *, code: str | None = None) -> DeliveryLine:
    """Give the line of an approval that left the record as it was."""
    return DeliveryLine(
        result=result,
        tenant=work.key.tenant,
        route=work.route,
        event_id=work.event_id,
        connection=work.key.connection,
        account=work.key.account,
        reference=work.key.reference,
        kind=work.kind,
        version=str(work.version),
        code=code,
    )


def line_of_put(put: Put) -> DeliveryLine:
    """Give the line of an approval that was settled without a post."""
    return line_of_record(put.record, put.result, code=put.record.code)


def line_of_record(record: DeliveryRecord, result: Result, *, code: str | None = None) -> DeliveryLine:
    """Give the line of what a record says."""
    return _line(record, result, code=code)


def line_of_attempt(record: DeliveryRecord, result: Result, posted: Posted) -> DeliveryLine:
    """Give the line of an attempt at the ledger."""
    outcome = posted.outcome
    return _line(
        record,
        result,
        code=record.code,
        outcome=name_of(outcome),
        status=None if isinstance(outcome, Applied) else outcome.status,
        posts=posted.posts,
        lookups=posted.lookups,
    )


def _line(record: DeliveryRecord, result: Result, **more: Any) -> DeliveryLine:
    return DeliveryLine(
        result=result,
        tenant=record.key.tenant,
        route=record.route,
        event_id=record.event_id,
        connection=record.key.connection,
        account=record.key.account,
        reference=record.key.reference,
        kind=record.kind,
        version=str(record.version),
        attempt=record.attempts,
        due_at=record.due_at.isoformat() if record.due_at else None,
        fence=record.fence,
        **more,
    )
