"""An hour without the ledger: what the real functions do meanwhile, and how soon all is delivered afterwards.

    python benchmarks/outage.py --write

The functions of the stage `prod` run in the local cloud in virtual time; entries keep coming, evenly, and the ledger
answers 503 for an hour. Breakers, held messages, wake-up calls and the settling schedule are the product's own.
"""

import argparse
import io
import json
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from benchmarks.scale_results import write_part
from benchmarks.sustained import CALM_S, INTAKE_S, LEDGER_S, OWN_S
from infra.stage import PROD, QueueNumbers
from ledgerpost.domain.entry import LedgerEntry
from ledgerpost.domain.outcome import PostOutcome
from ledgerpost.domain.route import AccountId
from ledgerpost.local.clock import VirtualClock
from ledgerpost.local.cloud import LocalCloud
from ledgerpost.local.engine import SNAPSHOT
from ledgerpost.local.functions import LocalFunctions
from ledgerpost.local.services import LocalServices, LocalTables
from ledgerpost.local.template import read_template
from ledgerpost.local.virtual import VirtualRun
from ledgerpost.local.wiring import MappingSpec, Wiring
from ledgerpost.ports import DeliveryLine
from tests.local.approvals import CONFIGURATION, approval
from tests.local.fake_ledger import BUSY, FakeLedger

START_MS = 1_700_000_000_000
CALM_MS, OUTAGE_MS, AFTER_MS = 60_000, 3_600_000, 1_500_000
DURATION_MS = {"IntakeFunction": int(INTAKE_S * 1000), "DeliverFunction": int((OWN_S[-1] + LEDGER_S) * 1000)}


@dataclass
class LedgerWithOutage(FakeLedger):
    """Answers 503 from one instant to another."""

    clock: VirtualClock = field(default_factory=lambda: VirtualClock(START_MS))
    down_ms: tuple[int, int] = (0, 0)
    refused: int = 0
    applied_ms: dict[str, int] = field(default_factory=dict)

    def post(self, account: AccountId, entry: LedgerEntry, correlation_id: str, onto: object = None) -> PostOutcome:
        """Refuse what comes in the outage, and apply all else."""
        if self.down_ms[0] <= self.clock.now_ms < self.down_ms[1]:
            self.refused += 1
            return BUSY
        self.applied_ms[entry.reference] = self.clock.now_ms
        return super().post(account, entry, correlation_id, onto)


class Results:
    """Hears of every message and counts what came of it."""

    def __init__(self) -> None:
        self.counted: Counter[str] = Counter()

    def attempted(self, line: DeliveryLine) -> None:
        """Note one message."""
        self.counted[line.result] += 1


def prod_wiring() -> Wiring:
    """Give the wiring of the committed template with the queue numbers of the stage `prod`."""
    wiring = read_template(SNAPSHOT)
    numbers = {"IntakeFunction": PROD.intake_queue, "DeliverFunction": PROD.delivery_queue}
    mappings = {name: _with(mapping, numbers[mapping.function]) for name, mapping in wiring.mappings.items()}
    return replace(wiring, mappings=mappings)


def _with(mapping: MappingSpec, numbers: QueueNumbers) -> MappingSpec:
    return replace(mapping, window_ms=numbers.window_s * 1000, concurrency_max=numbers.concurrency_max)


class Run:
    """A stage whose ledger is away for an hour, a minute after entries began to come."""

    def __init__(self, rate: float) -> None:
        self.rate = rate
        self.clock = VirtualClock(START_MS)
        down_ms = (START_MS + CALM_MS, START_MS + CALM_MS + OUTAGE_MS)
        self.ledger = LedgerWithOutage(clock=self.clock, down_ms=down_ms)
        self.results = Results()
        self.tables = LocalTables([CONFIGURATION])
        wiring = prod_wiring()
        self.cloud = LocalCloud(wiring, started_ms=START_MS)
        services = LocalServices(
            clock=self.clock,
            tables=self.tables,
            send_to=lambda url, messages: self.cloud.send(url, messages, self.clock.now_ms),
            targets=lambda allow_loopback: self.ledger,  # noqa: ARG005 - there is one
            log_stream=io.StringIO(),
            listeners=[self.results],
        )
        functions = LocalFunctions(wiring, services, self.clock, {"POSTS_SIDE_BY_SIDE": "1"})
        self.driver = VirtualRun(
            self.cloud,
            self.clock,
            functions.run,
            duration_ms=lambda invocation, _: DURATION_MS.get(invocation.function.name, 0),
        )

    def figures(self) -> dict[str, Any]:
        """Let entries come until the outage has been over for `AFTER_MS`; give what became of them."""
        every_ms = int(1000 / self.rate)
        came_ms: dict[str, int] = {}
        most_open = 0
        for number in range((CALM_MS + OUTAGE_MS + AFTER_MS) // every_ms):
            came_ms[f"R{number}"] = self.clock.now_ms
            self.cloud.put_events([approval(f"R{number}")], self.clock.now_ms)
            self.driver.run_for(every_ms)
            most_open = max(most_open, self.tables.open_count())
        assert self.driver.run_until_settled(self.tables.open_count, AFTER_MS)
        assert came_ms.keys() == self.ledger.applied_ms.keys(), "every entry is there in the end"
        assert self.ledger.posts == self.ledger.effects == len(came_ms), "and none was posted twice"
        return {"rate": self.rate, "entries": len(came_ms), "mostOpenRecords": most_open} | self._told(came_ms)

    def _told(self, came_ms: Mapping[str, int]) -> dict[str, Any]:
        over_ms = self.ledger.down_ms[1]
        applied_ms = self.ledger.applied_ms
        late = [at for reference, at in applied_ms.items() if at - came_ms[reference] > CALM_S * 1000]
        waited = sum(came >= self.ledger.down_ms[0] and came < over_ms for came in came_ms.values())
        return {
            "waited": waited,
            "postsInOutage": self.ledger.refused,
            "heldForEachThatWaited": round(self.results.counted["held"] / waited, 2),
            "firstAfter": round((min(at for at in applied_ms.values() if at >= over_ms) - over_ms) / 1000),
            "caughtUpAfter": round((max(late) - over_ms) / 1000),
        }


RATES = (1, 10, 50)


def main() -> None:
    """Print the figures and, where asked to, commit to them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="keep the figures in results/scale.json")
    asked = parser.parse_args()
    runs = []
    for rate in RATES:
        runs.append(Run(rate).figures())
        print(json.dumps(runs[-1]), file=sys.stderr)
    if asked.write:
        write_part("outage", runs)


if __name__ == "__main__":
    main()
