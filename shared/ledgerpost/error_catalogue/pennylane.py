"""Codes of the Pennylane connector and its actions."""

from ledgerpost.error_catalogue.entry import Row, Who

ROWS: tuple[Row, ...] = (
    (
        "pennylane_schema_refused",
        Who.LEDGERPOST,
        "Pennylane refused the form of a request (400): a key or a value that its schema does not know.",
        "Correct the value that the message names, such as a VAT code; where it names none, report it, since the API "
        "may have changed. Nothing was written.",
    ),
    (
        "pennylane_refused",
        Who.INTEGRATION,
        "Pennylane understood the request and refused it (422); its own sentence stands in the message.",
        "Correct what the sentence names, in the input, the rule or Pennylane itself, then try again.",
    ),
    (
        "pennylane_scope_missing",
        Who.INTEGRATION,
        "The token lacks the scope that the call needs; the message names it.",
        "Give the token that scope in Pennylane's settings, or consent again with it, then try again.",
    ),
    (
        "pennylane_not_found",
        Who.INTEGRATION,
        "Pennylane has no such resource.",
        "Check the id: it is Pennylane's own number, or the external reference the resource was created with.",
    ),
    (
        "pennylane_already_exists",
        Who.INTEGRATION,
        "Pennylane already holds a resource of this external reference, with other content.",
        "Look the reference up in Pennylane; update that one by its id, or create under another key.",
    ),
    (
        "pennylane_filter_refused",
        Who.INTEGRATION,
        "The list cannot be filtered that way.",
        "Use a field and an operator that the message names.",
    ),
    (
        "pennylane_link_refused",
        Who.INTEGRATION,
        "A link in an answer leads to another host than the connection's base URL, so it was not followed.",
        "Set the base URL to the host that Pennylane's own links name.",
    ),
    (
        "pennylane_consent_lost",
        Who.INTEGRATION,
        "Pennylane no longer takes the connection's refresh token: it was revoked, is older than 90 days, or its "
        "successor was lost on the way.",
        "Connect Ledgerpost with Pennylane anew and put the new refresh token into the connection's secret; the work "
        "that waits goes on by itself after a resume.",
    ),
    (
        "token_refreshing",
        Who.NOBODY,
        "Another worker is refreshing the connection's token, so this one sent nothing.",
        "Nothing to do: it is tried again.",
    ),
    (
        "pennylane_ambiguous_id",
        Who.INTEGRATION,
        "Two resources answer to one id: it is the external reference of one and Pennylane's number of the other.",
        "Name the one that is meant by its other id.",
    ),
    (
        "pennylane_outcome_unknown",
        Who.NOBODY,
        "Pennylane did not answer a create, and a look-up does not show it: it may have been made, or not.",
        "Call the action again with the same input: it looks for what an earlier call made before it makes anything.",
    ),
    (
        "pennylane_input_refused",
        Who.INTEGRATION,
        "The input of an action is not what the action takes, so nothing was sent.",
        "Correct what the message names; docs/pennylane.md has the inputs of each action.",
    ),
    (
        "pennylane_invoice_final",
        Who.FINANCE,
        "A finalized invoice cannot be edited, so nothing was written.",
        "Correct it by a credit note, or change only its categories and its transaction reference.",
    ),
    (
        "pennylane_action_unknown",
        Who.INTEGRATION,
        "There is no such action.",
        "Use one of the sixteen of docs/pennylane.md.",
    ),
    (
        "pennylane_option_missing",
        Who.INTEGRATION,
        "The connection lacks an option that ledger entries need.",
        "Give the connection the options `journal` and `counterAccount`, apply the configuration, then redrive.",
    ),
    (
        "pennylane_field_unsupported",
        Who.INTEGRATION,
        "The rule asks for tags or custom fields, which a ledger entry of Pennylane has no place for.",
        "Take them out of the rule, or put what they say into the NoteTemplate; then redrive.",
    ),
    (
        "pennylane_journal_reading",
        Who.NOBODY,
        "The journal is long, and it was not yet read to its end in search of the reference.",
        "Nothing to do: the next attempt goes on from there. A journal of Ledgerpost's own is read fastest.",
    ),
    (
        "company_pennylane_unsupported",
        Who.INTEGRATION,
        "The company's days go to Pennylane's invoices, and what is configured cannot be written there.",
        "Switch off what the path names; or choose the output `JournalEntry` and, as the route's account and the "
        "company's, a number of the chart of accounts: a journal holds payments and fees too.",
    ),
    (
        "company_pennylane_option",
        Who.INTEGRATION,
        "The company's days go to Pennylane's invoices, and an id that is chosen is not one of Pennylane's.",
        "Choose the customer by Pennylane's number, and for each tax rate a VAT code that stands for the same rate, "
        "such as FR_200 for 20.",
    ),
    (
        "pennylane_document_unsupported",
        Who.INTEGRATION,
        "A day's payment or bill was to go to Pennylane, whose API makes neither; nothing was sent.",
        "Set `syncPayments` and `syncFees` to false, or have the company's days written as journal entries, which hold "
        "both. This delivery stays parked; book it by hand, or reopen and close the day anew.",
    ),
    (
        "pennylane_tax_off_rate",
        Who.FINANCE,
        "What the shop charged as tax is not what the line's rate says, by more than rounding explains; nothing was "
        "sent.",
        "Look at the orders of that day and rate; correct them at their source, or book the day by hand.",
    ),
)
