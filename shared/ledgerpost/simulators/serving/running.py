"""Runs a simulator in this process until it is told to stop, and the command line of `python -m`.

The ready line on stdout is one JSON object: `{"simulator": "pennypipe", "url": "http://127.0.0.1:PORT"}`.
"""

import argparse
import asyncio
import contextlib
import gc
import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from ledgerpost.simulators.serving.exchange import Answer, Call
from ledgerpost.simulators.serving.http_server import HttpServer

_GC_THRESHOLDS: Final = (50_000, 20, 50)
"""Entries are kept and make no cycles: with (700, 10, 10), Python's own, each would be walked over again and again."""
_STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True, slots=True)
class Served:
    """A simulator to be served: its name in the ready line, what answers a call, and a call with too large a body."""

    name: str
    answer: Callable[[Call], Answer]
    too_large: Callable[[], Answer]


def serve(served: Served, host: str = "127.0.0.1", port: int = 0, *, stop_with_stdin: bool = False) -> None:
    """Serve until SIGTERM or SIGINT; with `stop_with_stdin` also until stdin ends, as when the parent dies.

    Prints the ready line once it listens. Raises `OSError` if the port is taken.
    """
    asyncio.run(_serve(served, host, port, stop_with_stdin=stop_with_stdin))


async def _serve(served: Served, host: str, port: int, *, stop_with_stdin: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, stop.set)
    if stop_with_stdin:
        _watch_stdin(loop, stop)
    gc.set_threshold(*_GC_THRESHOLDS)
    server = HttpServer(served.answer, served.too_large)
    await server.start(host, port)
    try:
        with contextlib.suppress(BrokenPipeError):  # whoever asked for the line has gone; stdin or a signal will tell
            sys.stdout.write(json.dumps({"simulator": served.name, "url": server.url}) + "\n")
            sys.stdout.flush()
        await stop.wait()
    finally:
        await server.stop()


def _watch_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    descriptor = sys.stdin.fileno()

    def readable() -> None:
        if not os.read(descriptor, 4096):
            loop.remove_reader(descriptor)
            stop.set()

    loop.add_reader(descriptor, readable)


@dataclass(frozen=True, slots=True)
class CommandLine:
    """What `python -m` of a simulator does with its arguments.

    With `--settings -` the settings come as one line of JSON on stdin, which must then stay open: its end stops the
    simulator. Secrets so never stand on a command line.
    """

    name: str
    from_json: Callable[[bytes], Served]
    demo: Callable[[str, int], Served]
    """The demo's simulator with a fault plan and a seed."""

    def run(self, arguments: list[str] | None = None) -> int:
        """Serve as the arguments say; 0 after a stop, 2 with one line on stderr if the simulator cannot start."""
        options = self._parser().parse_args(arguments)
        try:
            if options.settings:
                served = self.from_json(sys.stdin.buffer.readline())
                serve(served, options.host, options.port, stop_with_stdin=True)
            else:
                serve(self.demo(options.faults, options.seed), options.host, options.port)
        except (ValueError, OSError) as error:
            sys.stderr.write(f"{self.name} simulator: {error}\n")
            return 2
        return 0

    def _parser(self) -> argparse.ArgumentParser:
        parser = argparse.ArgumentParser(prog=f"python -m ledgerpost.simulators.{self.name}", description=self.__doc__)
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=0, help="0 takes a free port")
        parser.add_argument("--settings", choices=["-"], help="read the settings from stdin, and stop when it ends")
        parser.add_argument("--faults", default="", help="the demo tenant with faults, as in 'cut=0.05:once'")
        parser.add_argument("--seed", type=int, default=0, help="what decides which calls the faults strike")
        return parser
