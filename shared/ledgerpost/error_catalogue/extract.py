"""The nightly extract: what is left out by rule, what is held, what is sent with a note, what the target refused."""

from ledgerpost.error_catalogue.entry import Row, Who

ROWS: tuple[Row, ...] = (
    # Left out, by rule.
    ("extract_draft", Who.NOBODY, "The row is a draft in the source; drafts are never sent.", "Nothing to do."),
    (
        "extract_status_not_sent",
        Who.NOBODY,
        "The status map says that invoices of this status are not sent (cancelled, archived, incomplete).",
        "Nothing to do; or give the status another target in the map.",
    ),
    (
        "extract_invoice_not_sent",
        Who.NOBODY,
        "The credit note credits an invoice that is not sent by its status (one credited in full is cancelled).",
        "Nothing to do: neither counts. To have both, send cancelled invoices by the status map.",
    ),
    ("extract_template_empty", Who.NOBODY, "The subscription's billing template has no lines.", "Nothing to do."),
    (
        "extract_left_in_target",
        Who.FINANCE,
        "The row is not sent any more (it was cancelled or archived), yet an earlier night sent it; the target has it "
        "still, since nothing is ever deleted there.",
        "Take it out in the target by hand where it must not count.",
    ),
    # Held: the row should be sent, and is looked at again every night.
    (
        "extract_status_unmapped",
        Who.INTEGRATION,
        "The source gave the invoice a status that the status map does not know.",
        "Add the status to the map of the extract; the next night sends the invoice.",
    ),
    (
        "extract_customer_missing",
        Who.FINANCE,
        "The document has no customer in the source, and the target takes none without.",
        "Give the document a customer in the source; the next night sends it.",
    ),
    (
        "extract_customer_unknown",
        Who.INTEGRATION,
        "The document's customer was not extracted: it is held itself, or was deleted in the source.",
        "Look for the customer among the findings and mend it there; the next night sends the document.",
    ),
    (
        "extract_invoice_unknown",
        Who.INTEGRATION,
        "The credit note credits an invoice that was not extracted: it is held or was refused itself.",
        "Look for the invoice among the findings and mend it there; the next night sends both.",
    ),
    (
        "extract_rate_missing",
        Who.NOBODY,
        "No rate of the document's currency is published for its day yet; none is made up.",
        "Put a newer rates file in place; the next night sends the document. Weekdays wait for their own publication.",
    ),
    (
        "extract_rule_unknown",
        Who.INTEGRATION,
        "The subscription bills by a rule that is neither weekly, monthly nor yearly, so it has no monthly amount.",
        "Correct the rule in the source, or report the rule to us.",
    ),
    (
        "extract_row_malformed",
        Who.INTEGRATION,
        "A field that the mapping needs is missing in the source's row or cannot be read; the message names it.",
        "Correct the row in the source; if it looks right there, report it to us.",
    ),
    # Sent, with a note.
    (
        "extract_line_without_product",
        Who.FINANCE,
        "Lines name no product, so they have no price in the target; they are sent all the same.",
        "Give the lines a product in the source where you want them analysed by product.",
    ),
    (
        "extract_product_unknown",
        Who.INTEGRATION,
        "Lines name a product that was not extracted: it is held itself, or was deleted in the source.",
        "Look for the product among the findings; then extract once with all lines read again.",
    ),
    (
        "extract_country_unreadable",
        Who.FINANCE,
        "The customer's country is no code of two letters; the customer is sent without one.",
        "Correct the country in the source.",
    ),
    (
        "extract_sum_differs",
        Who.FINANCE,
        "The document's lines differ from its total by more than a cent a line; the lines were sent.",
        "Compare the document with its lines in the source.",
    ),
    (
        "extract_credit_note_unattached",
        Who.FINANCE,
        "The credit note credits no invoice; it is sent without one.",
        "Link it to its invoice in the source where there is one.",
    ),
    (
        "rates_unreadable",
        Who.INTEGRATION,
        "The file of rates is not of the form that the European Central Bank publishes; nothing was extracted.",
        "Put the ECB's eurofxref-hist.csv, or its zip, in place and run the extract again.",
    ),
    # What the target said.
    (
        "extract_row_refused",
        Who.INTEGRATION,
        "The target refused the row; its own words stand in the message. The other rows went on.",
        "Mend what it names; the next night sends the row again.",
    ),
    (
        "extract_row_unsettled",
        Who.NOBODY,
        "The target gave no clear answer to the row, however often it was repeated.",
        "Nothing to do: writing the same row again is safe, and the next night does it.",
    ),
    (
        "extract_path_unknown",
        Who.INTEGRATION,
        "The target does not know the path that rows of this kind are written to.",
        "Compare the connection's base URL and paths with the target's documentation.",
    ),
    (
        "extract_order",
        Who.LEDGERPOST,
        "The source gave a page whose rows do not come after the last one, though it was asked for those alone.",
        "Run the extract again; if it says so again, report it to us.",
    ),
)
