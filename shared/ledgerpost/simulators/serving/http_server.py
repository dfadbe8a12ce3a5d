"""The HTTP shell on aiohttp's low-level server: reads a request, asks the simulator, writes or cuts."""

import asyncio
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final

from aiohttp import web

from ledgerpost.simulators.serving.exchange import Answer, Call

BODY_BYTES_MAX: Final = 5 * 1024 * 1024
"""Source: reference/http-conventions.md §7."""
_LINES_PER_WRITE: Final = 500
_BACKLOG_CONNECTIONS_MAX: Final = 1024


class HttpServer:
    """One simulator on one port: `answer` answers a call, `too_large` one whose body is above the limit.

    `url` holds once `start` has returned.
    """

    def __init__(self, answer: Callable[[Call], Answer], too_large: Callable[[], Answer]) -> None:
        self._answer = answer
        self._too_large = too_large
        self._web: web.Server | None = None
        self._server: asyncio.Server | None = None
        self.url = ""

    async def start(self, host: str, port: int) -> None:
        """Listen; port 0 takes a free one. Raises `OSError` if the port is taken."""
        loop = asyncio.get_running_loop()
        self._web = web.Server(self._handle, request_factory=_request, access_log=None)
        self._server = await loop.create_server(self._web, host, port, backlog=_BACKLOG_CONNECTIONS_MAX)
        name, bound = self._server.sockets[0].getsockname()[:2]
        self.url = f"http://[{name}]:{bound}" if ":" in name else f"http://{name}:{bound}"

    async def stop(self) -> None:
        """Stop listening and close every connection; answers under way get one second."""
        if self._server is not None:
            self._server.close()
        if self._web is not None:
            self._web.pre_shutdown()
            await self._web.shutdown(timeout=1.0)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            return _response(self._too_large())
        path, _, query = request.raw_path.partition("?")
        answer = self._answer(Call(request.method, path, query, request.headers, body))
        if answer.delay_s:
            await asyncio.sleep(answer.delay_s)
        if answer.cut and request.transport is not None:
            request.transport.abort()
        if answer.lines is not None:
            return await _stream(request, answer, answer.lines)
        return _response(answer)


def _request(*parts: Any) -> web.BaseRequest:
    """A request whose body may be as large as the contract allows."""
    message, payload, protocol, writer, task = parts
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=BODY_BYTES_MAX)


def _response(answer: Answer) -> web.Response:
    headers = {"Content-Type": answer.content_type, **answer.headers} if answer.body else answer.headers
    return web.Response(status=answer.status, body=answer.body, headers=headers)


async def _stream(request: web.BaseRequest, answer: Answer, lines: Iterator[bytes]) -> web.StreamResponse:
    response = web.StreamResponse(status=answer.status, headers={"Content-Type": answer.content_type})
    await response.prepare(request)
    while chunk := b"".join(islice(lines, _LINES_PER_WRITE)):
        await response.write(chunk)
    await response.write_eof()
    return response
