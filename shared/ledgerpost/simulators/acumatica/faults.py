"""The faults of Acumatica; they strike writes. How a plan is written and drawn: `serving/faults.py`.

| kind | value | what a struck call sees |
| --- | --- | --- |
| `cut` | `RATE[:once]` | the record is written, then the connection is aborted without an answer |
| `error_after` | `RATE[:once]` | the record is written, then 500 with a time-out of the database |
| `html` | `RATE[:once]` | the record is written, then 200 with an HTML page |
| `slow` | `RATE:SECONDS[:once]` | the answer, whatever it is, comes that much later |
| `error_before` | `RATE[:once]` | 500 with a deadlock of the database, nothing written |
| `limit` | `RATE[:once][:SECONDS]` | 429 with a plain text, nothing written; `Retry-After` unless SECONDS is 0 |
| `conflict` | `RATE[:once]` | 500, another process has updated the record; nothing written |
| `expire` | `RATE[:once]` | the session has ended: 401 with an empty body; a new sign-in works |
| `lag` | `RATE:SECONDS` | searches do not see a record of this reference until that long after its creation |
| `poison` | `REF[\\|REF…]` | 422 for these references, each percent-encoded where needed |

A call's reference is the order's ExternalRef (else CustomerOrder, else OrderNbr), the customer's e-mail address, or a
shipment's first tracking number. RATE is 0 to 1. `once` spares a reference that the same fault has struck before.

Example: `cut=0.05,error_before=0.05:once,limit=0.02:once:0,slow=0.01:120,expire=0.001,lag=1:0.5,poison=R-1|R-2`.
Source: reference/acumatica.md §9, §10 and §12.
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
    ERROR_BEFORE = "error_before"
    LIMIT = "limit"
    CONFLICT = "conflict"
    EXPIRE = "expire"
    LAG = "lag"
    POISON = "poison"


_GRAMMAR: Final = FaultGrammar(
    kinds=FaultKind,
    needs_seconds=frozenset({FaultKind.SLOW, FaultKind.LAG}),
    has_retry_after=frozenset({FaultKind.LIMIT}),
    standing=frozenset({FaultKind.LAG}),
    names_references=frozenset({FaultKind.POISON}),
)


def parse_faults(text: str) -> Mapping[str, Fault]:
    """The plan that `text` describes, in the grammar at the top of this module. Raises `FaultSpecError`."""
    return parse_plan(text, _GRAMMAR)
