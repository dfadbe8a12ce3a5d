"""Lambda handler of the Pennylane actions: one action in, the seed's answer out.

The event is `{"action": "create-invoice", "connection": "main", "input": {…}}`, perhaps with `tenant` and `key`; the
answer `{"code": 200, "outputs": {…}}` or `{"code": 500, "outputs": {"message": "…"}, "error": "…"}`. Source: seed 002.
"""

from typing import Any

from ledgerpost.bootstrap import container
from ledgerpost.connectors.pennylane.wire_json import lossless
from ledgerpost.lambda_host import LambdaContext, invocation


def lambda_handler(event: Any, context: LambdaContext) -> dict[str, Any]:
    """Run the action; what Pennylane or the network does is in the answer, and never an exception."""
    function = container().actions
    with invocation(function.log):
        answer = function.connections.answer(event)
        told = {"connection": str(event.get("connection", ""))} if isinstance(event, dict) else {}
        if answer["code"] == 200:
            function.log.info("action.answered", status=200, **told)
        else:
            function.log.warning("action.answered", status=500, code=answer["error"], **told)
    result: dict[str, Any] = lossless(answer)
    return result
