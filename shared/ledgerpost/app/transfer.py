"""Transferring one transaction by its id, out of a list of approvals. Source: seed 004, "Manual Sync ID Format"."""

from collections.abc import Iterable
from dataclasses import dataclass

from ledgerpost.app.map_event import map_event
from ledgerpost.domain.delivery import DeliveryKey
from ledgerpost.domain.event import ApprovalEvent
from ledgerpost.domain.formula import Formulas
from ledgerpost.domain.rejection import Rejection
from ledgerpost.domain.route import TenantConfiguration
from ledgerpost.ports import Notices, OutgoingMessage, Queue


@dataclass(frozen=True, slots=True)
class Transfer:
    """The latest approval of a transaction, and the keys of the deliveries that it makes, by the routes' order."""

    event: ApprovalEvent
    keys: tuple[DeliveryKey, ...]


def find_transfer(
    events: Iterable[ApprovalEvent], reference: str, configuration: TenantConfiguration, formulas: Formulas
) -> Transfer | None:
    """Give the transaction whose reference on some route is `reference`, in its latest version; None where the list has
    none of the tenant that a route takes.
    """
    found: Transfer | None = None
    for event in events:
        if event.tenant != configuration.tenant:
            continue
        works = [map_event(event, route, formulas) for route in configuration.routes_for(event)]
        keys = tuple(work.key for work in works if not isinstance(work, Rejection) and work.key.reference == reference)
        if keys and (found is None or event.version.compare(found.event.version) >= 0):
            found = Transfer(event, keys)
    return found


def start_transfer(transfer: Transfer, approvals: Queue, notices: Notices, *, by: str) -> None:
    """Send the transaction through intake. A version that was delivered already makes no call to the ledger."""
    event = transfer.event
    approvals.send([OutgoingMessage(event.text)])
    version = str(event.version)
    notices.info(
        "transfer.queued", tenant=event.tenant, event_id=event.event_id, kind=event.kind, version=version, by=by
    )
