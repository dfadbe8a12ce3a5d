"""What Codat answers beyond what every ledger does. Source: codat sheet, sections 7 and 8."""

from ledgerpost.error_catalogue.entry import Row, Who

ROWS: tuple[Row, ...] = (
    (
        "codat_push_failed",
        Who.INTEGRATION,
        "Codat took the document and the accounting software refused it; nothing was written.",
        "Mend what the message names, in the company's configuration or in the accounting software; then redrive.",
    ),
    (
        "codat_software_unavailable",
        Who.NOBODY,
        "Codat took the document and the accounting software was busy or away; nothing was written.",
        "Nothing to do: it is tried again.",
    ),
    (
        "codat_push_pending",
        Who.NOBODY,
        "Codat took the document and has not yet said what became of it.",
        "Nothing to do: Ledgerpost asks again. If it lasts, the accounting software may be offline.",
    ),
    (
        "codat_push_timed_out",
        Who.FINANCE,
        "Codat gave up waiting for the accounting software; the document may still appear there, up to a day later.",
        "Nothing to do at first: Ledgerpost looks for it. Once it is parked, look the document number up in the "
        "accounting software: skip the delivery if it is there, redrive it a day later if not.",
    ),
    (
        "codat_not_linked",
        Who.INTEGRATION,
        "The company has no linked connection to an accounting software, or more than one.",
        "Have the merchant link the accounting software again; with several, name one in the option `connectionId`.",
    ),
    (
        "codat_plan_limit",
        Who.INTEGRATION,
        "Codat's plan does not allow the call (402).",
        "Have the limit raised at Codat; then redrive.",
    ),
    (
        "codat_data_not_ready",
        Who.INTEGRATION,
        "Codat has never read this kind of data from the accounting software, so nothing can be looked up (409).",
        "Enable the data type in Codat's data settings; Ledgerpost tries again by itself.",
    ),
    (
        "codat_settles_nothing",
        Who.NOBODY,
        "The document that the payment settles is not in the accounting software yet.",
        "Nothing to do: the payment is tried again. If it lasts, see what became of the document itself.",
    ),
    (
        "codat_settles_several",
        Who.FINANCE,
        "The accounting software holds several documents of the reference that the payment settles.",
        "Remove what is there twice, then redrive the payment.",
    ),
    (
        "codat_document_incomplete",
        Who.INTEGRATION,
        "The document lacks something that Codat asks for, such as a customer or a supplier.",
        "Complete the company's configuration, close the day again, and skip this delivery.",
    ),
)
