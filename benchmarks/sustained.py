"""Entries that keep coming, through the queues and functions of a stage: waiting, concurrency, backlog, catching up.

    python benchmarks/sustained.py --write

Both queues are lines in front of batch servers with the numbers of `infra/stage.py`: whoever is free takes what is
there, waits for ten messages or for the window, and is busy until the batch is over. Arrivals are drawn (Poisson), and
so are the answers of the uneven ledger. `tests/bench/test_sustained.py` holds the same line against the local cloud,
which runs it message by message.

Functions come as AWS adds them: five at first, then 300 a minute, up to `concurrency_max`. Source: AWS Lambda,
"Configuring scaling behavior for SQS event source mappings". The pollers share one batch here; on AWS each fills its
own, so that batches are smaller where little comes.
"""

import argparse
import bisect
import heapq
import json
import math
import random
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from typing import Any

from benchmarks.scale_results import write_part
from infra.path_costs import AWS_S, LEDGER_S, PROCESSOR_MIB, read_counts
from infra.stage import PROD, QueueNumbers

FUNCTIONS_FIRST = 5
FUNCTIONS_A_SECOND = 5.0

INTAKE_S = 0.03
"""A batch of intake: it calls the queue twice. An estimate from above; `docs/cost.md` has what it works."""
UNEVEN_P99_S = 0.6
"""Of the uneven ledger, whose median is `LEDGER_S`: its answers are spread log-normally."""

CALM_S = 3.0
"""An entry that waits no longer has met no backlog: two windows of a second, and its post."""

Duration = Callable[[int, random.Random], float]
"""Seconds that a batch of so many messages takes."""


def intake_s(size: int, draw: random.Random) -> float:  # noqa: ARG001 - the form of a Duration
    """Give the seconds of a batch of intake."""
    return INTAKE_S


def own_s(size: int) -> float:
    """Give the seconds of a batch of posts that are ours: two writes side by side, and one message's work at a time, as
    `docs/cost.md` reckons it for the function's share of a processor.
    """
    return 2 * AWS_S + size * _message_s()


@cache
def _message_s() -> float:
    """Give the seconds that one message works. Read once: a run has hundreds of thousands of batches."""
    direct = read_counts()["direct"]
    return direct.processor_ms / 1000 * PROCESSOR_MIB / PROD.deliver.memory_mib


def even_s(size: int, draw: random.Random) -> float:  # noqa: ARG001 - the form of a Duration
    """Give the seconds of a batch of posts whose ledger always takes as long."""
    return OWN_S[size] + LEDGER_S


def uneven_s(size: int, draw: random.Random) -> float:
    """Give the seconds of a batch of posts side by side: it is over when the slowest is."""
    spread = math.log(UNEVEN_P99_S / LEDGER_S) / statistics.NormalDist().inv_cdf(0.99)
    return OWN_S[size] + LEDGER_S * math.exp(max(draw.gauss(0.0, spread) for _ in range(size)))


OWN_S = tuple(own_s(size) for size in range(PROD.delivery_queue.batch_size + 1))
LEDGERS = {"even": even_s, "uneven": uneven_s}


@dataclass(frozen=True, slots=True)
class Line:
    """What became of messages: when each batch that took them was over, in their order, and each batch's span."""

    ended: Sequence[float]
    batches: Sequence[tuple[float, float]]

    def busy_at_once(self, since: float, until: float) -> float:
        """Give how many batches ran at once on average."""
        return sum(max(0.0, min(end, until) - max(start, since)) for start, end in self.batches) / (until - since)


def line(
    arrivals: Sequence[float], numbers: QueueNumbers, duration: Duration, *, seed: int = 0, opens_s: float = 0.0
) -> Line:
    """Serve messages that arrive at these sorted instants, first come, first served; nobody serves before `opens_s`."""
    draw = random.Random(seed)  # noqa: S311 - the same run each time
    free = list(_functions(numbers.concurrency_max, opens_s))
    ended: list[float] = []
    batches: list[tuple[float, float]] = []
    while (first := len(ended)) < len(arrivals):
        received = max(arrivals[first], free[0])
        last = first + numbers.batch_size - 1
        full = arrivals[last] if last < len(arrivals) else math.inf
        start = max(received, min(full, received + numbers.window_s))
        size = bisect.bisect_right(arrivals, start, first, min(last + 1, len(arrivals))) - first
        end = start + duration(size, draw)
        heapq.heapreplace(free, end)
        ended += [end] * size
        batches.append((start, end))
    return Line(ended, batches)


