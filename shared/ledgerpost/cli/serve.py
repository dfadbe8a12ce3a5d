"""`ledgerpost local --serve`: the console over a local engine, on loopback, until Ctrl-C."""

import getpass
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import FrameType

from ledgerpost.adapters.announcer import QueueAnnouncer
from ledgerpost.adapters.checkpoints import MemoryCheckpoints
from ledgerpost.adapters.column_maps import MemoryColumnMaps
from ledgerpost.adapters.event_bus import MemoryEventBus, published_form
from ledgerpost.adapters.formulas import RuleEngineFormulas
from ledgerpost.adapters.memory_change_log import MemoryChangeLog
from ledgerpost.adapters.secrets_environment import EnvironmentSecrets
from ledgerpost.adapters.webhook_keys import MemoryWebhookKeys
from ledgerpost.app.backfill import BackfillPorts
from ledgerpost.app.browse import BrowsePorts
from ledgerpost.app.change_log import ActPorts
from ledgerpost.app.close_day import ClosePorts
from ledgerpost.app.operate import OperatePorts
from ledgerpost.app.stage_secrets import secret_name
from ledgerpost.app.webhook import WebhookKey, WebhookPorts
from ledgerpost.cli.books import CHANGES
from ledgerpost.cli.console_server import ConsoleServer
from ledgerpost.cli.demo import FEW, SECRET_NAME, TENANT, demo_configuration
from ledgerpost.cli.output import messages, results
from ledgerpost.cli.retail_invoices import INVOICES, retail_entries
from ledgerpost.cli.run import Run, RunOptions
from ledgerpost.cli.serve_shop import begin_shop, with_shop_account, with_shop_route
from ledgerpost.connectors.registry import ConnectorTargets
from ledgerpost.console.caller import Caller
from ledgerpost.console.host import Console
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.domain.access import Role
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.route import ConnectionId, TenantConfiguration
from ledgerpost.errors import UsageError
from ledgerpost.local.engine import LocalEngine
from ledgerpost.local.live import LiveEngine
from ledgerpost.local.setting_up import LocalConfigurations, LocalVault
from ledgerpost.observability import Log
from ledgerpost.ports import Clock, Secrets
from ledgerpost.simulators.pennypipe.demo import DEMO_PAT, demo_settings
from ledgerpost.simulators.pennypipe.process import SimulatorProcess
from ledgerpost.wire.approvals import read_approvals
from ledgerpost.wire.commerce_document import event_for
from ledgerpost.wire.event_file import EventEntry
from ledgerpost.wire.stored_configuration import to_items

PLACE = "this machine"
COMMERCE = "commerce"
"""The table of companies, their records and days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """What is served: a configuration, the approvals to begin with, and where its secrets are read from."""

    configuration: TenantConfiguration
    entries: Sequence[EventEntry]
    secrets: Secrets
    state: Path | None = None
    log: Path | None = None
    workers: int = 2
    begin: Callable[[ConsolePorts], None] | None = None
    """What is done once before the console opens, such as closing the demo's days."""


@contextmanager
def opened_console(serving: Serving) -> Iterator[tuple[Console, LocalEngine]]:
    """Give the console over an engine that keeps running, closed at the end."""
    vault = LocalVault(serving.secrets, _in(serving.state, "secrets.json"))
    overrides = {"POSTS_SIDE_BY_SIDE": "1"}
    options = RunOptions(
        secrets=vault,
        workers=serving.workers,
        state=serving.state,
        log=serving.log,
        overrides=overrides,
        is_listed=True,
    )
    run = Run(serving.configuration, options)
    with run.memory_engine() as engine:
        if serving.entries:
            run.post(engine, serving.entries, f"Posting {len(serving.entries):,} approvals")
        ports = local_ports(engine, serving.configuration, vault, state=serving.state)
        if serving.begin is not None:
            serving.begin(ports)
        caller = Caller(getpass.getuser(), serving.configuration.tenant, Role.ADMIN)
        # Only this machine can ask, and whoever sits at it is the tenant's.
        console = Console(ports, lambda _: caller, Log("console", stream=sys.stderr), on_loopback=True)
        with LiveEngine(engine):
            yield console, engine


