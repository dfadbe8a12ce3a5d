"""What people may not do, and what comes in by a signed webhook or from a file."""

from ledgerpost.error_catalogue.entry import Row, Who

ROWS: tuple[Row, ...] = (
    # People and what they may do.
    (
        "not_allowed",
        Who.INTEGRATION,
        "The person's role may not do this.",
        "Ask an admin of the tenant to do it, or to give the role.",
    ),
    # Undoing a route's day.
    (
        "undo_unknown_route",
        Who.INTEGRATION,
        "The applied configuration has no such route.",
        "Check the route's id; `ledgerpost diff` shows what is applied.",
    ),
    (
        "undo_not_settled",
        Who.FINANCE,
        "The ledger may hold something of this delivery that is not settled, so it cannot be reversed now.",
        "Redrive it, or wait until it is delivered; then undo the day again.",
    ),
    (
        "undo_document",
        Who.FINANCE,
        "The ledger holds a whole document, which only a document of the ledger's own kind takes back.",
        "Reverse or credit it in the ledger, or correct it in the source, which updates it.",
    ),
    (
        "undo_other_account",
        Who.FINANCE,
        "The entry was posted to an account, or through a connection, that the route does not use any more.",
        "Reverse it in the ledger, or apply the earlier route and undo the day then.",
    ),
    (
        "undo_route_changed",
        Who.FINANCE,
        "The route would not make the same entry today, so its opposite would not be the entry's.",
        "Reverse it in the ledger, or apply the earlier rules and undo the day then.",
    ),
    (
        "undo_route_off",
        Who.INTEGRATION,
        "The route, or its rule for this kind, is switched off: a reversal would be skipped.",
        "Switch it on, undo the day, and switch it off again.",
    ),
    (
        "undo_reference_too_long",
        Who.FINANCE,
        "The reference leaves no room for the link of a reversal.",
        "Reverse the entry in the ledger by hand.",
    ),
    # The signed webhook.
    (
        "webhook_unsigned",
        Who.INTEGRATION,
        "The request bears no signature of the right form.",
        "Send `Ledgerpost-Signature: t=SECONDS,k=KEY,v1=HEX` as the documentation shows.",
    ),
    (
        "webhook_signature_wrong",
        Who.INTEGRATION,
        "The signature was not made over this very body by a key that is good.",
        "Sign the bytes that are sent, with the key's newest secret; a key that was just made is good within a minute.",
    ),
    (
        "webhook_stale",
        Who.INTEGRATION,
        "The request was signed more than five minutes ago, or in the future.",
        "Set the sender's clock, and sign a request anew when it is sent again.",
    ),
    (
        "webhook_too_large",
        Who.INTEGRATION,
        "The request is larger than 256 KB.",
        "Send fewer approvals at a time, or a file with `ledgerpost backfill`.",
    ),
    (
        "webhook_count",
        Who.INTEGRATION,
        "A request holds from 1 to 100 approvals.",
        "Send it in parts, or a file with `ledgerpost backfill`.",
    ),
    (
        "webhook_foreign_tenant",
        Who.INTEGRATION,
        "An approval of the request names another tenant than the key's own; none was taken.",
        "Use the key of that tenant; the attempt is in the change log.",
    ),
    (
        "webhook_key_taken",
        Who.INTEGRATION,
        "There is a key of this id already, and it is not this tenant's.",
        "Choose another id.",
    ),
    ("webhook_key_unknown", Who.INTEGRATION, "The tenant has no key of this id.", "Check the id."),
    # Approvals of the past, from a file.
    (
        "backfill_foreign_tenant",
        Who.INTEGRATION,
        "The file holds an approval of another tenant than the configuration's.",
        "Split the file by tenant.",
    ),
    (
        "column_map_mismatch",
        Who.INTEGRATION,
        "The column map names a column that the file does not have, or has twice.",
        "Write the column as the file's first line has it.",
    ),
)