def _functions(most: int, opens_s: float) -> Iterator[float]:
    """Give from when on each function is there."""
    for number in range(most):
        yield opens_s + max(0.0, (number + 1 - FUNCTIONS_FIRST) / FUNCTIONS_A_SECOND)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """So many entries a second for so many seconds. Functions begin `outage_s` late, and until then everything waits.

    What is told of concurrency and waits begins at `since_s`, when the functions that the load needs are there.
    """

    rate: float
    seconds: float
    since_s: float = 0.0
    ledger: str = "even"
    concurrency: int = PROD.delivery_queue.concurrency_max
    outage_s: float = 0.0

    def figures(self) -> dict[str, Any]:
        """Run it; give the functions at work and what became of the entries."""
        arrivals = list(_poisson(self.rate, self.seconds))
        taken_in, delivered = self._lines(arrivals)
        order = sorted(range(len(arrivals)), key=taken_in.ended.__getitem__)
        came = [arrivals[at] for at in order]
        waits = [end - at for end, at in zip(delivered.ended, came, strict=True)]
        told = sorted(wait for wait, at in zip(waits, came, strict=True) if at >= self.since_s)
        return {
            **asdict(self),
            "intakeAtOnce": round(taken_in.busy_at_once(self.since_s, self.seconds), 2),
            "deliverAtOnce": round(delivered.busy_at_once(self.since_s, self.seconds), 2),
            "batch": round(len(arrivals) / len(delivered.batches), 1),
            "p50": round(told[len(told) // 2], 2),
            "p99": round(told[len(told) * 99 // 100], 2),
            "left": sum(end > self.seconds for end in delivered.ended),
            "mostWaiting": most_waiting(arrivals, delivered.ended),
            "caughtUpAfter": self._caught_up(came, waits),
        }

    def _lines(self, arrivals: Sequence[float]) -> tuple[Line, Line]:
        intake = replace(
            PROD.intake_queue, concurrency_max=max(PROD.intake_queue.concurrency_max, self.concurrency // 4)
        )
        deliver = replace(PROD.delivery_queue, concurrency_max=self.concurrency)
        taken_in = line(arrivals, intake, intake_s)
        delivered = line(sorted(taken_in.ended), deliver, LEDGERS[self.ledger], opens_s=self.outage_s)
        return taken_in, delivered

    def _caught_up(self, came: Sequence[float], waits: Sequence[float]) -> float | None:
        """Give the seconds from the beginning of the functions until entries wait no longer than in calm; None where
        that does not come.
        """
        late = [at + wait for at, wait in zip(came, waits, strict=True) if wait > CALM_S]
        if not late:
            return 0.0
        last = max(late)
        return None if last > self.seconds - CALM_S else round(last - self.outage_s, 1)


def most_waiting(arrivals: Sequence[float], ended: Sequence[float]) -> int:
    """Give how many entries were on their way at once at most."""
    ends = sorted(ended)
    over = most = 0
    for number, at in enumerate(arrivals, start=1):
        while ends[over] <= at:
            over += 1
        most = max(most, number - over)
    return most


def _poisson(rate: float, seconds: float) -> Iterator[float]:
    draw = random.Random(7)  # noqa: S311 - the same arrivals each time
    at = draw.expovariate(rate)
    while at < seconds:
        yield at
        at += draw.expovariate(rate)


LOADS = (
    Load(rate=1, seconds=3600),
    Load(rate=100, seconds=600, since_s=60),
    Load(rate=100, seconds=600, since_s=60, ledger="uneven"),
    Load(rate=195, seconds=600, since_s=60),
    Load(rate=250, seconds=600, since_s=60),
    Load(rate=195, seconds=600, since_s=60, ledger="uneven"),
    Load(rate=10_000, seconds=400, since_s=370, concurrency=600),
    Load(rate=10_000, seconds=500, since_s=470, concurrency=900, ledger="uneven"),
)
OUTAGES = (
    Load(rate=1, seconds=3700, outage_s=3600),
    Load(rate=50, seconds=5600, outage_s=3600),
    Load(rate=100, seconds=7400, outage_s=3600),
    Load(rate=150, seconds=16_000, outage_s=3600),
    Load(rate=100, seconds=16_000, outage_s=3600, ledger="uneven"),
)


def main() -> None:
    """Print the figures and, where asked to, commit to them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="keep the figures in results/scale.json")
    asked = parser.parse_args()
    part: dict[str, list[Any]] = {"steady": [], "outages": []}
    for name, loads in (("steady", LOADS), ("outages", OUTAGES)):
        for load in loads:
            part[name].append(load.figures())
            print(json.dumps(part[name][-1]), file=sys.stderr)
    if asked.write:
        write_part("sustained", part)


if __name__ == "__main__":
    main()
