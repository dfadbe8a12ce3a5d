"""What the console, the API and the ways in can say."""

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
