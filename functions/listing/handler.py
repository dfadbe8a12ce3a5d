"""Lambda handler of the delivery table's stream: what became of the records is told to the listing (ADR 20).

It stands behind delivering and never in its way: where it fails, the stream waits and a page is a little behind.
"""

from typing import Any

from ledgerpost.adapters.dynamodb.record_stream import StreamRecord, batch_of, changes_of, sequence_of
from ledgerpost.app.listing import move_of
from ledgerpost.domain.listing import Move
from ledgerpost.lambda_host import BatchResponse, LambdaContext, each_record, invocation
from ledgerpost.listing_stage import ListingFunction, listing_function
from ledgerpost.wire.message import read_accepted_event


class UnreadableChangeError(Exception):
    """The first change of a batch cannot be read: Lambda is to cut the batch in two until that change is alone."""


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> BatchResponse:
    """Tell the listing of a batch of changes. From the first that cannot be read on they come again."""
    function, records = listing_function(), event["Records"]
    with invocation(function.log):
        moves, failed = moves_of(records, function)
        if failed == 0 and records:
            raise UnreadableChangeError(f"{len(records)} changes from {sequence_of(records[0])} on")
        taken = records if failed is None else records[:failed]
        if moves:
            function.listing.add(batch_of(taken), moves)
        function.log.info("listing.told", count=len(moves))
    return {"batchItemFailures": [] if failed is None else [{"itemIdentifier": sequence_of(records[failed])}]}


def moves_of(records: list[StreamRecord], function: ListingFunction) -> tuple[list[Move], int | None]:
    """Give what moved, up to the first change that cannot be read, and which one that is; None where all can be."""
    moves: list[Move] = []
    for number, record in enumerate(records):

        def read(numbered: dict[str, Any]) -> None:
            changes = changes_of([numbered["change"]])
            moves.extend(move for change in changes if (move := move_of(change, read_accepted_event)).is_one)

        numbered = {"messageId": sequence_of(record), "change": record}
        if each_record([numbered], read, function.log)["batchItemFailures"]:
            return moves, number
    return moves, None
