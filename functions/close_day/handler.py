"""Lambda handler of the hourly schedule: the days of every company that is due become documents for the intake queue.

A company that fails is told of and stays due; the others go on.
"""

from typing import Any

from ledgerpost.app.close_due import due_companies, run_due_company
from ledgerpost.bootstrap import container
from ledgerpost.domain.closing import CompanyKey
from ledgerpost.lambda_host import LambdaContext, TimeLeft, each_record, invocation
from ledgerpost.observability import Metric


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Run the companies that are due; give how many there were, and how many could not be run."""
    function = container().close_day

    def run(record: dict[str, Any]) -> None:
        outcome = run_due_company(record["key"], function.ports)
        if outcome is not None and not outcome.run.status.is_success:
            function.log.metrics.count(Metric.CLOSES_FAILED)

    with invocation(function.log):
        due = [{"messageId": "/".join(key), "key": CompanyKey(*key)} for key in due_companies(function.ports)]
        time_left = TimeLeft(context, function.company_budget_s)
        failed = each_record(due, run, function.log, time_left=time_left)["batchItemFailures"]
    return {"count": len(due), "failed": len(failed)}
