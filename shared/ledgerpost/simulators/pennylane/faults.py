"""The faults of Pennylane. How a plan is written and drawn: `serving/faults.py`.

The text of a plan is a comma-separated list of `kind=value`:

| kind | value | what a struck call sees |
| --- | --- | --- |
| `cut` | `RATE[:once]` | the write is applied, then the connection is aborted: a timeout after commit |
| `drop` | `RATE[:once]` | a read is aborted without an answer |
| `error_after` | `RATE[:once]` | the write is applied, then 500 |
| `html` | `RATE[:once]` | the write is applied, then 200 with an HTML page |
| `slow` | `RATE:SECONDS[:once]` | the answer, whatever it is, comes that much later |
| `refuse` | `RATE[:once][:SECONDS]` | 503 with `retry-after`, nothing applied |
| `limit` | `RATE[:once][:SECONDS]` | 429 in plain text with `retry-after`, nothing applied |
| `expire` | `RATE[:once]` | the OAuth access token is revoked: 401. Never an API token |
| `lag` | `RATE:SECONDS` | look-ups by this reference do not see its row until that long after creation |
| `poison` | `REF[\\|REF…]` | 422 for creates of these references |

A create is drawn by its external reference or piece number, any other call by method, path, query and body.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from ledgerpost.simulators.serving.faults import Fault, FaultGrammar, parse_plan


class FaultKind(StrEnum):
    CUT = "cut"
    DROP = "drop"
    ERROR_AFTER = "error_after"
    HTML = "html"
    SLOW = "slow"
    REFUSE = "refuse"
    LIMIT = "limit"
    EXPIRE = "expire"
    LAG = "lag"
    POISON = "poison"


_GRAMMAR: Final = FaultGrammar(
    kinds=FaultKind,
    needs_seconds=frozenset({FaultKind.SLOW, FaultKind.LAG}),
    has_retry_after=frozenset({FaultKind.REFUSE, FaultKind.LIMIT}),
    standing=frozenset({FaultKind.LAG}),
    names_references=frozenset({FaultKind.POISON}),
)


def parse_faults(text: str) -> Mapping[str, Fault]:
    """The plan that `text` describes, in the grammar at the top of this module. Raises `FaultSpecError`."""
    return parse_plan(text, _GRAMMAR)