def local_ports(
    engine: LocalEngine,
    configuration: TenantConfiguration,
    vault: LocalVault,
    *,
    webhook_keys: Sequence[WebhookKey] = (),
    state: Path | None = None,
) -> ConsolePorts:
    """Give what the console works with over a local engine; `webhook_keys` are good for its webhook. What people do is
    kept in the folder `state`, where one is given.
    """
    operate = engine.operate_ports()
    changes = MemoryChangeLog(_in(state, CHANGES))
    bus = MemoryEventBus(lambda entry: engine.publish([published_form(entry)]))
    return ConsolePorts(
        place=PLACE,
        configurations=_configurations(engine, configuration, operate.clock, state),
        listing=engine.deliveries,
        operate=operate,
        pauses=engine.pauses,
        secrets=vault,
        vault=vault,
        secret_name=_secret_name,
        targets=lambda secrets: ConnectorTargets(secrets, operate.clock, allow_loopback=True),
        plain=to_items,
        changes=changes,
        browse=BrowsePorts(records=engine.deliveries, listing=engine.listing),
        formulas=RuleEngineFormulas(),
        webhook=WebhookPorts(
            keys=MemoryWebhookKeys(webhook_keys),
            bus=bus,
            read_approvals=read_approvals,
            acting=ActPorts(changes, operate.clock),
        ),
        is_local=True,
        grouping=_grouping(engine, operate),
        uploads=_uploads(engine, bus, operate.clock, state),
        column_maps=MemoryColumnMaps(_in(state, "column-maps.json")),
    )


def _in(state: Path | None, name: str) -> Path | None:
    return state / name if state is not None else None


def _configurations(
    engine: LocalEngine, configuration: TenantConfiguration, clock: Clock, state: Path | None
) -> LocalConfigurations:
    """Give the configurations of the engine's tables, `configuration` applied to begin with where it has anything."""
    configurations = LocalConfigurations(engine.tables, _in(state, "configurations.json"))
    if configuration.connections:
        configurations.start_with(configuration, PLACE, clock)
    return configurations


def _uploads(engine: LocalEngine, bus: MemoryEventBus, clock: Clock, state: Path | None) -> BackfillPorts:
    """Give what a file of approvals is sent with: no faster than the engine's queues are worked off."""
    return BackfillPorts(
        bus=bus,
        checkpoints=MemoryCheckpoints(_in(state, "backfills.json")),
        depth=_Backlog(engine),
        clock=clock,
        pause=time.sleep,
    )


def _grouping(engine: LocalEngine, operate: OperatePorts) -> ClosePorts:
    """Give what days are closed with: the engine's own records, and its intake queue for the documents."""
    stores = engine.tables.commerce(COMMERCE)
    return ClosePorts.over(
        stores, announcer=QueueAnnouncer(operate.approvals), event_for=event_for, clock=operate.clock
    )


@dataclass(frozen=True, slots=True)
class _Backlog:
    """How busy a local engine is (port QueueDepth)."""

    engine: LocalEngine

    def waiting(self) -> int:
        """Give how many messages wait to be handled."""
        return self.engine.cloud.backlog()


def _secret_name(tenant: TenantId, connection: ConnectionId) -> str:
    return secret_name("local", tenant, connection)


def serve(serving: Serving, port: int) -> None:
    """Serve until Ctrl-C. Raises UsageError where the port is taken."""
    with opened_console(serving) as (console, _):
        try:
            with ConsoleServer(console, port=port) as server:
                results.print(f"The console is on {server.url} (Ctrl-C stops it).", highlight=False)
                _until_interrupted()
        except OSError as error:
            raise UsageError("usage", f"Port {port} cannot be used: {error.strerror}. Give another --port.") from None
    messages.print("Stopped.")


def serve_demo(port: int, *, everything_empty: bool, log: Path | None, state: Path | None = None) -> None:
    """Serve the demo: its simulator beside it, and its invoices posted, or nothing set up at all where it is empty.

    Raises UsageError where the demo's own ledger would have to outlive the process.
    """
    if state is not None and not everything_empty:
        raise UsageError("usage", "The demo's ledger ends with the process: --state needs --config C or --empty.")
    with SimulatorProcess(with_shop_account(demo_settings())) as simulator:
        configuration = with_shop_route(demo_configuration(simulator.url))
        entries: list[EventEntry] = []
        if everything_empty:
            configuration = replace(configuration, connections={}, routes={})
        else:
            entries = list(retail_entries(INVOICES, TENANT, FEW))
        results.print(f"The PennyPipe simulator is on {simulator.url}.", highlight=False)
        secrets = EnvironmentSecrets({SECRET_NAME: DEMO_PAT})
        begin = None if everything_empty else begin_shop
        serve(
            Serving(configuration=configuration, entries=entries, secrets=secrets, log=log, begin=begin, state=state),
            port,
        )


def _until_interrupted() -> None:
    """Wait for Ctrl-C, or for the signal that ends a service."""
    ended = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature of a signal handler
        ended.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        ended.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
