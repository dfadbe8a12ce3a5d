"""The faults of Fincome. How a plan is written and drawn: `serving/faults.py`.

| kind | value | what a struck call sees |
| --- | --- | --- |
| `cut` | `RATE[:once]` | the row is applied, then the connection is aborted without an answer |
| `error_after` | `RATE[:once]` | the row is applied, then 500 |
| `html` | `RATE[:once]` | the row is applied, then 200 with an HTML page |
| `slow` | `RATE:SECONDS[:once]` | the answer comes that much later |
| `refuse` | `RATE[:once][:SECONDS]` | 503 with `Retry-After`, nothing applied |
| `limit` | `RATE[:once][:SECONDS]` | 429 with `Retry-After`, nothing applied |
| `poison` | `ID[\\|ID…]` | 422 for the rows of these ids |
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from ledgerpost.simulators.serving.faults import Fault, FaultGrammar, parse_plan


class FaultKind(StrEnum):
    CUT = "cut"
    ERROR_AFTER = "error_after"
    HTML = "html"
    SLOW = "slow"
    REFUSE = "refuse"
    LIMIT = "limit"
    POISON = "poison"


_GRAMMAR: Final = FaultGrammar(
    kinds=FaultKind,
    needs_seconds=frozenset({FaultKind.SLOW}),
    has_retry_after=frozenset({FaultKind.REFUSE, FaultKind.LIMIT}),
    names_references=frozenset({FaultKind.POISON}),
)


def parse_faults(text: str) -> Mapping[str, Fault]:
    """The plan that `text` describes, in the grammar at the top of this module. Raises `FaultSpecError`."""
    return parse_plan(text, _GRAMMAR)
