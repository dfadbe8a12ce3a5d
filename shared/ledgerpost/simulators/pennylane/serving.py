"""Runs the simulator in this process until it is told to stop.

The ready line on stdout is one JSON object: `{"simulator": "pennylane", "url": "http://127.0.0.1:PORT"}`.
"""

import asyncio
import contextlib
import gc
import json
import os
import signal
import sys
from dataclasses import replace
from typing import Final

from ledgerpost.simulators.pennylane.demo import demo_settings
from ledgerpost.simulators.pennylane.http_server import HttpServer
from ledgerpost.simulators.pennylane.settings import SimulatorSettings
from ledgerpost.simulators.pennylane.simulator import Simulator

_GC_THRESHOLDS: Final = (50_000, 20, 50)
"""Entries are kept and make no cycles: with (700, 10, 10), Python's own, each would be walked over again and again."""
_STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


def serve(
    settings: SimulatorSettings, host: str = "127.0.0.1", port: int = 0, *, stop_with_stdin: bool = False
) -> None:
    """Serve until SIGTERM or SIGINT; with `stop_with_stdin` also until stdin ends, as when the parent dies.

    Prints the ready line once it listens. Raises `OSError` if the port is taken.
    """
    asyncio.run(_serve(settings, host, port, stop_with_stdin=stop_with_stdin))


def run_from_cli(
    *, host: str = "127.0.0.1", port: int = 0, faults: str = "", seed: int = 0, rate_limit: bool = True
) -> None:
    """Serve the demo's company with these options.

    Raises `FaultSpecError` or `SettingsError` on an option that cannot be read, `OSError` if the port is taken.
    """
    settings = replace(demo_settings(), faults=faults, seed=seed)
    serve(settings if rate_limit else replace(settings, window_requests=None), host, port)


async def _serve(settings: SimulatorSettings, host: str, port: int, *, stop_with_stdin: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, stop.set)
    if stop_with_stdin:
        _watch_stdin(loop, stop)
    gc.set_threshold(*_GC_THRESHOLDS)
    server = HttpServer(Simulator(settings))
    await server.start(host, port)
    try:
        with contextlib.suppress(BrokenPipeError):  # whoever asked for the line has gone; stdin or a signal will tell
            sys.stdout.write(json.dumps({"simulator": "pennylane", "url": server.url}) + "\n")
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
