"""The stores of grouping, in every implementation, for the contract suite and the tests of closing."""

from typing import Any

from ledgerpost.adapters.dynamodb.commerce import DynamoCommerceStore
from ledgerpost.adapters.dynamodb.commerce_companies import DynamoCompanyStore, DynamoDayStore
from ledgerpost.adapters.sqlite_commerce import SqliteDatabase, commerce_stores
from ledgerpost.ports_commerce import CommerceStores
from ledgerpost.wire.company import read_stored_company
from ledgerpost.wire.company_text import company_text


def sqlite_stores(path: str = ":memory:") -> CommerceStores:
    return commerce_stores(SqliteDatabase(path), to_text=company_text, from_text=read_stored_company)


def dynamo_stores(client: Any, table: str) -> CommerceStores:
    days = DynamoDayStore(client, table)
    companies = DynamoCompanyStore(client, table, to_text=company_text, from_text=read_stored_company)
    return CommerceStores(records=DynamoCommerceStore(client, table), companies=companies, days=days, runs=days)


def create_commerce_table(client: Any, table: str) -> None:
    """Create the table of grouping, with its sparse index of due companies."""
    client.create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "due", "due_at")],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "due",
                "KeySchema": [
                    {"AttributeName": "due", "KeyType": "HASH"},
                    {"AttributeName": "due_at", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
    )
