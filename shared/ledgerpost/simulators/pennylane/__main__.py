"""`python -m ledgerpost.simulators.pennylane`: the simulator as a process.

With `--settings -` the settings come as one line of JSON on stdin, which must then stay open: its end stops the
simulator. Secrets so never stand on a command line.
"""

import argparse
import sys

from ledgerpost.simulators.pennylane.serving import run_from_cli, serve
from ledgerpost.simulators.pennylane.settings import SimulatorSettings


def main(arguments: list[str] | None = None) -> int:
    """Serve as the arguments say; 0 after a stop, 2 with one line on stderr if the simulator cannot start."""
    options = _parser().parse_args(arguments)
    try:
        if options.settings:
            settings = SimulatorSettings.from_json(sys.stdin.buffer.readline())
            serve(settings, options.host, options.port, stop_with_stdin=True)
        else:
            run_from_cli(host=options.host, port=options.port, faults=options.faults, seed=options.seed)
    except (ValueError, OSError) as error:
        sys.stderr.write(f"pennylane simulator: {error}\n")
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ledgerpost.simulators.pennylane", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    parser.add_argument("--settings", choices=["-"], help="read the settings from stdin, and stop when it ends")
    parser.add_argument("--faults", default="", help="the demo company with faults, as in 'cut=0.05,refuse=0.05:once'")
    parser.add_argument("--seed", type=int, default=0, help="what decides which calls the faults strike")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
