"""Runs the simulator in this process until it is told to stop.

The ready line on stdout is one JSON object: `{"simulator": "fincome", "url": "http://127.0.0.1:PORT/product"}`.
"""

import asyncio
import contextlib
import json
import os
import signal
import sys
from itertools import islice
from typing import Any, Final

from aiohttp import web

from ledgerpost.simulators.fincome.api import PREFIX, FincomeSimulator
from ledgerpost.simulators.fincome.settings import FincomeSettings
from ledgerpost.simulators.pennypipe.exchange import Answer, Call

BODY_BYTES_MAX: Final = 5 * 1024 * 1024
"""Source: http-conventions, section 7."""
_LINES_PER_WRITE: Final = 500
_STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)


def serve(settings: FincomeSettings, host: str = "127.0.0.1", port: int = 0, *, stop_with_stdin: bool = False) -> None:
    """Serve until SIGTERM or SIGINT; with `stop_with_stdin` also until stdin ends, as when the parent dies.

    Prints the ready line once it listens. Raises `OSError` if the port is taken.
    """
    asyncio.run(_serve(settings, host, port, stop_with_stdin=stop_with_stdin))


async def _serve(settings: FincomeSettings, host: str, port: int, *, stop_with_stdin: bool) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in _STOP_SIGNALS:
        loop.add_signal_handler(number, stop.set)
    if stop_with_stdin:
        _watch_stdin(loop, stop)
    server = web.Server(_handler(FincomeSimulator(settings)), request_factory=_request, access_log=None)
    listening = await loop.create_server(server, host, port)
    bound = listening.sockets[0].getsockname()[1]
    try:
        with contextlib.suppress(BrokenPipeError):  # whoever asked for the line has gone; stdin or a signal will tell
            ready = {"simulator": "fincome", "url": f"http://{host}:{bound}/{PREFIX}"}
            sys.stdout.write(json.dumps(ready) + "\n")
            sys.stdout.flush()
        await stop.wait()
    finally:
        listening.close()
        server.pre_shutdown()
        await server.shutdown(timeout=1.0)


def _handler(simulator: FincomeSimulator) -> Any:
    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return web.Response(status=413)
        path, _, query = request.raw_path.partition("?")
        answer = simulator.answer(Call(request.method, path, query, request.headers, body))
        if answer.delay_s:
            await asyncio.sleep(answer.delay_s)
        if answer.cut and request.transport is not None:
            request.transport.abort()
        if answer.lines is not None:
            return await _stream(request, answer)
        headers = {"Content-Type": answer.content_type, **answer.headers} if answer.body else answer.headers
        return web.Response(status=answer.status, body=answer.body, headers=headers)

    return handle


async def _stream(request: web.BaseRequest, answer: Answer) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, headers={"Content-Type": answer.content_type})
    await response.prepare(request)
    while chunk := b"".join(islice(answer.lines or iter(()), _LINES_PER_WRITE)):
        await response.write(chunk)
    await response.write_eof()
    return response


def _request(*parts: Any) -> web.BaseRequest:
    """A request whose body may be as large as ours ever is."""
    message, payload, protocol, writer, task = parts
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=BODY_BYTES_MAX)


def _watch_stdin(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    descriptor = sys.stdin.fileno()

    def readable() -> None:
        if not os.read(descriptor, 4096):
            loop.remove_reader(descriptor)
            stop.set()

    loop.add_reader(descriptor, readable)
