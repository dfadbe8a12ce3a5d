"""Whose turn it is in a local run: events are taken in first as long as few messages lie before the ledger, so that a
message finds its turn among all that is known; once there are many, the batch nearest to the ledger is first, so that
queues stay short.
"""

from collections.abc import Iterable

from ledgerpost.local.cloud import LocalCloud

LEAD_MAX = 250
"""Messages before the ledger up to which intake goes first; a backfill leaves fewer waiting (`Pace.waiting_max`)."""


class Turns:
    """The event source mappings of a cloud, in the order in which workers ask them for a batch.

    `entrances` are the addresses of the queues that the bus feeds.
    """

    def __init__(self, cloud: LocalCloud) -> None:
        mappings = cloud.wiring.mappings
        fed_by_rules = {queue for rule in cloud.wiring.rules for queue in rule.queues}
        self._cloud = cloud
        self.entrances = frozenset(cloud.wiring.queues[name].url for name in fed_by_rules)
        self._before_the_ledger = frozenset(mapping.queue for mapping in mappings.values()) - fed_by_rules
        self._nearest_first = tuple(sorted(mappings, key=lambda name: mappings[name].queue in fed_by_rules))

    def now(self) -> Iterable[str]:
        """Give the mappings, the one whose turn it is first."""
        waiting = sum(self._cloud.queue(name).size() for name in self._before_the_ledger)
        return self._nearest_first if waiting > LEAD_MAX else reversed(self._nearest_first)

    def nearest_first(self) -> Iterable[str]:
        """Give the mappings, those that the bus feeds last."""
        return self._nearest_first
