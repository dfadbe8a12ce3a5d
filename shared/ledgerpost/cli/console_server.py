"""A small server on loopback in front of the console: HTTP in, HTTP API events on, HTTP out."""

import asyncio
import base64
import threading
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from ledgerpost.console.host import Console
from ledgerpost.console.requests import BODY_CHARACTERS_MAX

LOOPBACK = "127.0.0.1"
BODY_BYTES_MAX = 10 * BODY_CHARACTERS_MAX
"""So much is read that a file that is too large is refused by the console, in its words."""

START_S_MAX = 20.0
STOP_S_MAX = 10.0


class ConsoleServer:
    """Serves a console on loopback for the length of a `with` block, from a thread of its own. Port 0 is a free one.

    Raises OSError where the port is taken.
    """

    def __init__(self, console: Console, *, port: int = 0) -> None:
        self.url = ""
        self._console = console
        self._port = port
        self._loop = asyncio.new_event_loop()
        self._executor = ThreadPoolExecutor(2, thread_name_prefix="console")
        self._started = threading.Event()
        self._failure: OSError | None = None
        self._stop = asyncio.Event()
        self._thread = threading.Thread(target=self._run, name="console-server", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._started.wait(START_S_MAX)
        if self._failure is not None:
            self._thread.join(STOP_S_MAX)
            raise self._failure
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(STOP_S_MAX)
        self._executor.shutdown(wait=False)

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._serve())
        except OSError as error:
            self._failure = error
            self._started.set()
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        app = web.Application(client_max_size=BODY_BYTES_MAX)
        app.router.add_route("*", "/{path:.*}", self._answer)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, LOOPBACK, self._port).start()
            self.url = f"http://{LOOPBACK}:{runner.addresses[0][1]}"
            self._started.set()
            await self._stop.wait()
        finally:
            await runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        event = event_of(request, await request.read())
        answer = await self._loop.run_in_executor(self._executor, self._console.resolve, event, None)
        return response_of(answer)


def event_of(request: web.Request, body: bytes) -> dict[str, Any]:
    """Give a request as an HTTP API would hand it on. Source: API Gateway, Lambda payload format 2.0."""
    headers = {name.lower(): value for name, value in request.headers.items()}
    cookies = [part.strip() for part in headers.pop("cookie", "").split(";") if part.strip()]
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": request.path,
        "rawQueryString": request.rel_url.raw_query_string,
        "queryStringParameters": dict(request.query),
        "cookies": cookies,
        "headers": headers,
        "requestContext": {
            "http": {"method": request.method, "path": request.path},
            "stage": "$default",
            "requestId": "local",
        },
        "body": base64.b64encode(body).decode("ascii"),
        "isBase64Encoded": True,
    }


def response_of(answer: dict[str, Any]) -> web.Response:
    """Give the answer of a function as HTTP."""
    response = web.Response(status=answer["statusCode"], text=answer.get("body") or "")
    for name, value in answer.get("headers", {}).items():
        response.headers[name] = value
    for cookie in answer.get("cookies", ()):
        response.headers.add("Set-Cookie", cookie)
    return response
