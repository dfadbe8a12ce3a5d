"""Where delivery records are: in the folder of a local run, or on a deployed stage."""

import getpass
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from ledgerpost.adapters.memory_change_log import MemoryChangeLog
from ledgerpost.app.acts import Doing
from ledgerpost.app.change_log import ActPorts, ChangeLog, Person
from ledgerpost.app.operate import OperatePorts
from ledgerpost.app.pausing import PausingPorts
from ledgerpost.cli.inputs import secrets
from ledgerpost.cli.run import Run, RunOptions
from ledgerpost.cli.stage import Stage
from ledgerpost.domain.access import Role
from ledgerpost.domain.delivery import DeliveryRecord, Status
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.route import TenantConfiguration
from ledgerpost.errors import UsageError
from ledgerpost.observability import Log
from ledgerpost.ports import DeliveryList, PauseStore
from ledgerpost.wire.message import wake_up_for

CHANGES = "changes.jsonl"
"""In the folder of a local run: its change log."""

OPERATIONS_LOG = "operations.log"
"""In the folder of a local run: one JSON line for each thing that a person did, and what came of it."""

INDEX_LAG_S = 3.0
"""How long DynamoDB's index may lag behind its table, generously."""

ByOption = Annotated[str | None, typer.Option("--by", help="Who does it; by default whoever is signed in.")]
StateOption = Annotated[Path | None, typer.Option("--state", help="The folder that `local --state` keeps records in.")]
StageOption = Annotated[str | None, typer.Option("--stage", help="The deployed stage to look at.")]
TenantOption = Annotated[str, typer.Option("--tenant", help="The tenant whose deliveries are meant.")]


@dataclass(frozen=True, slots=True)
class Books:
    """The delivery records of one place. `settle` runs what was sent to the queues; a stage does that by itself.

    `caller` gives who is at work here, `changes` is the change log of the place; `lag_s` is how long a listing may lag
    behind the records.
    """

    ports: OperatePorts
    listing: DeliveryList
    pauses: PauseStore
    settle: Callable[[], None]
    caller: Callable[[], str]
    changes: ChangeLog
    lag_s: float = 0.0

    def doing(self, by: str | None, reason: str = "") -> Doing:
        """Give who acts here. Whoever reaches the records themselves is an admin of the place."""
        person = Person(by or self.caller(), Role.ADMIN)
        return Doing(person=person, ports=ActPorts(self.changes, self.ports.clock), reason=reason)

    @property
    def pausing(self) -> PausingPorts:
        """What pausing and resuming need."""
        return PausingPorts(pauses=self.pauses, listing=self.listing, operate=self.ports)

    def records(self, tenant: str, status: Status | None = None) -> Iterator[DeliveryRecord]:
        """Give the tenant's records, all or those of one status."""
        return self.listing.records(TenantId(tenant), status)


@contextmanager
def open_books(
    state: Path | None, stage: str | None, configuration: TenantConfiguration | None = None
) -> Iterator[Books]:
    """Open the books of `state` or `stage`; raises UsageError unless exactly one is given.

    `configuration` is what redriven work of a local folder is delivered by.
    """
    if (state is None) == (stage is None):
        raise UsageError("usage", "Give either --state DIR (a local run) or --stage S (a deployed stage).")
    if stage is not None:
        yield _stage_books(stage)
        return
    assert state is not None
    if not state.is_dir():
        raise UsageError("usage", f"There is no folder {state}; `ledgerpost local --state {state}` makes it.")
    empty = TenantConfiguration(TenantId(""), {}, {})
    run = Run(configuration or empty, RunOptions(secrets=secrets(), state=state, log=state / OPERATIONS_LOG))
    with run.memory_engine() as engine:
        yield Books(
            ports=engine.operate_ports(),
            listing=engine.deliveries,
            pauses=engine.pauses,
            settle=lambda: _run_to_the_end(engine),
            caller=getpass.getuser,
            changes=MemoryChangeLog(state / CHANGES),
        )


def _run_to_the_end(engine: Any) -> None:
    engine.run(())


def _stage_books(stage: str) -> Books:
    """Find the stage's tables and queues by the outputs of its stack."""
    found = Stage(stage)
    services = found.services
    deliveries = services.deliveries(found.output("DeliveriesTableName"))
    ports = OperatePorts(
        wake_up_for=wake_up_for,
        records=deliveries,
        rejections=services.rejections(found.output("DeliveriesTableName")),
        approvals=services.queue(found.output("IntakeQueueUrl")),
        deliveries=services.queue(found.output("DeliveryQueueUrl")),
        clock=services.clock(),
        # On a stage the delivery's own record is the lasting account of who did what; this line is for the terminal.
        notices=Log("operate", stream=sys.stderr),
    )
    return Books(
        ports=ports,
        listing=deliveries,
        pauses=services.pauses(found.output("DeliveriesTableName")),
        settle=lambda: None,
        caller=found.caller,
        changes=found.changes,
        lag_s=INDEX_LAG_S,
    )
