"""I18: the product's own completeness sweep finds nothing that never arrived, when the world has come to rest."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from ledgerpost.adapters.formulas import RuleEngineFormulas
from ledgerpost.adapters.memory import MemoryQueue
from ledgerpost.app.sweep import SweepPorts, sweep
from ledgerpost.simulation.source import configuration_of
from ledgerpost.simulation.world import Violation, World
from ledgerpost.wire.approval import read_event

LATER = datetime(2100, 1, 1, tzinfo=UTC)
"""No approval of a history is too young to be missed then."""


class _Silence:
    """Hears of nothing (port Notices)."""

    def warning(self, event: str, **fields: object) -> None: ...

    def info(self, event: str, **fields: object) -> None: ...


def after_sweep(world: World, published: Iterable[str]) -> None:
    """Sweep by the source's list, all that it `published`; raises Violation for what left no trace on a route."""
    events = [read_event(body) for body in published]
    ports = SweepPorts(
        read_event=read_event,
        find_record=world.tables.deliveries(world.table).get,
        rejections=world.tables.rejections(world.table),
        approvals=MemoryQueue(lambda _: None),
        notices=_Silence(),
        formulas=RuleEngineFormulas(),
    )
    for tenant, routes in world.truth.routes.items():
        of_tenant = (event for event in events if event.tenant == tenant)
        found = sweep(of_tenant, configuration_of(tenant, routes), ports, now=LATER, grace=timedelta(0))
        for gap in found.gaps:
            raise Violation("I18", f"{tenant} {gap.route} {gap.reference} never arrived: {gap.reason}")
