"""Lambda handler of the delivery table's stream: what became of the records is told to the listing (ADR 20).

It stands behind delivering and never in its way: where it fails, the stream waits and a page is a little behind.
"""

from typing import Any

from ledgerpost.adapters.dynamodb.record_stream import batch_of, changes_of
from ledgerpost.app.listing import list_changes
from ledgerpost.lambda_host import LambdaContext, invocation
from ledgerpost.listing_stage import listing_function
from ledgerpost.wire.message import read_accepted_event


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Tell the listing of a batch of changes; give how many moved anything. A batch that fails comes again, whole."""
    function, records = listing_function(), event["Records"]
    with invocation(function.log):
        return {"moved": list_changes(batch_of(records), changes_of(records), function.listing, read_accepted_event)}
