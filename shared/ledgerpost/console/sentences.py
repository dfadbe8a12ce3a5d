"""What a page says after something was done, by the word that the redirect carries: no text comes from an address."""

DONE = {
    "connection-saved": "The connection is saved. Test it, then add a stream route.",
    "secret-rotated": "The ledger took the new secret; it is in use now, and the one before is kept to go back to.",
    "secret-unchanged": "This is the secret that is in use already; nothing was changed.",
    "paused": "It is paused: nothing is posted there until somebody resumes it.",
    "paused-already": "It was paused already; nothing was changed.",
    "resumed": "It is resumed: what waited is taken up again.",
    "route-saved": "The route is saved. Enable and fill in the rules of the events that it is to post.",
    "route-enabled": "The route is enabled.",
    "route-disabled": "The route is switched off: approvals pass it by.",
    "route-removed": "The route is removed.",
    "rule-saved": "The rule is saved.",
    "rules-applied": "The rules are applied, with their keys in PascalCase.",
    "redriven": "It is taken up again; load the page anew to see what came of it.",
    "skipped": "It is skipped: this version of it is never posted.",
    "company-applied": "The configuration is applied; the next run goes by it.",
    "day-closed": "The day is closed; its documents are on their way to the ledger.",
    "day-nothing": "Nothing came since the last close: there was no document to write.",
    "day-reopened": "The day is reopened: its next close writes every document anew, under the same references.",
    "map-kept": "The column map is kept; choose it by its name from now on.",
    "event-redriven": "The event is sent through intake again.",
}
