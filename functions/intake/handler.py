"""Lambda handler of the intake queue: approval events from the bus → one delivery message per matching route.

The next step on the way of an event is `functions/deliver/handler.py`.
"""

from typing import Any

from ledgerpost.app.intake import send_all, take_in
from ledgerpost.bootstrap import container
from ledgerpost.lambda_host import BatchResponse, LambdaContext, SqsRecord, each_record, failed_records, invocation
from ledgerpost.ports import OutgoingMessage


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> BatchResponse:
    """Take in a batch of events; those whose messages were not surely sent come again."""
    intake = container().intake
    outgoing: list[OutgoingMessage] = []

    def take(record: SqsRecord) -> None:
        outgoing.extend(take_in(record["body"], record["messageId"], intake.ports))

    with invocation(intake.log):
        response = each_record(event["Records"], take, intake.log)
        sent = each_record([{"messageId": "batch"}], lambda _: send_all(outgoing, intake.ports), intake.log)
    return failed_records(event["Records"]) if sent["batchItemFailures"] else response
