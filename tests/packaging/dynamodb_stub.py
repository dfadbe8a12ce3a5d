"""A DynamoDB of which every query finds nothing, or is refused. It notes what it was asked."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class DynamoDbStub:
    """`calls` are (operation, request), in order."""

    url: str = ""
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


@contextmanager
def dynamodb_stub(*, refuses: bool = False) -> Iterator[DynamoDbStub]:
    """Serve on a free port of loopback; with `refuses`, as to a role that lacks the permission."""
    stub = DynamoDbStub()
    answer = (
        (400, {"__type": "com.amazon.coral.service#AccessDeniedException", "Message": "no"})
        if refuses
        else (200, {"Items": [], "Count": 0, "ScannedCount": 0})
    )

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            stub.calls.append((self.headers["X-Amz-Target"].rpartition(".")[2], request))
            status, document = answer
            body = json.dumps(document).encode()
            kind = "Content-Type: application/x-amz-json-1.0"
            head = f"HTTP/1.1 {status} X\r\n{kind}\r\nContent-Length: {len(body)}\r\n\r\n"
            self.wfile.write(head.encode() + body)

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    stub.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
