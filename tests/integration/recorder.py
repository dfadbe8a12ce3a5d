"""The AWS calls of the functions, written down by their own workers."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ledgerpost.local.ministack_template import third_party_packages

RECORDING = Path(__file__).with_name("recording")


@dataclass(frozen=True)
class Call:
    """One call as the code made it. `function` is the function's logical id, `parameters` what boto3 was given."""

    function: str
    service: str
    operation: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True)
class Recorder:
    """Has every worker write its calls into `folder`."""

    folder: Path

    @property
    def variables(self) -> dict[str, str]:
        """What the functions' environment needs for it."""
        return {"PYTHONPATH": f"{RECORDING}:{third_party_packages()}", "RECORD_CALLS_IN": str(self.folder)}

    def calls(self, names: Mapping[str, str]) -> list[Call]:
        """Give the calls so far; `names` are the deployed names of the resources by their logical ids."""
        logical_ids = {name: logical_id for logical_id, name in names.items()}
        return [
            Call(logical_ids[file.stem], **json.loads(line))
            for file in sorted(self.folder.glob("*.jsonl"))
            for line in file.read_text().splitlines()
        ]

    def kill_before(self, function_name: str, operation: str) -> Path:
        """Have the next worker of a function that is about to make a call die instead; give the order, a file that
        is gone when it was obeyed.
        """
        order = self.folder / f"{function_name}.{operation}.kill"
        order.touch()
        return order
