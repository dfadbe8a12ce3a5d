"""Lambda handler of the hourly schedule: the days of every company that is due become documents for the intake queue.

Companies run side by side, batch by batch, while there is time. One that fails is told of and stays due, for the next
invocation; the others go on.
"""

from typing import Any

from ledgerpost.app.close_due import due_batches, run_due_company
from ledgerpost.bootstrap import container
from ledgerpost.lambda_host import LambdaContext, TimeLeft, each_record, invocation
from ledgerpost.observability import Metric


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Run the companies that are due; give how many were taken up, and how many of them could not be run."""
    function = container().close_day
    time_left = TimeLeft(context, function.company_budget_s)
    count = failed = 0

    def run(record: dict[str, Any]) -> None:
        outcome = run_due_company(record["key"], function.ports)
        if outcome is not None and not outcome.run.status.is_success:
            function.log.metrics.count(Metric.CLOSES_FAILED)

    with invocation(function.log):
        for batch in due_batches(function.ports):
            due = [{"messageId": "/".join(key), "key": key} for key in batch]
            answer = each_record(due, run, function.log, time_left=time_left, executor=function.executor)
            count, failed = count + len(due), failed + len(answer["batchItemFailures"])
            if not time_left.is_enough():
                break
    return {"count": count, "failed": failed}
