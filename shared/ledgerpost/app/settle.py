"""Settling: every delivery that is overdue is called again, so that an unknown outcome is never forgotten.

The asking itself is done by `deliver`, which holds the connection's pace and the careful path; this use case needs no
ledger, no secret and no route.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from ledgerpost.app.fair_group import group_of_record
from ledgerpost.domain.delivery import DeliveryKey
from ledgerpost.ports import Clock, DeliveryStore, OutgoingMessage, Queue

SWEEP_LIMIT = 10_000
"""Wake-up calls of one sweep, a thousand requests of the queue; the next one, a minute later, goes on."""

GRACE_S = 60.0
"""How long past its due time a delivery's own wake-up call may come; after that it counts as lost."""

COUNT_LIMIT = 1000
"""Deliveries of each status that a sweep counts: where there are more, "a thousand" says enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlePorts:
    """What settling needs. A delivery is overdue `grace` after its due time: by then its own wake-up call was lost."""

    wake_up_for: Callable[[DeliveryKey, bool], str]
    records: DeliveryStore
    deliveries: Queue
    clock: Clock
    grace: timedelta = timedelta(seconds=GRACE_S)


def settle(ports: SettlePorts) -> int:
    """Send a wake-up call for each overdue delivery, the longest due first; give how many."""
    keys = ports.records.due(ports.clock.now() - ports.grace, SWEEP_LIMIT)
    ports.deliveries.send([OutgoingMessage(ports.wake_up_for(key, False), group=group_of_record(key)) for key in keys])
    return len(keys)
