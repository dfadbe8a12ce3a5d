"""What the template wires up, as the local cloud needs it. Times are whole milliseconds."""

from collections.abc import Mapping
from dataclasses import dataclass

from ledgerpost.local.pattern import Pattern


@dataclass(frozen=True, slots=True)
class Redrive:
    """After `receive_count_max` receipts a message goes to the queue named `dead_letter_queue`."""

    dead_letter_queue: str
    receive_count_max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSpec:
    """A standard queue. Defaults are those of SQS."""

    name: str
    url: str = ""
    arn: str = ""
    visibility_ms: int = 30_000
    delay_ms: int = 0
    retention_ms: int = 345_600_000
    redrive: Redrive | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSpec:
    """A rule of a bus: what fits `pattern` goes to every one of `queues`."""

    name: str
    bus: str
    pattern: Pattern
    queues: tuple[str, ...]
    enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionSpec:
    """A function. `concurrency_max` is its reserved concurrency, None where it has none. Defaults are Lambda's."""

    name: str
    handler: str
    arn: str = ""
    timeout_ms: int = 3_000
    memory_mb: int = 128
    environment: Mapping[str, str]
    concurrency_max: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MappingSpec:
    """An event source mapping: from `queue` to `function` in batches. Defaults are Lambda's."""

    name: str
    queue: str
    function: str
    batch_size: int = 10
    window_ms: int = 0
    reports_failures: bool = False
    concurrency_max: int | None = None
    enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleSpec:
    """A function called every `every_ms`; `payload` is the event's JSON text, None for the bus's own."""

    name: str
    function: str
    every_ms: int
    payload: str | None = None
    enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """All of it, each by name."""

    buses: frozenset[str]
    queues: Mapping[str, QueueSpec]
    rules: tuple[RuleSpec, ...]
    functions: Mapping[str, FunctionSpec]
    mappings: Mapping[str, MappingSpec]
    schedules: Mapping[str, ScheduleSpec]
