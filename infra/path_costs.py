"""What a million entries cost on each path: counted requests of a run times the list prices of `prices.json`.

`path_counts.json` holds what was counted for one entry; `tests/infra/test_path_costs.py` counts it anew with the real
handlers against an emulator of AWS, and fails where a path became dearer by a twentieth. The seconds of a function are
what its measured processor time becomes on Lambda's share of a processor, and what it waits: see `function_seconds`.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

COUNTS_FILE = Path(__file__).with_name("path_counts.json")

FULL_BATCH = 10
"""Messages of a batch in a run that is counted."""

PROCESSOR_MS: Mapping[str, float] = {"direct": 4.0, "grouped": 5.5, "Acumatica": 15.0, "extract": 4.0}
"""Milliseconds of a whole processor that the functions of a path work on an entry: as `benchmarks/function_seconds.py`
measured them, rounded up to the next half.
"""

PROCESSOR_MIB = 1769
"""The memory at which a function has one whole processor. Source: AWS Lambda, "Configure memory"."""

INVOCATION_MS = 1.0
"""Of a whole processor, that an invocation works beside its messages. Assumed; a full batch has it in its messages."""

LEDGER_S = 0.2
AWS_S = 0.005
"""How long a call of a ledger and one of DynamoDB or SQS wait for the answer. Assumed."""

WIRE_KB = 0.8
"""What a call sends beside its counted bytes: 0.3 for TLS records, TCP and IP headers and its share of a handshake, 0.5
for a token as ledgers give it, where the demo's is short. Assumed.
"""

SECRET_KEPT_S = 300
"""A function reads a secret anew after so long (`adapters/secrets.py`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PathCounts:
    """What one entry of a path asks of AWS on average, in batches of ten.

    `queue_requests`: sends, receives and deletes, by chunks of 64 KB; of these `fair_queue_requests` are of messages
    with a group. `invocations` and the waits: shares of one, where a batch has many entries, and where calls run side
    by side. `secrets`: how many a function reads, whatever the entries. `egress_kb`: bytes of the requests to ledgers.
    Units are those of DynamoDB on demand.
    """

    events: float
    queue_requests: float
    fair_queue_requests: float
    invocations: float
    write_units: float
    read_units: float
    secrets: float
    log_kb: float
    egress_kb: float
    ledger_calls: float
    ledger_waits: float
    aws_waits: float
    processor_ms: float
    memory_mib: int


def read_counts() -> dict[str, PathCounts]:
    """Give the committed counts of each path."""
    document: Mapping[str, Any] = json.loads(COUNTS_FILE.read_text())
    return {path: PathCounts(**counts) for path, counts in document.items()}


def write_counts(counts: Mapping[str, PathCounts]) -> None:
    """Commit to these counts."""
    document = {path: asdict(each) for path, each in counts.items()}
    COUNTS_FILE.write_text(json.dumps(document, indent=2) + "\n")


def function_seconds(counts: PathCounts) -> float:
    """Give the seconds of all functions that an entry is billed for.

    A batch waits for all its calls at once, and works on one message at a time, on its share of a processor; that it
    works on one while it waits for another is left out, so the true figure is a little lower.
    """
    working = counts.processor_ms / 1000 * PROCESSOR_MIB / counts.memory_mib
    return working + counts.aws_waits * AWS_S + counts.ledger_waits * LEDGER_S


def in_batches_of(counts: PathCounts, size: float, *, metrics_kb: float) -> PathCounts:
    """Give what an entry takes where a batch holds `size` entries, 1 to 10, on average.

    What is done once for a batch then comes more often: its requests but the bus' own, its invocations and waits, and
    the line of metrics, of `metrics_kb`, that the delivery ends with.
    """
    more = FULL_BATCH / size
    added = counts.invocations * (more - 1)
    return replace(
        counts,
        queue_requests=counts.events + (counts.queue_requests - counts.events) * more,
        fair_queue_requests=counts.fair_queue_requests * more,
        invocations=counts.invocations + added,
        log_kb=counts.log_kb + metrics_kb * (1 / size - 1 / FULL_BATCH),
        ledger_waits=counts.ledger_waits * more,
        aws_waits=counts.aws_waits * more,
        processor_ms=counts.processor_ms + added * INVOCATION_MS,
    )


def dollars_by_line(counts: PathCounts, prices: Mapping[str, Any]) -> dict[str, float]:
    """Give the dollars of a million entries by what they are for; nothing that stands by the month, nor storage."""
    seconds = function_seconds(counts)
    return {
        "bus": counts.events * prices["event_million"],
        "queues": counts.queue_requests * prices["queue_requests_million"],
        "fair queue": counts.fair_queue_requests * prices["fair_queue_requests_million"],
        "functions": counts.invocations * prices["invocations_million"]
        + seconds * counts.memory_mib / 1024 * prices["arm64_gb_seconds_million"],
        "writes": counts.write_units * prices["table_writes_million"],
        "reads": counts.read_units * prices["table_reads_million"],
        "secrets": counts.secrets * seconds / SECRET_KEPT_S * prices["secret_calls_million"],
        "logs": counts.log_kb * prices["log_gb"],
        "egress": (counts.egress_kb + counts.ledger_calls * WIRE_KB) * prices["egress_gb"],
    }


def dollars(counts: PathCounts, prices: Mapping[str, Any]) -> float:
    """Give the dollars of a million entries."""
    return sum(dollars_by_line(counts, prices).values())


def floor(counts: PathCounts, prices: Mapping[str, Any]) -> float:
    """Give the dollars of a million entries of a path of which nothing is known afterwards but that they were taken.

    That is one write for each, of its key; no claim before the post, no line of a log, no group in the queue.
    """
    return dollars(replace(counts, write_units=1.0, read_units=0.0, log_kb=0.0, fair_queue_requests=0.0), prices)


def without_the_bus(counts: PathCounts, prices: Mapping[str, Any]) -> float:
    """Give the same floor where a source sends to the queue itself, ten at a time."""
    requests = counts.queue_requests - counts.events * (1 - 1 / FULL_BATCH)
    return floor(replace(counts, events=0.0, queue_requests=requests), prices)


def path_table(prices: Mapping[str, Any]) -> str:
    """Give the rows of the page on cost: a line for each thing that is billed, a column for each path."""
    by_path = {path: dollars_by_line(counts, prices) for path, counts in read_counts().items()}
    names = list(next(iter(by_path.values())))
    rows = [f"| {name} | " + " | ".join(f"${lines[name]:,.2f}" for lines in by_path.values()) + " |" for name in names]
    total = " | ".join(f"${sum(lines.values()):,.2f}" for lines in by_path.values())
    head = f"| dollars per million | {' | '.join(by_path)} |\n| --- |" + " ---: |" * len(by_path)
    return "\n".join([head, *rows, f"| **all** | {total} |"])
