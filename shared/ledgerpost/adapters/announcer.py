"""Documents of a close go into the intake queue, in the envelope that the bus would have written."""

from collections.abc import Sequence

from ledgerpost.ports import OutgoingMessage, Queue
from ledgerpost.ports_commerce import DocumentEvent


class QueueAnnouncer:
    """Sends documents to the intake queue (port DocumentAnnouncer).

    Past the bus, so that a close needs no right to publish there: whatever is on the bus came from outside.
    """

    def __init__(self, queue: Queue) -> None:
        self._queue = queue

    def announce(self, events: Sequence[DocumentEvent]) -> None:
        """Send every event; raises StoreError where one may not have been taken."""
        self._queue.send([OutgoingMessage(event.body, group="close") for event in events])
