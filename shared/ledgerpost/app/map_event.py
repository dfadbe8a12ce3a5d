"""What a route makes of an event: work for a delivery record, or a rejection where no reference can be had."""

from typing import TYPE_CHECKING, assert_never

from ledgerpost.domain.delivery import Work, work_of
from ledgerpost.domain.document import LedgerDocument, Postable
from ledgerpost.domain.entry import LedgerEntry
from ledgerpost.domain.event import ApprovalEvent, EventKind
from ledgerpost.domain.mapping import Refusal, Skip, map_entry
from ledgerpost.domain.rejection import Rejection
from ledgerpost.domain.route import Route

if TYPE_CHECKING:
    from ledgerpost.domain.formula import Formulas


def map_transaction(event: ApprovalEvent, route: Route, formulas: "Formulas") -> Postable | Skip | Refusal:
    """Give what the route makes of `event`: an entry, a closed day's document, the draft of a collection's document, or
    why there is none.
    """
    if event.kind is EventKind.COMMERCE_DOCUMENT:
        from ledgerpost.domain.commerce_document import map_commerce_document  # noqa: PLC0415 - where days are grouped

        return map_commerce_document(event, route)
    mapping = route.collection_for(event.kind)
    if mapping is not None:
        from ledgerpost.domain.collection_document import draft_document  # noqa: PLC0415 - no other route pays for it

        return draft_document(event, route, mapping, formulas)
    rule = route.rules.get(event.kind)
    return map_entry(event, route, rule) if rule is not None else Skip("rule_disabled", None)


def map_event(event: ApprovalEvent, route: Route, formulas: "Formulas") -> Work | Rejection:
    """Give the work of `event` on `route`; a Rejection where it has no reference to keep a record under."""
    verdict = route.verdict_on(event.kind)
    mapped = map_transaction(event, route, formulas)
    reference = mapped.reference
    if reference is None:
        parked, message = isinstance(mapped, Refusal), mapped.message if isinstance(mapped, Refusal) else ""
        code = mapped.code if isinstance(mapped, Skip | Refusal) else "no_reference"
        return _rejection_of(event, route, verdict or code, message, parked=parked and verdict is None)
    if verdict is not None:
        return work_of(event, route, reference, None, code=verdict)
    match mapped:
        case Skip():
            return work_of(event, route, reference, None, code=mapped.code)
        case Refusal():
            return work_of(event, route, reference, None, code=mapped.code, detail=mapped.message, park=True)
        case LedgerEntry() | LedgerDocument():
            return work_of(event, route, reference, mapped)
        case _:
            assert_never(mapped)


def _rejection_of(event: ApprovalEvent, route: Route, code: str, message: str, *, parked: bool) -> Rejection:
    return Rejection(
        id=f"{event.event_id}/{route.id}",
        tenant=event.tenant,
        route=route.id,
        code=code,
        message=message,
        parked=parked,
        at=event.approved_at,
        source=event.text,
    )
