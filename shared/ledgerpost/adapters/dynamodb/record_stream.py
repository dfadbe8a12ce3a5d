"""The stream of changes of the table `deliveries`, as Lambda hands it on: each change of a delivery record, before and
after. What else lies in the table, rejections and pauses, is passed over.

Source: Amazon DynamoDB Streams, "Using DynamoDB Streams with AWS Lambda"; binary values come in base64.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ledgerpost.adapters.dynamodb.record import record_of
from ledgerpost.app.listing import RecordChange

SEQUENCE_DIGITS = 40
"""Digits of the longest sequence number. Source: DynamoDB Streams API, StreamRecord."""

StreamRecord = Mapping[str, Any]


def sequence_of(record: StreamRecord) -> str:
    """Give the number by which a change comes again."""
    return str(record["dynamodb"]["SequenceNumber"])


def batch_of(records: Sequence[StreamRecord]) -> str:
    """Give the name of a batch: the same for the same changes, and in the order of time as text."""
    first, last = (int(sequence_of(records[place])) for place in (0, -1))
    return f"{first:0{SEQUENCE_DIGITS}}-{last:0{SEQUENCE_DIGITS}}"


def changes_of(records: Sequence[StreamRecord]) -> Iterator[RecordChange]:
    """Give the changes of delivery records in `records`, in their order."""
    for record in records:
        images = record["dynamodb"]
        after = images.get("NewImage", {})
        if "st" not in after:
            continue
        before = images.get("OldImage", {})
        yield RecordChange(record_of(_item(before)) if "st" in before else None, record_of(_item(after)))


def _item(image: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _value(value) for name, value in image.items()}


def _value(value: Mapping[str, Any]) -> dict[str, Any]:
    [(kind, held)] = value.items()
    if kind == "B":
        return {"B": base64.b64decode(held)}
    return {"M": _item(held)} if kind == "M" else {kind: held}
