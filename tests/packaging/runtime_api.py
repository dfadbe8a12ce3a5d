"""Lambda's Runtime API for one invocation, on loopback. Source: AWS Lambda, "Using the Lambda runtime API"."""

import json
import queue
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

REQUEST_ID = "00000000-0000-4000-8000-000000000000"
TIMEOUT_MS = 60_000


class RuntimeApi:
    """Hands out one event and takes its answer: the path it came to and its body."""

    def __init__(self, event: Any) -> None:
        self.event = json.dumps(event).encode()
        self.handed_out = threading.Event()
        self.answers: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.address = ""
        self.ended = threading.Event()


@contextmanager
def runtime_api(event: Any) -> Iterator[RuntimeApi]:
    """Serve `event` on a free port of loopback."""
    api = RuntimeApi(event)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def do_GET(self) -> None:
            if api.handed_out.is_set():
                # Lambda freezes a runtime that asks for its next event; it ends with the test.
                api.ended.wait()
                return
            api.handed_out.set()
            deadline_ms = int(time.time() * 1000) + TIMEOUT_MS
            self._answer(
                200,
                api.event,
                **{
                    "Lambda-Runtime-Aws-Request-Id": REQUEST_ID,
                    "Lambda-Runtime-Deadline-Ms": str(deadline_ms),
                    "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:eu-west-1:000000000000:function:test",
                },
            )

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            api.answers.put((self.path.rsplit("/", 1)[-1], json.loads(body)))
            self._answer(202, b'{"status":"OK"}')

        def _answer(self, status: int, body: bytes, **headers: str) -> None:
            """Write head and body at once: two small writes would wait for each other's acknowledgement."""
            lines = {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}
            head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
            self.wfile.write(f"HTTP/1.1 {status} OK\r\n{head}\r\n".encode() + body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    api.address = f"127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        api.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()
