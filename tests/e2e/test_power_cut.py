"""A power cut amid a run against PennyPipe over HTTP: the next process brings every accepted entry there once."""

import io
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from ledgerpost.adapters.clock import SystemClock
from ledgerpost.adapters.memory_budget import MemoryRequestBudget
from ledgerpost.adapters.secrets_environment import EnvironmentSecrets
from ledgerpost.cli.inputs import configuration_from
from ledgerpost.cli.run import LOCAL_OVERRIDES
from ledgerpost.connectors.registry import ConnectorTargets
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.outcome import PostOutcome
from ledgerpost.domain.route import Connection
from ledgerpost.errors import StoreError
from ledgerpost.local.engine import EngineOptions, LocalEngine
from ledgerpost.ports import LedgerTarget, LedgerTargets
from ledgerpost.simulators.pennypipe import SimulatorProcess
from ledgerpost.simulators.pennypipe.demo import DEMO_PAT
from tests.e2e.conftest import approval
from tests.local.disk import Disk
from tests.local.test_power_cut import Later

POSTS_BEFORE_THE_CUT = 7
PUBLISHED = [f"R{number}" for number in range(40)]

OVERRIDES = LOCAL_OVERRIDES | {"READ_LAG_S": "0"}
ONE_BY_ONE = {"workers": 1, "overrides": OVERRIDES | {"POSTS_SIDE_BY_SIDE": "1"}}
"""After the cut an approval and its wake-up call would meet, and one of the two wait for half a minute."""


class CutAmidPosts:
    """The ledgers of a machine whose power fails when so many posts were answered, before their outcome is recorded."""

    def __init__(self, targets: LedgerTargets, disk: Disk) -> None:
        self.failed = threading.Event()
        self._targets = targets
        self._disk = disk
        self._answered = 0
        self._lock = threading.Lock()

    def target_of(self, tenant: TenantId, connection: Connection) -> "_Watched":
        return _Watched(self._targets.target_of(tenant, connection), self)

    def answered(self) -> None:
        with self._lock:
            self._answered += 1
            if self._answered == POSTS_BEFORE_THE_CUT:
                self._disk.is_off = True
                self.failed.set()


class _Watched:
    def __init__(self, target: LedgerTarget, power: CutAmidPosts) -> None:
        self._target = target
        self._power = power
        self.ability, self.find = target.ability, target.find

    def post(self, *arguments: Any) -> PostOutcome:
        outcome = self._target.post(*arguments)
        self._power.answered()
        return outcome


@pytest.mark.parametrize("upserts", [True, False])
def test_after_a_power_cut_amid_posts_every_accepted_entry_is_in_the_ledger_once(
    upserts: bool, tmp_path: Path, configuration: Path, simulator: SimulatorProcess
) -> None:
    simulator.set_upsert(upserts)
    entries = [json.loads(approval(reference)) for reference in PUBLISHED]
    entries = [entry | {"Detail": json.dumps(entry["Detail"])} for entry in entries]
    lost = tmp_path / "lost"
    lost.mkdir()
    disk = Disk(lost)
    with closing(_connectors(SystemClock())) as targets:
        power = CutAmidPosts(targets, disk)

        def interrupted_when_it_failed() -> Iterator[dict[str, Any]]:
            assert power.failed.wait(30)
            raise KeyboardInterrupt
            yield

        # Closing tells that the last outcomes did not reach the disk, where that was not told before.
        with suppress(StoreError), closing(_engine(configuration, power, lost, disk=disk)) as engine:
            engine.publish(entries)
            assert not engine.run(interrupted_when_it_failed()).is_settled
    # What was under way at the cut may have been answered after it, but nothing was posted without a claim on the disk.
    held = {entry["referenceId"] for entry in simulator.entries()}
    image = disk.image()
    lines = [json.loads(line) for line in image.synced["DeliveriesTable.jsonl"].splitlines()]
    assert POSTS_BEFORE_THE_CUT <= len(held) < len(PUBLISHED)
    assert held <= {line["record"]["key"][3] for line in lines}

    folder = image.after_a_power_cut(tmp_path / "again")
    with (
        closing(_connectors(SystemClock())) as targets,
        closing(_engine(configuration, targets, folder, clock=Later())) as engine,
    ):
        assert engine.run([]).is_settled
    assert Counter(entry["referenceId"] for entry in simulator.entries()) == Counter(PUBLISHED)


def _connectors(clock: SystemClock) -> ConnectorTargets:
    secrets = EnvironmentSecrets({"PENNYPIPE_PAT": DEMO_PAT})
    return ConnectorTargets(secrets, clock, allow_loopback=True, budget=MemoryRequestBudget(clock))


def _engine(
    configuration: Path, targets: LedgerTargets, folder: Path, *, disk: Disk | None = None, clock: Later | None = None
) -> LocalEngine:
    options: dict[str, Any] = {"sync": disk.sync} if disk is not None else ONE_BY_ONE
    return LocalEngine(
        EngineOptions(
            configurations=[configuration_from(configuration, quiet=True)],
            targets=lambda _: targets,
            log_stream=io.StringIO(),
            state_dir=folder,
            **{"overrides": OVERRIDES} | options,
        ),
        clock=clock,
    )
