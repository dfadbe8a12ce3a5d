"""What a million entries cost on each path: counted requests of a run times the list prices of `prices.json`.

`path_counts.json` holds what was counted for one entry; `tests/infra/test_path_costs.py` counts it anew with the real
handlers against an emulator of AWS, and fails where a path became dearer by a twentieth. What cannot be counted on a
laptop, the seconds of a function, follows from the counted calls of the ledger: each takes 200 ms.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

COUNTS_FILE = Path(__file__).with_name("path_counts.json")

OWN_S = 0.01
"""A warm function's own seconds for one entry, on all its hops. An estimate, not measured on Lambda."""

LEDGER_S = 0.2
EGRESS_KB = 1.5
"""Of one call of a ledger: its answer's wait, and what it sends with TLS around it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PathCounts:
    """What one entry of a path asks of AWS on average.

    `queue_requests`: sends, receives and deletes, by chunks of 64 KB. `invocations` and `ledger_waits`: shares of one,
    where a batch has many entries, and where calls of a ledger run side by side. Units are those of DynamoDB on demand.
    """

    events: float
    queue_requests: float
    invocations: float
    write_units: float
    read_units: float
    log_kb: float
    ledger_calls: float
    ledger_waits: float
    memory_mib: int


def read_counts() -> dict[str, PathCounts]:
    """Give the committed counts of each path."""
    document: Mapping[str, Any] = json.loads(COUNTS_FILE.read_text())
    return {path: PathCounts(**counts) for path, counts in document.items()}


def write_counts(counts: Mapping[str, PathCounts]) -> None:
    """Commit to these counts."""
    document = {path: asdict(each) for path, each in counts.items()}
    COUNTS_FILE.write_text(json.dumps(document, indent=2) + "\n")


def dollars_by_line(counts: PathCounts, prices: Mapping[str, Any]) -> dict[str, float]:
    """Give the dollars of a million entries by what they are for; nothing that stands by the month, nor storage."""
    seconds = OWN_S + counts.ledger_waits * LEDGER_S
    return {
        "bus": counts.events * prices["event_million"],
        "queues": counts.queue_requests * prices["queue_requests_million"],
        "functions": counts.invocations * prices["invocations_million"]
        + seconds * counts.memory_mib / 1024 * prices["arm64_gb_seconds_million"],
        "writes": counts.write_units * prices["table_writes_million"],
        "reads": counts.read_units * prices["table_reads_million"],
        "logs": counts.log_kb * prices["log_gb"],
        "egress": counts.ledger_calls * EGRESS_KB * prices["egress_gb"],
    }


def dollars(counts: PathCounts, prices: Mapping[str, Any]) -> float:
    """Give the dollars of a million entries."""
    return sum(dollars_by_line(counts, prices).values())


def path_table(prices: Mapping[str, Any]) -> str:
    """Give the rows of the page on cost: a line for each thing that is billed, a column for each path."""
    by_path = {path: dollars_by_line(counts, prices) for path, counts in read_counts().items()}
    names = list(next(iter(by_path.values())))
    rows = [f"| {name} | " + " | ".join(f"${lines[name]:,.2f}" for lines in by_path.values()) + " |" for name in names]
    total = " | ".join(f"${sum(lines.values()):,.2f}" for lines in by_path.values())
    head = f"| dollars per million | {' | '.join(by_path)} |\n| --- |" + " ---: |" * len(by_path)
    return "\n".join([head, *rows, f"| **all** | {total} |"])
