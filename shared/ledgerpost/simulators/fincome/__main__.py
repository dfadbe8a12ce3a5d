"""`python -m ledgerpost.simulators.fincome`: the simulator as a process.

The settings come as one line of JSON on stdin, which must then stay open: its end stops the simulator.
"""

import argparse
import sys

from ledgerpost.simulators.fincome.serving import serve
from ledgerpost.simulators.fincome.settings import FincomeSettings


def main(arguments: list[str] | None = None) -> int:
    """Serve as the arguments say; 0 after a stop, 2 with one line on stderr if the simulator cannot start."""
    parser = argparse.ArgumentParser(prog="python -m ledgerpost.simulators.fincome", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
    options = parser.parse_args(arguments)
    try:
        settings = FincomeSettings.from_json(sys.stdin.buffer.readline())
        serve(settings, options.host, options.port, stop_with_stdin=True)
    except (ValueError, OSError) as error:
        sys.stderr.write(f"fincome simulator: {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
