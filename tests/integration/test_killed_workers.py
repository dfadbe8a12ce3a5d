"""`kill -9` of any worker process, again and again: nothing lost, nothing doubled.

The ledger makes a new entry of every post (upsert is off), so a post that is repeated without looking would show as a
duplicate; and each answer comes 0.4 s after the entry was applied, so that many a worker dies in between.
"""

import os
import random
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal

import pytest

from ledgerpost.domain.delivery import Status
from ledgerpost.local.ministack import MinistackEngine
from ledgerpost.simulators.pennypipe import SimulatorProcess, demo_settings
from tests.integration.conftest import an_engine, an_entry, configuration

pytestmark = pytest.mark.ministack

# The template's times, shortened together. A message is hidden (16 s) for longer than its worker may take to start and
# claim it (about 5 s + 2 s) and then hold the claim (6 s), and a claim outlives the worker that holds it (4 s). The
# template's own times keep the same order: 360 s, 90 s and 60 s.
TIMEOUT_S, POST_BUDGET_S, LEASE_S, VISIBILITY_S = 4, 2, 6, 16
PROPERTIES = {
    "DeliverFunction": {"Timeout": TIMEOUT_S},
    "IntakeFunction": {"Timeout": TIMEOUT_S},
    "DeliveryQueue": {"VisibilityTimeout": VISIBILITY_S},
    "IntakeQueue": {"VisibilityTimeout": VISIBILITY_S},
}
VARIABLES = {
    "POST_BUDGET_S": str(POST_BUDGET_S),
    "LEASE_S": str(LEASE_S),
    "READ_LAG_S": "0.5",
    "RETRY_DELAYS_S": "1,1,2,2,2,2",
}

AMOUNTS = {f"K-{number}": f"{number}.01" for number in range(1, 401)}
KILLS_MAX = 16
SEED = 20260301


@dataclass
class Killer:
    """Kills a worker, chosen by lot, each time the ledger has applied something since the last kill: mostly one of
    those that deliver, now and then any.
    """

    engine: MinistackEngine
    simulator: SimulatorProcess
    killed: list[int] = field(default_factory=list)

    def run(self, until: threading.Event) -> None:
        lots, applied = random.Random(SEED), 0
        while len(self.killed) < KILLS_MAX and not until.wait(lots.uniform(0.05, 0.25)):
            created = self.simulator.counts().created
            if created > applied:
                applied = created
                self._kill(lots)

    def _kill(self, lots: random.Random) -> None:
        delivering = self.engine.workers("DeliverFunction")
        victims = self.engine.workers() if lots.random() < 0.2 else delivering
        if victims:
            victim = lots.choice(victims)
            with suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
                self.killed.append(victim)


@contextmanager
def killing(engine: MinistackEngine, simulator: SimulatorProcess) -> Iterator[Killer]:
    killer, over = Killer(engine, simulator), threading.Event()
    thread = threading.Thread(target=killer.run, args=[over])
    thread.start()
    try:
        yield killer
    finally:
        over.set()
        thread.join()


def test_workers_killed_again_and_again_lose_nothing_and_double_nothing(artefact: bytes) -> None:
    entries = [an_entry(reference, total) for reference, total in AMOUNTS.items()]
    settings = replace(demo_settings(), upsert=False, faults="slow=1:0.4")
    with SimulatorProcess(settings) as simulator:
        engine = an_engine(
            [configuration(simulator.url)], artefact, variables=VARIABLES, properties=PROPERTIES, timeout_s=300
        )
        with engine, killing(engine, simulator) as killer:
            summary = engine.run(entries)
            records = engine.records()
            held = [(entry["referenceId"], Decimal(entry["amount"])) for entry in simulator.entries()]
            assert summary.is_settled
            assert sorted(held) == sorted((reference, Decimal(total)) for reference, total in AMOUNTS.items())
            assert {record.key.reference for record in records} == set(AMOUNTS)
            assert {record.status for record in records} == {Status.DELIVERED}
            assert engine.rejections() == []
            assert engine.dead_letters() == 0
            # The run was a hard one: workers died while they held claims, and others took these over.
            assert len(killer.killed) >= 10
            assert sum(record.fence > 2 for record in records) >= 10
