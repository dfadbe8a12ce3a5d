"""Reading every delivery record of a stage, page by page, from where an earlier reading ended."""

from collections.abc import Iterator, Sequence
from typing import Any

from ledgerpost.adapters.aws_errors import store_errors
from ledgerpost.adapters.dynamodb.record import record_of
from ledgerpost.domain.delivery import DeliveryRecord


class DynamoRecordScan:
    """The table of the delivery records (port RecordScan). Every fault is a StoreError."""

    def __init__(self, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    def pages(self, after: str) -> Iterator[tuple[Sequence[DeliveryRecord], str]]:
        """Give the records, a megabyte at a time, each page with where the next begins; blank for the last."""
        while True:
            request: dict[str, Any] = {
                "TableName": self._table,
                "FilterExpression": "attribute_exists(st)",
                "ConsistentRead": True,
            }
            if after:
                request["ExclusiveStartKey"] = {"key": {"S": after}}
            with store_errors("Scan"):
                page = self._client.scan(**request)
            after = page["LastEvaluatedKey"]["key"]["S"] if "LastEvaluatedKey" in page else ""
            yield [record_of(item) for item in page["Items"]], after
            if not after:
                return

    def estimate(self) -> int:
        """Give about how many items there are, some hours old: for a progress bar."""
        with store_errors("DescribeTable"):
            return int(self._client.describe_table(TableName=self._table)["Table"]["ItemCount"])
