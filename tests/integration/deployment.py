"""A deployed stack that several tests share, each with references of its own."""

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from ledgerpost.domain.delivery import Status
from ledgerpost.local.ministack import MinistackEngine
from ledgerpost.simulators.pennypipe import SimulatorProcess
from tests.integration.chosen_parts import ChosenParts
from tests.integration.recorder import Recorder

PATIENCE_S = 20.0
POLL_S = 0.05


@dataclass(frozen=True)
class Deployment:
    """The stack with its ledger; its workers write their calls down. `template` is what was deployed."""

    engine: MinistackEngine
    simulator: SimulatorProcess
    recorder: Recorder
    template: Mapping[str, Any]
    chosen: ChosenParts

    def statuses(self, references: Collection[str]) -> set[Status | None]:
        """Give the statuses of the deliveries, None among them where one has no record."""
        records = {record.key.reference: record.status for record in self.engine.records()}
        return {records.get(reference) for reference in references}

    def purge_queues(self) -> None:
        """Lose every message of intake and delivery, the hidden and the delayed ones too."""
        sqs = self.engine.emulator.client("sqs")
        for queue in ("IntakeQueueUrl", "DeliveryQueueUrl"):
            sqs.purge_queue(QueueUrl=self.engine.stack.outputs[queue])

    def lose_wake_up_calls(self, entries: Mapping[str, Mapping[str, Any]]) -> None:
        """Have the ledger refuse new entries, by their references, and lose the messages that would call them again."""
        # Five seconds to lose them in: on a busy machine a shorter wait is over before the queues are emptied.
        self.simulator.set_faults("refuse=1:once:5")
        self.engine.stack.bus.put(list(entries.values()))
        until(lambda: self.statuses(entries) == {Status.RETRYING}, "the entries were not refused")
        self.purge_queues()

    def sweep_until_delivered(self, references: Collection[str]) -> None:
        """Run the schedule's function again and again; where no message is left, nothing else calls these."""

        def are_delivered() -> bool:
            self.engine.stack.sweep()
            return self.statuses(references) == {Status.DELIVERED}

        until(are_delivered, "the schedule did not find the deliveries")


def until(holds: Callable[[], bool], complaint: str) -> None:
    """Wait until it holds: what is waited for happens in other processes, by their own clocks."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, complaint
        time.sleep(POLL_S)
