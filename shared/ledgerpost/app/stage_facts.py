"""What can be seen of a deployed stage: plain facts, as whoever looks at it finds them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class NotChecked:
    """Nothing could be learned, and why. `denied` is the permission that the caller lacks, where that is why."""

    reason: str
    denied: str = ""


@dataclass(frozen=True, slots=True)
class Gone:
    """The stack names a resource that does not exist any more."""


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource of the stack: its id in the template, its type (`AWS::SQS::Queue`) and its name in the account."""

    id: str
    type: str
    name: str


@dataclass(frozen=True, slots=True)
class StackFacts:
    """The stack. `is_emulated` says that it runs on an emulator, which lacks some of what AWS has."""

    name: str
    status: str
    resources: tuple[Resource, ...]
    is_emulated: bool = False


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks (an ARN), and the two clocks at one moment, both aware and in UTC."""

    arn: str
    aws_clock: datetime
    own_clock: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueFacts:
    """A queue: how many messages wait and are being handled, about; where failures go, None for nowhere."""

    waiting: int
    in_hand: int
    failures_to: str | None
    is_encrypted: bool


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What feeds a function from a queue or a stream: its state, and whether single failed messages are reported."""

    state: str
    reports_failures: bool


@dataclass(frozen=True, slots=True)
class FunctionFacts:
    """A function: its state and that of its last update."""

    state: str
    last_update: str


@dataclass(frozen=True, slots=True)
class AlarmFacts:
    """An alarm: its state (OK, ALARM, INSUFFICIENT_DATA), since when with what reason, and whether it tells anybody."""

    state: str
    reason: str
    tells: bool


@dataclass(frozen=True, slots=True)
class TableFacts:
    """A table: its status, and whether it can be restored to a point in time."""

    status: str
    is_recoverable: bool | NotChecked


@dataclass(frozen=True, slots=True)
class RuleFacts:
    """A rule of a bus or of the clock: its state, its targets, and how many of these have a dead-letter queue."""

    state: str
    targets: int
    targets_with_dead_letters: int


@dataclass(frozen=True, slots=True)
class ArchiveFacts:
    """The archive of a bus: its state and how many days it keeps events, 0 for ever."""

    state: str
    days: int


@dataclass(frozen=True, slots=True)
class PoolFacts:
    """The people of the console: about how many there are, and whether anybody may make themselves one."""

    people: int
    is_open: bool


Facts = QueueFacts | SourceFacts | FunctionFacts | AlarmFacts | TableFacts | RuleFacts | ArchiveFacts | PoolFacts


class StageView(Protocol):
    """Looks at a stage. Never raises for what AWS answers: what could not be learned is a value."""

    def stack(self) -> StackFacts | NotChecked:
        """Give the stack and its resources."""
        ...

    def caller(self) -> Caller | NotChecked:
        """Give who asks, and the clocks."""
        ...

    def facts(self, resource: Resource) -> Facts | Gone | NotChecked:
        """Give what can be seen of one resource of a type that `looked_at` names."""
        ...

    def looked_at(self) -> Sequence[str]:
        """Give the types of resources that `facts` knows."""
        ...
