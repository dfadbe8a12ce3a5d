"""Lambda handler of the nightly extract. A schedule for each extract calls it every quarter of an hour of the night,
with the extract's document as its event: a call goes on where the one before ended, and does nothing once the night is
finished.
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
        configuration = function.configuration_of(event)
        report = function.run(configuration, TimeLeft(context, function.settings.page_budget_s).is_enough)
        checkpoint = report.checkpoint
        say = function.log.warning if report.ending is Ending.STOPPED or checkpoint.open_rows else function.log.info
        say(
            "extract.called",
            tenant=configuration.tenant,
            result=report.ending.value,
            code=report.code or None,
            count=checkpoint.total(RowFate.WRITTEN),
            reason=None if checkpoint.entity is None else checkpoint.entity.value,
        )
    return {"night": checkpoint.night, "ending": report.ending.value, "open": checkpoint.open_rows}
