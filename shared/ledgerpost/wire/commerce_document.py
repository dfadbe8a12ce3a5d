"""A document of a close as an approval event: `CommerceDocumentApproved`, in the envelope that the bus would write."""

from datetime import UTC

from ledgerpost.domain.commerce_document import ENTRY_FORM
from ledgerpost.domain.company import Company
from ledgerpost.domain.document import canonical_json
from ledgerpost.domain.grouping.close import DayClose
from ledgerpost.domain.grouping.document import CommerceDocument
from ledgerpost.ports_commerce import DocumentEvent

SOURCE = "ledgerpost"
DETAIL_TYPE = "CommerceDocumentApproved"


def event_for(company: Company, state: DayClose, document: CommerceDocument) -> DocumentEvent:
    """Give the event of `document`: its revision is that of the close, so the later close wins.

    The same close gives the same bytes under the same id: sending it again does no harm.
    """
    at = state.updated_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    event_id = f"{document.reference}-r{state.revision}"
    body = canonical_json(
        {
            "version": "0",
            "id": event_id,
            "detail-type": DETAIL_TYPE,
            "source": SOURCE,
            "time": at,
            "detail": {
                "schemaVersion": "1",
                "tenantId": company.extras.tenant,
                "revision": state.revision,
                "approvedAt": at,
                "currency": document.place.currency,
                "entity": {
                    "Id": document.reference,
                    "Form": ENTRY_FORM if company.extras.as_entries else document.form.value,
                    "Date": document.place.day.isoformat(),
                    "Total": document.money,
                    "Company": company.id,
                    "Connection": company.extras.connection,
                    "Account": company.extras.account,
                    "Document": document.as_json(),
                },
            },
        }
    )
    return DocumentEvent(event_id, body)
