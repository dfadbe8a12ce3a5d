"""Why nothing? An approval walked past every route, or what became of a reference. Nothing is posted.

Source: seed 000, "Nothing appears in PennyPipe after approval" and "Payment troubleshooting".
"""

from dataclasses import dataclass

from ledgerpost.app.browse import search
from ledgerpost.app.explain import Check, Explanation, explain, status_check
from ledgerpost.console.editing import applied_or_empty
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.domain.delivery import DeliveryRecord
from ledgerpost.domain.event import ApprovalEvent, TenantId
from ledgerpost.error_catalogue import CatalogueEntry
from ledgerpost.errors import EventError, describe
from ledgerpost.wire.approval import read_event
from ledgerpost.wire.event_file import EventEntry, read_entries


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """The page. Either a reference's deliveries (`found`), or an approval's way (`explanation`), or what is wrong with
    the approval itself (`fault`: a sentence and what to do).
    """

    reference: str = ""
    found: tuple[tuple[DeliveryRecord, Check], ...] = ()
    nothing_found: bool = False
    explanation: Explanation | None = None
    no_route: CatalogueEntry | None = None
    fault: tuple[str, str] | None = None
    text: str = ""


def why_reference(tenant: TenantId, reference: str, ports: ConsolePorts) -> Why:
    """Give what became of a reference or, where none has it, of a receipt number."""
    configuration, _ = applied_or_empty(ports, tenant)
    found = search(tenant, reference, configuration, ports.browse)
    checks = tuple((record, status_check(record)) for record in found)
    return Why(reference=reference, found=checks, nothing_found=not found)


def why_event(tenant: TenantId, text: str, ports: ConsolePorts) -> Why:
    """Walk an approval, as one JSON entry of the bus or its detail, past every route."""
    configuration, _ = applied_or_empty(ports, tenant)
    try:
        event = approval_of(text, tenant)
    except EventError as error:
        where = f"{error.path}: " if error.path else ""
        return Why(text=text, fault=(f"{where}{error.message}", error.fix))
    explanation = explain(event, configuration, ports.operate.records.get, ports.formulas)
    no_route = describe(explanation.code) if explanation.code else None
    return Why(text=text, explanation=explanation, no_route=no_route)


def approval_of(text: str, tenant: TenantId) -> ApprovalEvent:
    """Read a pasted approval. Raises EventError, also for one of another tenant."""
    item = next(iter(read_entries(text.encode(), "pasted")), None)
    if item is None:
        raise EventError("malformed_event", "There is nothing to look at.")
    if not isinstance(item, EventEntry):
        raise item.error
    event = read_event(item.envelope("pasted", time="1970-01-01T00:00:00Z"))
    if event.tenant != tenant:
        raise EventError("unknown_tenant", "The approval is of another tenant than yours.")
    return event
