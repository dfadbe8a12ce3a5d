"""How long the functions work on one entry: processor milliseconds of the real handlers, with real boto3 clients.

    python benchmarks/function_seconds.py [--rounds 5] [--json benchmarks/results/function_seconds.json]

The paths are those of `tests/infra/paths.py`, in full batches. What answers for AWS is an emulator in a process of its
own, the ledger is another, so that what is counted is ours and botocore's alone: from the batch as text to the answer
as text, all threads together. The first batches of a run load and connect; the median batch does not. Not in it: TLS,
which the emulator does not speak, and Lambda's own client around the handler.

`infra/path_costs.py` derives the seconds on Lambda from it: what the share of a processor makes of them, and the waits.
"""

import argparse
import json
import os
import platform
import resource
import statistics
import sys
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT)

from ledgerpost.local.ministack_process import REGION, MinistackProcess  # noqa: E402
from tests.contract.aws_emulators import MINISTACK_PYTHON, create_deliveries_table  # noqa: E402
from tests.contract.commerce_stores import create_commerce_table  # noqa: E402
from tests.infra.metering import BATCH  # noqa: E402
from tests.infra.paths import PATHS, Spent  # noqa: E402


def per_entry(spent: list[Spent], entries: int) -> dict[str, float]:
    """Give the milliseconds of one entry, by function: in the median full batch, and of an invocation that takes no
    messages the entry's share, with what it loads.
    """
    each: defaultdict[str, list[float]] = defaultdict(list)
    for invocation in spent:
        if invocation.messages in (0, BATCH):
            each[invocation.function].append(invocation.processor_s * 1000 / (invocation.messages or entries))
    return {function: statistics.median(values) for function, values in each.items()}


def walk(path: str) -> dict[str, float]:
    """Go a path once on an emulator of its own; give the milliseconds of one entry by function."""
    with MinistackProcess(MINISTACK_PYTHON) as aws:
        os.environ |= {
            "AWS_ENDPOINT_URL": aws.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
        }
        session = boto3.Session()
        create_deliveries_table(session.client("dynamodb"), "deliveries")
        create_commerce_table(session.client("dynamodb"), "commerce")
        walked = PATHS[path](session)
        return per_entry(walked.stage.spent, walked.entries)


def measured(path: str, rounds: int) -> dict[str, float]:
    """Give the quietest of the rounds, by function, and their sum: what an entry takes that passes each once."""
    walks = [walk(path) for _ in range(rounds)]
    # Neighbours on the machine only ever add to it: they take the caches, and the processor's other thread.
    figures = {name: round(min(each[name] for each in walks), 2) for name in walks[0]}
    return figures | {"all": round(sum(figures.values()), 2)}


def machine() -> dict[str, Any]:
    """Give where it was measured."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "processor": names[0] if names else platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "boto3": boto3.__version__,
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", nargs="*", choices=tuple(PATHS), help="paths to measure; all if not said")
    parser.add_argument("--json", type=Path, help="where to write the figures")
    arguments = parser.parse_args()
    figures = {}
    for path in arguments.only or PATHS:
        figures[path] = measured(path, arguments.rounds)
        print(f"{path:10}", *(f"{name} {ms:.2f} ms" for name, ms in figures[path].items()), sep="  ")
    # Kibibytes on Linux. It holds the drivers and the demo's data too, so a function needs less.
    memory_mib = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
    print(f"resident memory at most {memory_mib} MiB")
    if arguments.json:
        document = {"machine": machine(), "rounds": arguments.rounds, "processorMs": figures, "residentMib": memory_mib}
        arguments.json.write_text(json.dumps(document, indent=2) + "\n")


if __name__ == "__main__":
    main()
