"""The ledger that every engine of the bench posts to: one process, one event loop, answers counted to the last one.

It speaks the part of PennyPipe's contract that a post needs. An effect happens when the answer goes out, or would have.
Control: `POST /_sink/reset` with the settings of `Ledger`, and `GET /_sink/report`.
"""

import asyncio
import json
import re
import sys
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qs

import httptools
import uvloop

from benchmarks.bench.sink_ledger import Answer, Ledger
from benchmarks.bench.workloads import POISON

_REVISION = re.compile(r"rev (\d+)")
_ENTRIES = re.compile(r"^/api/accounts/([^/]+)/ledger-entries$")
_ACCOUNT = re.compile(r"^/api/accounts/([^/]+)$")


class Sink(asyncio.Protocol):
    """One connection; requests come one after another."""

    ledger = Ledger()

    def __init__(self) -> None:
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._url, self._body = b"", b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._close()

    def on_message_begin(self) -> None:
        self._url, self._body = b"", b""

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        method = self._parser.get_method().decode()
        path, _, query = self._url.decode().partition("?")
        if path.startswith("/_sink/"):
            self._send(*_control(path, self._body))
        elif (found := _ENTRIES.match(path)) and method == "POST":
            self._post(found[1], json.loads(self._body)["entry"])
        elif found:
            self._send(*_look_up(found[1], query))
        elif found := _ACCOUNT.match(path):
            self._send(*_account(found[1]))
        else:
            self._send(404, {"code": "not_found"}, "")

    def _post(self, account: str, content: dict[str, Any]) -> None:
        ledger = Sink.ledger
        reference = str(content["referenceId"])
        revision = int((_REVISION.search(content.get("note", "")) or [0, 0])[1])
        strike = ledger.struck(account, reference, revision)

        def end() -> None:
            if strike.fault in ("unavailable", "busy"):
                self._send(*_REFUSALS[strike.fault])
            elif reference.startswith(POISON):
                self._send(422, {"code": "validation", "title": "The entry is not valid."}, "")
            else:
                answer = ledger.apply(account, content, revision)
                self._close() if strike.fault else self._send(*answer)

        _later(strike.after_s, end)

    def _send(self, status: int, document: dict[str, Any], head: str) -> None:
        body = json.dumps(document).encode()
        start = f"HTTP/1.1 {status} .\r\nContent-Type: application/json\r\n{head}Content-Length: {len(body)}\r\n\r\n"
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(start.encode() + body)

    def _close(self) -> None:
        if self._transport is not None:
            self._transport.abort()


_REFUSALS: Final[dict[str, Answer]] = {
    "unavailable": (503, {"code": "unavailable", "title": "Try again."}, ""),
    "busy": (429, {"code": "rate_limited", "title": "Slow down."}, "Retry-After: 1\r\n"),
}


def _later(after_s: float, act: Callable[[], None]) -> None:
    if after_s:
        asyncio.get_running_loop().call_later(after_s, act)
    else:
        act()


def _control(path: str, body: bytes) -> Answer:
    if path == "/_sink/reset":
        Sink.ledger = Ledger(**json.loads(body))
        return 200, {}, ""
    return 200, Sink.ledger.report(), ""


def _account(account: str) -> Answer:
    capabilities = ["referenceIdUpsert"] if Sink.ledger.mode == "upsert" else []
    return 200, {"id": account, "name": "Bench", "currency": "GBP", "capabilities": capabilities}, ""


def _look_up(account: str, query: str) -> Answer:
    Sink.ledger.lookups += 1
    reference = parse_qs(query).get("referenceId", [""])[-1]
    held = Sink.ledger.entries.get((account, reference), [])
    return 200, {"items": [entry.document() for entry in held], "nextCursor": None}, ""


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Sink, "127.0.0.1", 0)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    # The parent holds the other end of standard input: when it ends, so does the sink.
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    uvloop.run(_serve())
