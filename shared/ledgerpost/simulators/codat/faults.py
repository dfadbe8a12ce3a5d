"""The faults of Codat. How a plan is written and drawn: `serving/faults.py`. They strike pushes alone.

| kind | value | what a struck push sees |
| --- | --- | --- |
| `cut` | `RATE[:once]` | the push is taken, then the connection is aborted without an answer |
| `error_after` | `RATE[:once]` | the push is taken, then 500 |
| `html` | `RATE[:once]` | the push is taken, then 200 with an HTML page |
| `slow` | `RATE:SECONDS[:once]` | the answer, whatever it is, comes that much later |
| `refuse` | `RATE[:once][:SECONDS]` | 503 with `Retry-After`, nothing taken |
| `limit` | `RATE[:once][:SECONDS]` | 429 with `Retry-After`, nothing taken |
| `fail` | `RATE[:once]` | the operation ends as `Failed`; nothing is written |
| `time_out` | `RATE[:once]` | the operation ends as `TimedOut`; nothing is ever written |
| `land_late` | `RATE:SECONDS[:once]` | the operation ends as `TimedOut`, and its write lands that long after |
| `pend` | `RATE:SECONDS[:once]` | the operation stays `Pending` that much longer |
| `lag` | `RATE:SECONDS` | the data of this reference is listed only that long after it landed |
| `poison` | `REF[\\|REF…]` | the operations of these references end as `Failed`, each percent-encoded where needed |

Example: `cut=0.05,land_late=0.02:5,limit=0.02:once,lag=1:0.5,poison=SI260301-0a1b2c3d4e5f`.
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
    FAIL = "fail"
    TIME_OUT = "time_out"
    LAND_LATE = "land_late"
    PEND = "pend"
    LAG = "lag"
    POISON = "poison"


_GRAMMAR: Final = FaultGrammar(
    kinds=FaultKind,
    needs_seconds=frozenset({FaultKind.SLOW, FaultKind.LAND_LATE, FaultKind.PEND, FaultKind.LAG}),
    has_retry_after=frozenset({FaultKind.REFUSE, FaultKind.LIMIT}),
    standing=frozenset({FaultKind.LAG}),
    names_references=frozenset({FaultKind.POISON}),
)


def parse_faults(text: str) -> Mapping[str, Fault]:
    """The plan that `text` describes, in the grammar at the top of this module. Raises `FaultSpecError`."""
    return parse_plan(text, _GRAMMAR)
