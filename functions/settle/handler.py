"""Lambda handler of the settling schedule: overdue deliveries are called again through the delivery queue, and what is
open or parked is counted for the alarms.
"""

from typing import Any

from ledgerpost.app.settle import COUNT_LIMIT, settle
from ledgerpost.bootstrap import container
from ledgerpost.lambda_host import LambdaContext, invocation


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, int]:
    """Call the overdue deliveries again; give how many there were."""
    function = container().settle
    with invocation(function.log):
        count = settle(function.ports)
        function.log.info("settle.swept", count=count)
        # Counted after the calls were sent: the numbers are worth less than the work.
        function.log.metrics.backlog(function.backlog.backlog(COUNT_LIMIT), function.ports.clock.now())
    return {"count": count}
