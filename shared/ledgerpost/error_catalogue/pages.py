"""What the pages and the API refuse before anything is done, and the mapping mistakes that they warn of."""

from ledgerpost.error_catalogue.entry import Row, Who

ROWS: tuple[Row, ...] = (
    (
        "not_signed_in",
        Who.INTEGRATION,
        "The request does not say who sends it, or for which tenant.",
        "Sign in again; whoever runs the stage gives each person a tenant and one of the roles.",
    ),
    (
        "not_assigned",
        Who.INTEGRATION,
        "The person is known, but has no tenant or is in none of the groups viewer, operator and admin.",
        "Whoever runs the stage gives the user both (docs/deploy.md); then sign out and in again.",
    ),
    (
        "login_refused",
        Who.NOBODY,
        "The sign-in did not come to its end: it took too long, was begun elsewhere, or its session was ended.",
        "Sign in again.",
    ),
    (
        "login_unavailable",
        Who.INTEGRATION,
        "The user pool does not answer, so nobody's session can be begun or renewed; deliveries go on.",
        "Try again in a minute. Where it lasts, see whether the region's Amazon Cognito is well.",
    ),
    (
        "form_not_ours",
        Who.NOBODY,
        "The form does not come from a page of this console, or its page is too old; nothing was changed.",
        "Open the page again, and send the form from there.",
    ),
    (
        "host_refused",
        Who.INTEGRATION,
        "The console of a laptop answers under the address of loopback alone.",
        "Open it under the address that `ledgerpost local --serve` printed.",
    ),
    (
        "request_unreadable",
        Who.INTEGRATION,
        "The request is not what the API expects; nothing was done.",
        "Mend what the problem names; docs/openapi.json describes every request.",
    ),
    (
        "page_not_found",
        Who.NOBODY,
        "There is nothing under this address.",
        "Start from the overview; what you look for may have been removed.",
    ),
    (
        "not_here",
        Who.NOBODY,
        "This cannot be done where the console runs; nothing was changed.",
        "Do what the message says instead.",
    ),
    (
        "upload_too_large",
        Who.INTEGRATION,
        "The file is larger than a page or call can take: 4 MB.",
        "Send it with `ledgerpost backfill FILE`, which takes files of any size, or split it.",
    ),
    (
        "mapping_irrelevant",
        Who.FINANCE,
        "A rule maps a property that transactions of its kind do not have.",
        "Map a property of this kind; a blank property is left out, never sent as blank.",
    ),
    (
        "mapping_wrong_account",
        Who.FINANCE,
        "A rule maps a field that the account of its route does not have.",
        "Load the fields of the account, and copy the FieldDefinitionId from there.",
    ),
    (
        "mapping_many_at_once",
        Who.FINANCE,
        "Many custom fields were mapped at once, so that a fault is hard to find.",
        "Start with one kind and one or two fields, run a test post, verify the values, then expand.",
    ),
    (
        "mapping_unused",
        Who.FINANCE,
        "A custom field is mapped where it never reaches the ledger.",
        "Remove it from the rule.",
    ),
)
