"""`ledgerpost transfer`: one transaction by its id, now."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from ledgerpost.adapters.formulas import RuleEngineFormulas
from ledgerpost.app.explain import status_check
from ledgerpost.app.transfer import find_transfer, start_transfer
from ledgerpost.cli.books import ByOption, StageOption, StateOption, open_books
from ledgerpost.cli.inputs import configuration_from, entries_from
from ledgerpost.cli.output import NEEDS_A_PERSON, leave, print_json, results
from ledgerpost.domain.delivery import DeliveryKey, DeliveryRecord, Status
from ledgerpost.domain.event import ApprovalEvent
from ledgerpost.errors import EventError, UsageError
from ledgerpost.wire.approval import read_event
from ledgerpost.wire.event_file import EventEntry

EPOCH = "1970-01-01T00:00:00Z"
_AT_ITS_END = (Status.DELIVERED, Status.SKIPPED)


def transfer(
    reference: Annotated[str, typer.Option("--id", help="The transaction's id, as its route takes the reference.")],
    events: Annotated[Path, typer.Option(help="The source's list of approvals: JSON Lines, one bus entry a line.")],
    config: Annotated[Path, typer.Option(help="The configuration document.")],
    state: StateOption = None,
    stage: StageOption = None,
    by: ByOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result for scripts.")] = False,
) -> None:
    """Send one transaction of a list through the pipeline, in its latest version; the others of the list stay.

    A version that was delivered already makes no call to the ledger. Exit 0: delivered, skipped by a rule, or queued on
    a stage; 1: something stands in its way; 2: refused input, such as an id that the list does not have.
    """
    configuration = configuration_from(config, quiet=True)
    formulas = RuleEngineFormulas()
    found = find_transfer(_events(entries_from(events)[0]), reference.strip(), configuration, formulas)
    if found is None:
        raise UsageError("usage", f"{events.name} has no transaction {reference!r} that a route of the tenant takes.")
    with open_books(state, stage, configuration) as books:
        start_transfer(found, books.ports.approvals, books.ports.notices, by=by or books.caller())
        books.settle()
        records = [] if stage is not None else [(key, books.ports.records.get(key)) for key in found.keys]
    documents = [_plain(key, record) for key, record in records]
    if as_json:
        print_json({"id": reference, "version": str(found.event.version), "deliveries": documents})
    else:
        _show(reference, documents)
    if any(record is None or record.status not in _AT_ITS_END for _, record in records):
        leave(NEEDS_A_PERSON)


def _events(entries: Iterable[EventEntry]) -> Iterator[ApprovalEvent]:
    """Read the entries; one that cannot be understood is not the one that is meant."""
    for entry in entries:
        # From the content: transferring the same approval again sends the same event.
        digest = hashlib.blake2b(f"{entry.source}|{entry.detail_type}|{entry.detail}".encode(), digest_size=12)
        try:
            yield read_event(entry.envelope(f"transfer-{digest.hexdigest()}", time=EPOCH))
        except EventError:
            continue


def _plain(key: DeliveryKey, record: DeliveryRecord | None) -> dict[str, Any]:
    check = status_check(record) if record is not None else None
    return {
        "connection": key.connection,
        "account": key.account,
        "status": record.status if record is not None else None,
        "code": record.code if record is not None else None,
        "finding": check.finding if check is not None else "no delivery record was made",
        "fix": check.fix if check is not None else "",
    }


def _show(reference: str, documents: list[dict[str, Any]]) -> None:
    if not documents:
        results.print(f"{reference} was queued.", highlight=False)
    for document in documents:
        results.print(f"{reference} → {document['account']}: {document['finding']}", highlight=False)
        if document["fix"]:
            results.print(f"  → {document['fix']}", highlight=False)
