"""Codes of the Pennylane connector and its actions."""

from ledgerpost.error_catalogue.entry import Row, Who

ROWS: tuple[Row, ...] = (
    (
        "pennylane_schema_refused",
        Who.LEDGERPOST,
        "Pennylane refused the form of a request: a key it does not know, or one that is missing.",
        "Report it with the message: its API may have changed. Nothing was written.",
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
)
