"""The visible messages of a queue in the order in which they are handed out: fairly among their groups.

The group with the fewest messages in flight comes first, and among those that have equally few the one that has waited
longest for its turn; a message without a group is a group of its own. Amazon SQS does so only once a group keeps much
of the consumers busy (30 messages in flight and a tenth of all, or a tenth of the time); here it is done from the
first message. Source: Amazon SQS Developer Guide, "How Amazon SQS fair queues work".
"""

from collections import deque
from typing import Generic, Protocol, TypeVar


class Grouped(Protocol):
    """A message as far as its turn depends on it."""

    id: str
    group: str


M = TypeVar("M", bound=Grouped)


class FairLine(Generic[M]):
    """The line of one queue. Adding and taking cost the same however many groups there are."""

    def __init__(self) -> None:
        self._lines: dict[str, deque[M]] = {}
        self._in_flight: dict[str, int] = {}
        # The groups that have a message waiting, by how many they have in flight; in each the next one first.
        self._turns: dict[int, dict[str, None]] = {}

    def __bool__(self) -> bool:
        return bool(self._lines)

    def add(self, message: M) -> None:
        """Put a message at the end of its group's line."""
        group = _group_of(message)
        line = self._lines.get(group)
        if line is None:
            line = self._lines[group] = deque()
            self._enter(group)
        line.append(message)

    def take(self) -> M:
        """Take the message out whose turn it is; raises ValueError where none waits."""
        group = next(iter(self._turns[min(self._turns)]))
        line = self._lines[group]
        message = line.popleft()
        if not line:
            self._leave(group)
            del self._lines[group]
        return message

    def began(self, message: M) -> None:
        """Hear that a message is in flight now."""
        self._count(_group_of(message), 1)

    def ended(self, message: M) -> None:
        """Hear that a message is in flight no more."""
        self._count(_group_of(message), -1)

    def waiting(self) -> list[M]:
        """Give the messages, those of one group in their order."""
        return [message for line in self._lines.values() for message in line]

    def _count(self, group: str, change: int) -> None:
        waits = group in self._lines
        if waits:
            self._leave(group)
        self._in_flight[group] = self._in_flight.get(group, 0) + change
        if not self._in_flight[group]:
            del self._in_flight[group]
        if waits:
            self._enter(group)

    def _enter(self, group: str) -> None:
        self._turns.setdefault(self._in_flight.get(group, 0), {})[group] = None

    def _leave(self, group: str) -> None:
        turn = self._in_flight.get(group, 0)
        del self._turns[turn][group]
        if not self._turns[turn]:
            del self._turns[turn]


def _group_of(message: Grouped) -> str:
    return message.group or message.id
