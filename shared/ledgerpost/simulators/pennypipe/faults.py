"""The faults of PennyPipe. How a plan is written and drawn: `serving/faults.py`.

The text of a plan is a comma-separated list of `kind=value`:

| kind | value | what a struck call sees |
| --- | --- | --- |
| `cut` | `RATE[:once]` | the entry is applied, then the connection is aborted without an answer |
| `error_after` | `RATE[:once]` | the entry is applied, then 500 |
| `html` | `RATE[:once]` | the entry is applied, then 200 with an HTML page |
| `slow` | `RATE:SECONDS[:once]` | the answer, whatever it is, comes that much later |
| `refuse` | `RATE[:once][:SECONDS]` | 503 `unavailable` with `Retry-After`, nothing applied |
| `limit` | `RATE[:once][:SECONDS]` | 429 `rate_limited` with `Retry-After`, nothing applied |
| `conflict` | `RATE[:once]` | 409 `concurrent_update`, nothing applied |
| `expire` | `RATE[:once]` | the OAuth token is revoked: 401 `token_invalid`; a new token works. Never a PAT |
| `lag` | `RATE:SECONDS` | look-ups by this reference do not see its entry until that long after creation |
| `poison` | `REF[\\|REF…]` | 422 `validation` for these references, each percent-encoded where needed |

RATE is 0 to 1. `Retry-After` is 1 s unless SECONDS, a whole number, says otherwise. `once` spares a reference that the
same fault has struck before. Options stand in any order. The empty text is no fault at all.

Example: `cut=0.05,refuse=0.05:once:2,limit=0.02:once,slow=0.01:0.2,expire=0.001,lag=1:0.5,poison=R-1|R-2`.
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
    CONFLICT = "conflict"
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
