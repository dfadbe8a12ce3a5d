"""Faults on demand, decided by hash and so the same in every run of one seed.

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

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from typing import Final
from urllib.parse import unquote


class FaultSpecError(ValueError):
    """The text of a fault plan cannot be read; the message names the culprit and the mend."""


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


_NEEDS_SECONDS: Final = frozenset({FaultKind.SLOW, FaultKind.LAG})
_HAS_RETRY_AFTER: Final = frozenset({FaultKind.REFUSE, FaultKind.LIMIT})
_DECIMAL: Final = re.compile(r"[0-9]+(\.[0-9]+)?|\.[0-9]+")
_SEPARATOR: Final = "\x1f"
_HASH_RANGE: Final = 2.0**64


@dataclass(frozen=True, slots=True)
class Fault:
    """One line of the plan: how often (`rate`, 0 to 1), whether once per reference, and for how long."""

    rate: float = 0.0
    once: bool = False
    seconds: float = 0.0
    references: frozenset[str] = frozenset()


def parse_faults(text: str) -> Mapping[FaultKind, Fault]:
    """The plan that `text` describes, in the grammar at the top of this module.

    Raises `FaultSpecError` on an unknown or repeated kind, a rate outside 0 to 1, or an option the kind has not.
    """
    plan: dict[FaultKind, Fault] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, equals, value = part.partition("=")
        kind = _kind(name.strip())
        if not equals or not value.strip():
            raise FaultSpecError(f"fault '{part}': write {kind}=VALUE, as in 'cut=0.05'")
        if kind in plan:
            raise FaultSpecError(f"fault '{kind}' is given twice; keep one")
        plan[kind] = _poison(value) if kind is FaultKind.POISON else _rated(kind, value.strip())
    return plan


def _kind(name: str) -> FaultKind:
    try:
        return FaultKind(name)
    except ValueError:
        raise FaultSpecError(f"unknown fault '{name}'; the faults are {', '.join(FaultKind)}") from None


def _poison(value: str) -> Fault:
    return Fault(references=frozenset(unquote(part.strip()) for part in value.split("|") if part.strip()))


def _rated(kind: FaultKind, value: str) -> Fault:
    first, *options = value.split(":")
    rate = _number(first, f"fault '{kind}': the rate")
    if rate > 1:
        raise FaultSpecError(f"fault '{kind}': the rate {first} is above 1; 0.05 means one call in twenty")
    once = "once" in options
    if once and kind is FaultKind.LAG:
        raise FaultSpecError("fault 'lag' has no 'once': it holds for all look-ups of a reference")
    return Fault(rate=rate, once=once, seconds=_seconds(kind, [option for option in options if option != "once"]))


def _seconds(kind: FaultKind, options: list[str]) -> float:
    if len(options) > 1:
        raise FaultSpecError(f"fault '{kind}': more than one number of seconds ({', '.join(options)})")
    if kind in _NEEDS_SECONDS and not options:
        raise FaultSpecError(f"fault '{kind}' needs seconds: {kind}=RATE:SECONDS, as in '{kind}=0.1:0.5'")
    if kind not in _NEEDS_SECONDS | _HAS_RETRY_AFTER and options:
        raise FaultSpecError(f"fault '{kind}' has no option '{options[0]}'")
    seconds = _number(options[0], f"fault '{kind}': the seconds") if options else 1.0
    if kind in _HAS_RETRY_AFTER and not seconds.is_integer():
        raise FaultSpecError(f"fault '{kind}': Retry-After is whole seconds (RFC 9110 §10.2.3), not {options[0]}")
    return seconds if options or kind in _HAS_RETRY_AFTER else 0.0


def _number(text: str, what: str) -> float:
    if not _DECIMAL.fullmatch(text.strip()):
        raise FaultSpecError(f"{what} '{text}' is not a plain number such as 0.05")
    number = float(text)
    if not math.isfinite(number):
        raise FaultSpecError(f"{what} '{text}' is too large")
    return number


class FaultInjector:
    """Decides which call is struck, from (seed, fault, account, reference, nth call for that reference) alone.

    The order in which calls of different references arrive changes nothing, so a run under concurrency repeats.
    """

    def __init__(self, seed: int, plan: Mapping[FaultKind, Fault], *, injected: Callable[[FaultKind], None]) -> None:
        self.plan = plan
        self._seed = seed
        self._injected = injected
        self._calls: Counter[tuple[str, str]] = Counter()
        self._struck: set[tuple[FaultKind, str, str]] = set()

    def forget(self) -> None:
        """Count calls from zero again, as after a start."""
        self._calls.clear()
        self._struck.clear()

    def call(self, account_id: str, reference: str) -> "CallFaults":
        """The faults of the next call for this reference; drawn one by one as they are asked for."""
        key = (account_id, reference)
        nth = self._calls[key]
        self._calls[key] = nth + 1
        return CallFaults(self, account_id, reference, nth)

    def poisoned(self, reference: str | None) -> bool:
        """Whether the plan refuses this reference for good."""
        fault = self.plan.get(FaultKind.POISON)
        if fault is None or reference not in fault.references:
            return False
        self._injected(FaultKind.POISON)
        return True

    def lag_s(self, account_id: str, reference: str) -> float:
        """Seconds after creation for which look-ups miss the entry of this reference."""
        fault = self.plan.get(FaultKind.LAG)
        if fault is None or not self._drawn(FaultKind.LAG, fault, account_id, reference, 0):
            return 0.0
        return fault.seconds

    def hidden(self) -> None:
        """Count one look-up that missed an entry because of the lag."""
        self._injected(FaultKind.LAG)

    def strike(self, kind: FaultKind, account_id: str, reference: str, nth: int) -> Fault | None:
        """The fault, if it strikes this call; it is then counted, and remembered for `once`."""
        if not self.plan:
            return None
        fault = self.plan.get(kind)
        if fault is None or not self._drawn(kind, fault, account_id, reference, nth):
            return None
        if fault.once:
            if (kind, account_id, reference) in self._struck:
                return None
            self._struck.add((kind, account_id, reference))
        self._injected(kind)
        return fault

    def _drawn(self, kind: FaultKind, fault: Fault, account_id: str, reference: str, nth: int) -> bool:
        text = _SEPARATOR.join((str(self._seed), kind, account_id, reference, str(nth)))
        digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        return int.from_bytes(digest, "big") / _HASH_RANGE < fault.rate


@dataclass(frozen=True, slots=True)
class CallFaults:
    """The faults of one call. Asking draws: ask only where the fault would take effect."""

    injector: FaultInjector
    account_id: str
    reference: str
    nth: int

    def strikes(self, kind: FaultKind) -> Fault | None:
        """The fault of this kind, if it strikes this call."""
        return self.injector.strike(kind, self.account_id, self.reference, self.nth)
