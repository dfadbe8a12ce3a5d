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
)
