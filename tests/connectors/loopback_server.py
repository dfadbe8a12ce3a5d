"""A server on loopback that answers with given bytes, at a given pace, so that a transport meets real sockets."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

Answer = Callable[["Visit"], None]


@dataclass
class Visit:
    """One request that came in."""

    connection: socket.socket
    head: bytes
    body: bytes
    ended: threading.Event
    number: int

    def send(self, *parts: bytes) -> None:
        for part in parts:
            self.connection.sendall(part)

    def drip(self, byte: bytes, every_s: float) -> None:
        """Send the same again and again, for three seconds at most, until the other side goes or the test ends."""
        for _ in range(int(3 / every_s)):
            if self.ended.wait(every_s):
                return
            try:
                self.connection.sendall(byte)
            except OSError:
                return


@dataclass
class LoopbackServer:
    """Where it listens, and what came in."""

    port: int = 0
    connections: int = 0
    heads: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def loopback_server(answer: Answer, tls: ssl.SSLContext | None = None) -> Iterator[LoopbackServer]:
    """Serve on a free port of loopback; `answer` writes to the visit what it wants, or closes it."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = LoopbackServer(listener.getsockname()[1])
    ended = threading.Event()
    threads: list[threading.Thread] = []
    held: list[socket.socket] = []

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            server.connections += 1
            held.append(connection)
            thread = threading.Thread(target=_serve, args=(connection, answer, server, ended, tls))
            threads.append(thread)
            thread.start()

    acceptor = threading.Thread(target=accept)
    acceptor.start()
    try:
        yield server
    finally:
        ended.set()
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        acceptor.join(5)
        for connection in held:
            _hang_up(connection)
        for thread in threads:
            thread.join(5)


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return


def _serve(
    connection: socket.socket,
    answer: Answer,
    server: LoopbackServer,
    ended: threading.Event,
    tls: ssl.SSLContext | None,
) -> None:
    with connection:
        try:
            served = tls.wrap_socket(connection, server_side=True) if tls else connection
            with served:
                _answer_all(served, answer, server, ended)
        except OSError:
            return


def _answer_all(connection: socket.socket, answer: Answer, server: LoopbackServer, ended: threading.Event) -> None:
    received = b""
    while True:
        while b"\r\n\r\n" not in received:
            part = connection.recv(65536)
            if not part:
                return
            received += part
        head, _, received = received.partition(b"\r\n\r\n")
        length = _content_length(head)
        while len(received) < length:
            received += connection.recv(65536)
        body, received = received[:length], received[length:]
        server.heads.append(head)
        answer(Visit(connection, head, body, ended, len(server.heads)))


def _content_length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name == b"content-length":
            return int(value)
    return 0


def response(
    body: bytes, status: bytes = b"201 Created", headers: bytes = b"Content-Type: application/json\r\n"
) -> bytes:
    return b"HTTP/1.1 %b\r\n%bContent-Length: %d\r\n\r\n%b" % (status, headers, len(body), body)
