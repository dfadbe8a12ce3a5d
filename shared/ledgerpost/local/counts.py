"""What happened in the local cloud, in numbers: above all what was lost and what came twice."""

from dataclasses import dataclass


@dataclass(slots=True, kw_only=True)
class Counts:
    """Counters of one cloud since its start; every one only grows.

    `lost_unreported`: deleted although the function named them as failed, since the mapping lacks
    ReportBatchItemFailures. `lost_expired`: dropped at the end of the queue's retention. `unmatched`: events that no
    rule took. `repeated`: handed out while an earlier invocation still had them, or after one had finished them.
    `retried`: handed out again after a failure. `dead_lettered`: moved to a dead-letter queue.
    `deletes_refused`: deletes with a receipt that was no longer the latest.
    """

    events: int = 0
    events_refused: int = 0
    unmatched: int = 0
    messages_sent: int = 0
    invocations: int = 0
    invocations_failed: int = 0
    invocations_timed_out: int = 0
    lost_unreported: int = 0
    lost_expired: int = 0
    repeated: int = 0
    retried: int = 0
    dead_lettered: int = 0
    deletes_refused: int = 0

    @property
    def lost(self) -> int:
        """Messages that vanished without having been handled."""
        return self.lost_unreported + self.lost_expired

    def incidents(self) -> dict[str, int]:
        """Give what a sound template shows none of; zeros are left out."""
        found = {
            "unmatched": self.unmatched,
            "lost": self.lost,
            "repeated": self.repeated,
            "deadLettered": self.dead_lettered,
            "timedOut": self.invocations_timed_out,
        }
        return {name: count for name, count in found.items() if count}
