"""What the sink's ledger holds, counts and does to a post. Pure but for the clock.

Two modes: `upsert` (a reference is one entry) and `create` (every post is one more entry). Faults are drawn from a seed
by account, reference, version and number of the try, so that every engine meets the same.
"""

import math
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from benchmarks.bench.workloads import POISON

CUT_SHARE: Final = 0.05
"""Fault A: applied, then the socket is cut. Source: performance sheet, section 6."""

UNAVAILABLE_SHARE: Final = 0.05
"""Fault B: one 503 before anything is applied."""

BUSY_SHARE: Final = 0.02
"""429 with Retry-After."""

FAULTY_TRIES: Final = 3
"""From the fourth try on a post meets no fault, so that whoever tries again comes to an end."""

LATENCY_MEDIAN_S: Final = 0.050
LATENCY_SPREAD: Final = math.log(0.500 / 0.050) / 2.326
"""Of a lognormal distribution whose 99th percentile is 500 ms."""

LATENCY_S_MAX: Final = 2.0

Answer = tuple[int, dict[str, Any], str]


@dataclass(slots=True)
class Entry:
    """An entry as the ledger holds it."""

    id: str
    account: str
    content: dict[str, Any]

    def document(self) -> dict[str, Any]:
        """Give the entry as an answer shows it."""
        return {"id": self.id, "accountId": self.account, **self.content}


@dataclass(slots=True)
class Ledger:
    """What was posted and what came of it. `applied` has, by account and reference, each post that was taken:
    instant (monotonic seconds), revision, and whether it changed what the ledger holds.
    """

    mode: str = "upsert"
    faults: bool = False
    seed: int = 0
    posts: int = 0
    poison_posts: int = 0
    lookups: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    tries: Counter[tuple[str, str, int]] = field(default_factory=Counter)
    refused_once: set[tuple[str, str, int]] = field(default_factory=set)
    entries: dict[tuple[str, str], list[Entry]] = field(default_factory=dict)
    applied: dict[tuple[str, str], list[tuple[float, int, bool]]] = field(default_factory=dict)

    def struck(self, account: str, reference: str, revision: int) -> "Strike":
        """Count one try of an entry's version, and draw what happens to it."""
        self.posts += 1
        self.poison_posts += reference.startswith(POISON)
        key = (account, reference, revision)
        self.tries[key] += 1
        strike = strike_on(self, key, self.tries[key])
        self.answers[strike.fault or ("refused" if reference.startswith(POISON) else "taken")] += 1
        return strike

    def apply(self, account: str, content: dict[str, Any], revision: int) -> Answer:
        """Take a post: an upsert, or one more entry."""
        key = (account, content["referenceId"])
        held = self.entries.setdefault(key, [])
        is_created = not held or self.mode == "create"
        if is_created:
            held.append(Entry(f"{len(self.entries)}-{len(held)}", account, content))
        is_changed = is_created or held[-1].content != content
        held[-1].content = content
        self.applied.setdefault(key, []).append((time.monotonic(), revision, is_changed))
        return 201 if is_created else 200, held[-1].document() | {"created": is_created}, ""

    def report(self) -> dict[str, Any]:
        """Give all that was counted."""
        applied = [[account, reference, posts] for (account, reference), posts in self.applied.items()]
        counted = {"posts": self.posts, "poison_posts": self.poison_posts}
        return counted | {"lookups": self.lookups, "answers": self.answers, "applied": applied}


@dataclass(frozen=True, slots=True)
class Strike:
    """What the ledger does to one try: how long it takes, and `cut`, `unavailable`, `busy` or nothing."""

    after_s: float = 0.0
    fault: str = ""


def strike_on(ledger: Ledger, key: tuple[str, str, int], tries: int) -> Strike:
    """Draw what happens to the `tries`-th try of an entry's version."""
    if not ledger.faults:
        return Strike()
    chance = random.Random(f"{ledger.seed}/{key}/{tries}")  # noqa: S311 - seeded on purpose
    after_s = min(LATENCY_S_MAX, LATENCY_MEDIAN_S * math.exp(chance.gauss(0.0, LATENCY_SPREAD)))
    draw = chance.random()
    if tries > FAULTY_TRIES:
        return Strike(after_s)
    if draw < CUT_SHARE:
        return Strike(after_s, "cut")
    if draw < CUT_SHARE + UNAVAILABLE_SHARE and key not in ledger.refused_once:
        ledger.refused_once.add(key)
        return Strike(after_s, "unavailable")
    is_busy = CUT_SHARE + UNAVAILABLE_SHARE <= draw < CUT_SHARE + UNAVAILABLE_SHARE + BUSY_SHARE
    return Strike(after_s, "busy" if is_busy else "")
