"""Where the time of one entry goes: a profile of `ledgerpost demo --all`, added up by what the code does.

    py-spy record --gil --rate 250 --format raw --output profile.raw -- .venv/bin/ledgerpost demo --all
    python benchmarks/where_time_goes.py profile.raw

A sample counts for the deepest frame that one of the parts below owns, so JSON that is read for the ledger counts as
JSON. With `--gil` py-spy samples what holds the interpreter: waiting for the ledger is not in it. Start-up and the
reconciliation after the run are left out; their samples are told.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

PARTS: Sequence[tuple[str, str]] = (
    ("HTTP exchange with the ledger", r"ledgerpost/connectors/|http/client|email/|socket\.py|urllib"),
    ("JSON: events, messages, bodies", r"json/(de|en)coder|json/__init__"),
    ("mapping an approval to its entry", r"domain/(mapping|note|money|entry|entity|event|filter|route)|app/map_event"),
    ("log lines and figures", r"observability|local/tally|journal"),
    ("delivery records", r"adapters/memory|domain/(delivery|claim)"),
    ("deciding: claim, post, record, wake", r"ledgerpost/app/|functions/|domain/|lambda_host"),
    ("checking the approval's form", r"pydantic|wire/"),
    ("the local bus, queues and threads", r"ledgerpost/local|concurrent/futures|threading|queue"),
    ("reading the approvals' file", r"ledgerpost/cli"),
)
"""Each part with the paths that it owns, the more particular first."""

OUTSIDE = {"start-up": r"importlib", "reconciliation": r"reconcile", "simulator": r"simulators"}
"""What is not the time of an entry."""


def part_of(stack: str) -> str | None:
    """Give the part that a stack counts for, `outside:…` for what is no entry's time, None where no part owns it."""
    for name, pattern in OUTSIDE.items():
        if re.search(pattern, stack):
            return f"outside: {name}"
    for frame in reversed(stack.split(";")):
        for name, pattern in PARTS:
            if re.search(pattern, frame):
                return name
    return None


def samples_by_part(lines: Iterable[str]) -> Counter[str]:
    """Give the samples of each part of a profile in py-spy's raw format: `frame;frame;… COUNT` a line."""
    found: Counter[str] = Counter()
    for line in lines:
        stack, _, count = line.rpartition(" ")
        found[part_of(stack) or "the rest"] += int(count)
    return found


def main(path: str) -> None:
    """Print the table of the profile at `path`."""
    found = samples_by_part(Path(path).read_text().splitlines())
    inside = sum(count for part, count in found.items() if not part.startswith("outside"))
    for part, count in found.most_common():
        share = "" if part.startswith("outside") else f"{count / inside:6.1%}"
        sys.stdout.write(f"{part:40}{count:8}{share:>8}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
