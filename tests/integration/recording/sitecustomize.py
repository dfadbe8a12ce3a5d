"""Loaded by a worker's interpreter when it starts: writes down each AWS call that botocore is about to make.

It lies in a folder of its own that the tests put on PYTHONPATH, so no shipped module knows of it. Where the tests have
left a file `<function>.<operation>.kill`, the worker that is about to make that call takes the file and dies instead.
"""

import json
import os
import signal
from pathlib import Path
from typing import Any

from botocore import handlers

FOLDER = Path(os.environ["RECORD_CALLS_IN"])


def write_down(params: dict[str, Any], model: Any, **_: Any) -> None:
    """Add the call to the file of this function's calls, in one write: other threads and workers add to it too."""
    function = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
    call = {"service": model.service_model.service_name, "operation": model.name, "parameters": params}
    line = json.dumps(call, default=repr) + "\n"
    calls = os.open(FOLDER / f"{function}.jsonl", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(calls, line.encode())
    os.close(calls)
    if _is_told_to_die(FOLDER / f"{function}.{model.name}.kill"):
        os.kill(os.getpid(), signal.SIGKILL)


def _is_told_to_die(order: Path) -> bool:
    """Take the order; of several workers one finds it."""
    try:
        order.unlink()
    except FileNotFoundError:
        return False
    return True


# Each client that is made from now on has these handlers.
handlers.BUILTIN_HANDLERS.append(("provide-client-params", write_down))
