"""Lambda handler of the nightly extract. The schedule calls it every quarter of an hour of the night: a call goes on
where the one before ended, and does nothing once the night is finished.
"""

from typing import Any

from ledgerpost.app.extract import Ending
from ledgerpost.bootstrap_extract import extract_function
from ledgerpost.domain.extract.progress import RowFate
from ledgerpost.lambda_host import LambdaContext, TimeLeft, invocation


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Go on with tonight's extract; give how the call ended and how far the night is."""
    function = extract_function()
    with invocation(function.log):
        report = function.run(TimeLeft(context, function.page_budget_s).is_enough)
        checkpoint = report.checkpoint
        say = function.log.warning if report.ending is Ending.STOPPED or checkpoint.open_rows else function.log.info
        say(
            "extract.called",
            tenant=function.configuration.tenant,
            result=report.ending.value,
            code=report.code or None,
            count=checkpoint.total(RowFate.WRITTEN),
            reason=None if checkpoint.entity is None else checkpoint.entity.value,
        )
    return {"night": checkpoint.night, "ending": report.ending.value, "open": checkpoint.open_rows}
