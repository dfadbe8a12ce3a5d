"""Lambda handler of the delivery queue: each message is one approval on one route, or a wake-up call.

From here: `app/deliver.py` claims and records, `app/posting.py` posts, `connectors/` speaks to the ledger.
"""

from typing import Any

from ledgerpost.app.deliver import deliver
from ledgerpost.bootstrap import container
from ledgerpost.lambda_host import BatchResponse, LambdaContext, SqsRecord, TimeLeft, each_record, invocation
from ledgerpost.wire.message import read_message


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> BatchResponse:
    """Deliver a batch side by side; what failed, or could not be started in time, comes again."""
    function = container().deliver

    def handle(record: SqsRecord) -> None:
        deliver(read_message(record["body"]), function.ports)

    time_left = TimeLeft(context, function.post_budget_s)
    with invocation(function.log):
        return each_record(event["Records"], handle, function.log, time_left=time_left, executor=function.executor)
