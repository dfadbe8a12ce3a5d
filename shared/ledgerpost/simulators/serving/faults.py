"""Faults on demand, decided by hash and so the same in every run of one seed.

The text of a plan is a comma-separated list of `kind=value`; a simulator's own table says which kinds it has and what a
struck call sees. RATE is 0 to 1. `once` spares a reference that the same fault has struck before. Options stand in any
order. The empty text is no fault at all.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultGrammar:
    """Which faults a simulator has, and how each is written.

    `needs_seconds`: `RATE:SECONDS[:once]`. `has_retry_after`: `RATE[:once][:SECONDS]` in whole seconds, 1 if not given.
    `standing`: holds for all look-ups of a reference, so there is no `once`. `names_references`: `REF[|REF…]`, each
    percent-encoded where needed. All others: `RATE[:once]`.
    """

    kinds: type[StrEnum]
    needs_seconds: frozenset[str] = frozenset()
    has_retry_after: frozenset[str] = frozenset()
    standing: frozenset[str] = frozenset()
    names_references: frozenset[str] = frozenset()


def parse_plan(text: str, grammar: FaultGrammar) -> Mapping[str, Fault]:
    """The plan that `text` describes.

    Raises `FaultSpecError` on an unknown or repeated kind, a rate outside 0 to 1, or an option the kind has not.
    """
    plan: dict[str, Fault] = {}
    for part in filter(None, (piece.strip() for piece in text.split(","))):
        name, equals, value = part.partition("=")
        kind = _kind(name.strip(), grammar)
        if not equals or not value.strip():
            raise FaultSpecError(f"fault '{part}': write {kind}=VALUE, as in 'cut=0.05'")
        if kind in plan:
            raise FaultSpecError(f"fault '{kind}' is given twice; keep one")
        named = kind in grammar.names_references
        plan[kind] = _references(value) if named else _rated(kind, value.strip(), grammar)
    return plan


def _kind(name: str, grammar: FaultGrammar) -> str:
    try:
        return grammar.kinds(name)
    except ValueError:
        raise FaultSpecError(f"unknown fault '{name}'; the faults are {', '.join(grammar.kinds)}") from None


def _references(value: str) -> Fault:
    return Fault(references=frozenset(unquote(part.strip()) for part in value.split("|") if part.strip()))


def _rated(kind: str, value: str, grammar: FaultGrammar) -> Fault:
    first, *options = value.split(":")
    rate = _number(first, f"fault '{kind}': the rate")
    if rate > 1:
        raise FaultSpecError(f"fault '{kind}': the rate {first} is above 1; 0.05 means one call in twenty")
    once = "once" in options
    if once and kind in grammar.standing:
        raise FaultSpecError(f"fault '{kind}' has no 'once': it holds for all look-ups of a reference")
    numbers = [option for option in options if option != "once"]
    return Fault(rate=rate, once=once, seconds=_seconds(kind, numbers, grammar))


def _seconds(kind: str, options: list[str], grammar: FaultGrammar) -> float:
    if len(options) > 1:
        raise FaultSpecError(f"fault '{kind}': more than one number of seconds ({', '.join(options)})")
    if kind in grammar.needs_seconds and not options:
        raise FaultSpecError(f"fault '{kind}' needs seconds: {kind}=RATE:SECONDS, as in '{kind}=0.1:0.5'")
    if kind not in grammar.needs_seconds | grammar.has_retry_after and options:
        raise FaultSpecError(f"fault '{kind}' has no option '{options[0]}'")
    seconds = _number(options[0], f"fault '{kind}': the seconds") if options else 1.0
    if kind in grammar.has_retry_after and not seconds.is_integer():
        raise FaultSpecError(f"fault '{kind}': Retry-After is whole seconds (RFC 9110 §10.2.3), not {options[0]}")
    return seconds if options or kind in grammar.has_retry_after else 0.0


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

    def __init__(self, seed: int, plan: Mapping[str, Fault], *, injected: Callable[[str], None]) -> None:
        self.plan = plan
        self._seed = seed
        self._injected = injected
        self._calls: Counter[tuple[str, str]] = Counter()
        self._struck: set[tuple[str, str, str]] = set()

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

    def names(self, kind: str, reference: str | None) -> bool:
        """Whether the plan's fault of this kind names the reference; it is then counted."""
        fault = self.plan.get(kind)
        if fault is None or reference not in fault.references:
            return False
        self._injected(kind)
        return True

    def standing_s(self, kind: str, account_id: str, reference: str) -> float:
        """Seconds for which a standing fault holds for this reference, 0 if it does not."""
        fault = self.plan.get(kind)
        if fault is None or not self._drawn(kind, fault, account_id, reference, 0):
            return 0.0
        return fault.seconds

    def count(self, kind: str) -> None:
        """Count one call that saw a standing fault."""
        self._injected(kind)

    def strike(self, kind: str, account_id: str, reference: str, nth: int) -> Fault | None:
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

    def _drawn(self, kind: str, fault: Fault, account_id: str, reference: str, nth: int) -> bool:
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

    def strikes(self, kind: str) -> Fault | None:
        """The fault of this kind, if it strikes this call."""
        return self.injector.strike(kind, self.account_id, self.reference, self.nth)
