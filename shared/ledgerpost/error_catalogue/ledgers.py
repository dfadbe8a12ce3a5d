"""What a ledger answers."""

from ledgerpost.error_catalogue.entry import Row, Who

ROWS: tuple[Row, ...] = (
    # What the ledger answers.
    (
        "token_refused",
        Who.INTEGRATION,
        "The ledger refused the token (401): it is expired, revoked or wrong, or the base URL is wrong.",
        "Check that the OAuth or PAT credentials are correct, that the token is active and not expired or revoked, "
        "and that the API base URL is right; then redrive.",
    ),
    (
        "oauth_client_refused",
        Who.INTEGRATION,
        "The identity authority refused the client id, secret, grant or scopes.",
        "Check identity authority, client id, client secret and scopes of the connection; then redrive.",
    ),
    (
        "client_not_allowlisted",
        Who.INTEGRATION,
        "The ledger denied access (403): the account does not allow-list this OAuth client.",
        "Have the account's manager allow-list the OAuth client for integration posting, or correct the account id "
        "or the connection; then redrive.",
    ),
    (
        "account_forbidden",
        Who.INTEGRATION,
        "The ledger denied access (403): the token or its scopes have no right to post to this account.",
        "Check the account id and the connection, and give the token's user the right to post ledger entries there; "
        "for OAuth also check the account's allow-list. Then redrive.",
    ),
    (
        "account_not_found",
        Who.INTEGRATION,
        "The ledger knows no such account (404), or the base URL is wrong.",
        "Check the connection's API base URL, then redrive. Where the route's account id was wrong: correct it, send "
        "the approval again, and skip this one.",
    ),
    (
        "entry_malformed",
        Who.LEDGERPOST,
        "The ledger could not read the request (400).",
        "Report it with the delivery's id; nothing was posted.",
    ),
    (
        "entry_refused",
        Who.INTEGRATION,
        "The ledger refused the entry's content (422).",
        "Mend what the ledger's message names, in the rule or the source; then redrive.",
    ),
    (
        "entry_conflict",
        Who.FINANCE,
        "The ledger reports a conflict with what it holds (409).",
        "Compare the entry in the ledger with the transaction; then redrive or skip.",
    ),
    (
        "tag_missing",
        Who.INTEGRATION,
        "A tag of the rule does not exist in the ledger, and the rule does not create missing tags.",
        "Create the tag in the ledger, or set CreateMissingTags to true; then redrive.",
    ),
    (
        "field_definition_unknown",
        Who.INTEGRATION,
        "A custom field id does not belong to this account.",
        "Load the field list of this very account and correct FieldDefinitionId; then redrive.",
    ),
    (
        "field_value_type",
        Who.INTEGRATION,
        "A custom field was given a value of the wrong type.",
        "Map a property whose values fit the field's type (text, number, date, boolean); then redrive.",
    ),
    (
        "concurrent_update",
        Who.NOBODY,
        "The ledger was writing the same reference at that moment (409); this write was not applied.",
        "Nothing to do: it is tried again.",
    ),
    ("rate_limited", Who.NOBODY, "The ledger limits the rate (429).", "Nothing to do: it is tried again in time."),
    ("ledger_unavailable", Who.NOBODY, "The ledger is unavailable (503).", "Nothing to do: it is tried again."),
    (
        "ledger_unreachable",
        Who.NOBODY,
        "No connection to the ledger: refused, unknown host or TLS failure. Nothing was sent.",
        "Nothing to do at first: it is tried again. If it lasts, check the base URL.",
    ),
    (
        "reply_lost",
        Who.NOBODY,
        "The request was sent and no answer came: it may have been applied.",
        "Nothing to do: Ledgerpost finds out by asking the ledger or repeating the upsert.",
    ),
    (
        "ledger_failed",
        Who.NOBODY,
        "The ledger answered with a server error; the entry may have been applied.",
        "Nothing to do: Ledgerpost finds out by asking the ledger or repeating the upsert.",
    ),
    (
        "reply_unreadable",
        Who.NOBODY,
        "The ledger answered with success but not with an entry; it may have been applied.",
        "Nothing to do: Ledgerpost finds out. If it lasts, the base URL may lead to a proxy.",
    ),
    (
        "redirect_refused",
        Who.INTEGRATION,
        "The ledger answered with a redirect; Ledgerpost does not follow one with your token.",
        "Set the base URL to the address that the ledger itself serves; then redrive.",
    ),
    (
        "address_refused",
        Who.INTEGRATION,
        "The base URL leads to a private, loopback or link-local address.",
        "Correct the base URL; an internal address is never called from a stage.",
    ),
    (
        "unexpected_status",
        Who.LEDGERPOST,
        "The ledger refused with a status that its contract does not have.",
        "Report it with the delivery's id; nothing was posted.",
    ),
    (
        "deadline_reached",
        Who.NOBODY,
        "The time left was below one post's budget, so nothing was sent.",
        "Nothing to do: it is tried again.",
    ),
    (
        "secret_unavailable",
        Who.INTEGRATION,
        "The connection's secret cannot be read.",
        "Create the secret under the name given, and let the function's role read it; then redrive.",
    ),
    (
        "connection_paused",
        Who.INTEGRATION,
        "The connection is paused, so nothing was sent.",
        "Mend what the pause names, or ask who paused it; then `ledgerpost connection resume` takes all that waits up "
        "again.",
    ),
    (
        "account_paused",
        Who.INTEGRATION,
        "The account is paused on this connection, so nothing was sent; the connection's other accounts go on.",
        "Mend what the pause names, or ask who paused it; then `ledgerpost connection resume --account` takes all that "
        "waits up again.",
    ),
    (
        "paused_by_operator",
        Who.INTEGRATION,
        "A person paused the connection or the account.",
        "Resume it when the reason is gone: `ledgerpost connection resume`.",
    ),
    (
        "update_unsupported",
        Who.FINANCE,
        "The ledger holds an entry of this reference with other content and cannot update entries by reference.",
        "Correct or reverse the entry in the ledger, then skip this delivery.",
    ),
    (
        "document_unsupported",
        Who.INTEGRATION,
        "The ledger does not take documents of this form; nothing was sent.",
        "Point the route at a connection whose target takes them, then redrive.",
    ),
    (
        "retries_exhausted",
        Who.INTEGRATION,
        "The entry was tried for the whole retry schedule and was never applied.",
        "Mend what the last attempt names, then redrive.",
    ),
    (
        "outcome_unknown",
        Who.FINANCE,
        "It is not known whether the ledger applied the entry, and it offers no way to find out.",
        "Look the reference up in the ledger: skip the delivery if the entry is there, redrive it if not.",
    ),
)
