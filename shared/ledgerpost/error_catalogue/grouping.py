"""Codes of a company's configuration, of commerce records, and of closing a day."""

from ledgerpost.error_catalogue.entry import Row, Who

ROWS: tuple[Row, ...] = (
    # The company's configuration. Source: seed 003; codat sheet, section 8.
    (
        "company_connections",
        Who.INTEGRATION,
        "A company needs exactly two linked connections: the shop's and the books'.",
        "Link the one that is missing, or unlink the others, and apply the configuration again.",
    ),
    (
        "company_payments_without_sales",
        Who.INTEGRATION,
        "Payments can only be synchronised where sales are.",
        "Set `syncSales: true`, or `syncPayments: false`.",
    ),
    (
        "company_fees_without_payments",
        Who.INTEGRATION,
        "Fees can only be synchronised where payments are.",
        "Set `syncPayments: true`, or `syncFees: false`.",
    ),
    (
        "company_payments_on_draft",
        Who.INTEGRATION,
        "A draft invoice takes no payments.",
        "Choose another invoice status, or set `syncPayments: false`.",
    ),
    (
        "company_prepaid_account_shared",
        Who.FINANCE,
        "The pre-paid account is also a payment account; what is owed to the holders of vouchers would mix with money.",
        "Choose an account of its own for prePaid.",
    ),
    (
        "company_payout_account_shared",
        Who.FINANCE,
        "The card account is also the account that the provider pays out to; each payout would count twice.",
        "Choose different accounts for card and payout.",
    ),
    (
        "company_customer_missing",
        Who.INTEGRATION,
        "No sales customer is chosen, and every invoice is raised against one.",
        "Choose a customer from customerOptions.",
    ),
    (
        "company_supplier_missing",
        Who.INTEGRATION,
        "Fees are synchronised and no supplier is chosen for their bills.",
        "Choose a supplier from supplierOptions.",
    ),
    (
        "company_not_an_option",
        Who.INTEGRATION,
        "What is selected is not contained in its options.",
        "Select one of the options; options come from the ledger and are read-only.",
    ),
    (
        "company_level_unsupported",
        Who.INTEGRATION,
        "A grouping level is selected that Ledgerpost cannot group by.",
        "Select location for invoices, location or product for lines, or nothing.",
    ),
    (
        "company_account_inactive",
        Who.FINANCE,
        "The selected account is not active in the ledger.",
        "Reactivate it there, or select another.",
    ),
    (
        "company_account_missing",
        Who.INTEGRATION,
        "No account is chosen for something that is to be posted; nothing of the day was posted.",
        "Choose the account named, or create one by its account type; then close the day again.",
    ),
    (
        "company_own_account_missing",
        Who.INTEGRATION,
        "One of Ledgerpost's own accounts (rounding, tax, receivable, clearing) is needed and not chosen.",
        "Name one of the account options under the key named; then close the day again.",
    ),
    (
        "company_payment_type_unmapped",
        Who.INTEGRATION,
        "The day has a payment type that no account is chosen for; nothing of the day was posted.",
        "Choose an account for the type named; the next close covers the day.",
    ),
    (
        "company_transaction_type_unmapped",
        Who.INTEGRATION,
        "The day has a transaction whose type the source does not know; nothing of the day was posted.",
        "Have the source name the type and send the record again; the next close covers the day.",
    ),
    (
        "company_tax_rate_unmapped",
        Who.INTEGRATION,
        "The day has a tax rate that no rate of the ledger is chosen for; nothing of the day was posted.",
        "Choose a tax rate under the key named; the next close covers the day.",
    ),
    (
        "company_tax_rate_twice",
        Who.INTEGRATION,
        "One tax rate stands twice under different spellings, such as 17.5 and 17.50.",
        "Keep one of the two.",
    ),
    (
        "company_read_only",
        Who.INTEGRATION,
        "The document changes a value that is read-only.",
        "Leave the key out, or write the value that is there.",
    ),
    (
        "company_start_backdated",
        Who.FINANCE,
        "The start date was moved backwards; days that were never meant to be posted would be.",
        "Keep the start date, or move it forward. Days before it have to be booked by hand.",
    ),
    (
        "company_output_fixed",
        Who.FINANCE,
        "The output is fixed after the first configuration: invoices and journals of one shop would count twice.",
        "Keep the output; to change it, begin a new company with a later start date.",
    ),
    (
        "company_journal_as_entries",
        Who.INTEGRATION,
        "Journals are asked for on a ledger of single entries, where debits and credits could not balance.",
        "Choose the output Invoices, or set `entries: false`.",
    ),
    (
        "company_unknown",
        Who.INTEGRATION,
        "No company of that id is configured.",
        "Check the id, or apply the company's configuration first.",
    ),
    (
        "company_changed_meanwhile",
        Who.NOBODY,
        "Somebody else changed the company's configuration at the same moment; nothing was changed.",
        "Look at it with `ledgerpost company config show`, and apply yours again.",
    ),
    # Commerce records.
    (
        "commerce_malformed",
        Who.INTEGRATION,
        "A commerce record is not of the documented form.",
        "Mend the publisher after the path and sentence of the message, then send the record again.",
    ),
    (
        "commerce_does_not_add_up",
        Who.FINANCE,
        "A record's lines differ from its own total by more than rounding explains; nothing of its day was posted.",
        "Correct the record at its source and send it again; the next close covers the day.",
    ),
    (
        "commerce_version_conflict",
        Who.INTEGRATION,
        "A record came twice with one modification time and different content; the first is kept.",
        "Have the source raise sourceModifiedDate with every change, then send the record again.",
    ),
    (
        "commerce_reconcile_manually",
        Who.FINANCE,
        "An update came for a record that Ledgerpost never had, of a day that is closed or before the start. "
        "Please reconcile manually: what the ledger holds of it is not known.",
        "Find the record in the ledger by its id and book the difference by hand.",
    ),
    # Closing a day.
    (
        "close_before_start",
        Who.NOBODY,
        "A run was asked for before the company's start date.",
        "Wait for the first sync hour after the start date; the start date cannot be backdated.",
    ),
    (
        "close_day_not_over",
        Who.NOBODY,
        "The business day is not over yet in the merchant's zone.",
        "Close it after midnight there; a preview is possible at any time.",
    ),
    (
        "close_company_disabled",
        Who.INTEGRATION,
        "The company is switched off, by a person or after 31 failing days in a row.",
        "Mend what the last runs report, set `enabled: true` and apply the configuration.",
    ),
    (
        "close_range_overlaps",
        Who.FINANCE,
        "Date overlaps with a previous sync date range.",
        "Ask for a range that no successful run has covered; a covered day is reopened instead.",
    ),
    (
        "close_overtaken",
        Who.NOBODY,
        "Another run closes the same day at this moment; this one changed nothing.",
        "Nothing to do; look at the day with `ledgerpost day show`.",
    ),
    (
        "close_not_closed",
        Who.NOBODY,
        "The day is not closed, so there is nothing to reopen.",
        "Close it first; `ledgerpost day show` says where it stands.",
    ),
    (
        "close_document_vanished",
        Who.FINANCE,
        "A day was reopened and closed again, and a document that was posted is not made any more.",
        "Look the reference up in the ledger and void it there by hand.",
    ),
)
