"""Open every page of the console over a hundred thousand deliveries, and count what each reads.

The real console runs over the real local stores. A call of a store is one bounded question; how many requests it is on
DynamoDB stands in `tests/contract/test_browse_reads.py`. A page that scans is refused.
"""

import argparse
import time

from ledgerpost.simulators.pennypipe.demo import demo_settings
from ledgerpost.simulators.pennypipe.process import SimulatorProcess
from tests.console.desk import opened_desk
from tests.console.large import PAGES, fill, reads_of


def main() -> None:
    """Print a line for each page: calls, records, milliseconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--deliveries", type=int, default=100_000)
    deliveries = parser.parse_args().deliveries
    with SimulatorProcess(demo_settings()) as simulator, opened_desk(simulator.url) as desk:
        fill(desk, deliveries)
        print(f"{deliveries:,} deliveries\n{'calls':>6} {'records':>8} {'ms':>7}  page")
        for address in PAGES:
            began = time.perf_counter()
            reads = reads_of(desk, address)
            took_ms = (time.perf_counter() - began) * 1000
            print(f"{reads.get('calls', 0):>6} {reads.get('records', 0):>8} {took_ms:>7.1f}  {address}")


if __name__ == "__main__":
    main()
