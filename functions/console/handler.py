"""Lambda handler of the console's HTTP API (payload 2.0): the pages for people and the API for programs.

From here: `ledgerpost/console/host.py` lets a request in or refuses it, and finds the page or the call.
"""

from typing import Any

from ledgerpost.console.on_stage import stage_console
from ledgerpost.lambda_host import LambdaContext


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one request."""
    return stage_console().resolve(event, context)
