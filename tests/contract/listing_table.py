"""The table of the listing, as the stack is to define it."""

from typing import Any


def create_listing_table(client: Any, table: str) -> None:
    """Create the table of the listing."""
    client.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "part", "KeyType": "HASH"}, {"AttributeName": "at", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("part", "at")],
    )
