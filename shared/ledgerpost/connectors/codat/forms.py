"""Which data type of Codat each form of a document is pushed as, and where its reference stands there.

Source: codat sheet, sections 1 and 4; Codat's accounting data model. A journal entry has no number of its own there, so
our reference is its description (ours).
"""

from dataclasses import dataclass

from ledgerpost.domain.document import DocumentForm


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One form. `link` is what a payment calls a document of this form; `sign` is that of its amount for the merchant,
    as in `LedgerDocument.source_amount`.
    """

    form: DocumentForm
    data_type: str
    reference_property: str
    date_property: str = "issueDate"
    lines_property: str = "lineItems"
    amount_property: str = "totalAmount"
    link: str = ""
    sign: int = 1


FORMS: tuple[Form, ...] = (
    Form(form=DocumentForm("codat.invoice"), data_type="invoices", reference_property="invoiceNumber", link="Invoice"),
    Form(
        form=DocumentForm("codat.creditNote"),
        data_type="creditNotes",
        reference_property="creditNoteNumber",
        link="CreditNote",
        sign=-1,
    ),
    Form(
        form=DocumentForm("codat.payment"),
        data_type="payments",
        reference_property="reference",
        date_property="date",
        lines_property="lines",
        amount_property="amount",
    ),
    Form(form=DocumentForm("codat.bill"), data_type="bills", reference_property="reference", sign=-1),
    Form(
        form=DocumentForm("codat.billCreditNote"),
        data_type="billCreditNotes",
        reference_property="billCreditNoteNumber",
    ),
    Form(
        form=DocumentForm("codat.journalEntry"),
        data_type="journalEntries",
        reference_property="description",
        date_property="postedOn",
        lines_property="journalLines",
        amount_property="netAmount",
    ),
)

BY_FORM = {form.form: form for form in FORMS}
BY_DATA_TYPE = {form.data_type: form for form in FORMS}
