"""HTTP/1.1 straight on sockets, behind httpx's transport interface.

Why not httpx's own: the HTTP client is most of what an entry costs. A small POST on loopback took 0.7 to 1.5 ms of CPU
through `httpx.Client`, 0.5 to 1.0 ms through `httpx.HTTPTransport` alone, and takes 0.3 to 0.45 ms this way. The socket
is opened to the very address that was vetted, while the certificate is checked against the host's own name; and one
deadline holds over headers and body, however slowly they drip. The parsing of answers is the standard library's.

Every fault is one of httpx's exceptions, so that a test's `MockTransport` and this one are told apart by nothing.
"""

import http.client
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from functools import cache

import httpx

from ledgerpost.connectors.addresses import AddressBook, AddressRefusedError, Reach
from ledgerpost.connectors.exchange import KEPT_ALIVE_S, READ_BYTES, Connection, Exchange, ReadingFaults

CONNECTIONS_MAX = 64
"""Connections of one transport at a time; more posts than that side by side wait for one."""

_BAD_IN_HEAD = re.compile(rb"[\x00-\x1f\x7f]")


class TlsFailedError(httpx.ConnectError):
    """The TLS handshake failed, most often over the certificate; nothing was sent."""


class SocketTransport(httpx.BaseTransport):
    """Sends requests to public addresses over https, and, where `allow_loopback`, over http or https to loopback.

    Reads `timeout` (connect, read, write, pool; seconds), `deadline` (an instant of `time.monotonic`) and `bytes_max`
    (of the whole answer) from the request's extensions. Safe to share between threads. Follows no redirect, decodes
    nothing, uses no proxy.
    """

    def __init__(
        self,
        addresses: AddressBook | None = None,
        *,
        allow_loopback: bool = False,
        tls: Callable[[], ssl.SSLContext] | None = None,
        connections_max: int = CONNECTIONS_MAX,
    ) -> None:
        self._addresses = addresses or AddressBook()
        self._tls = tls or verifying_context
        self._reach = {"https": Reach.PUBLIC_OR_LOOPBACK if allow_loopback else Reach.PUBLIC}
        if allow_loopback:
            self._reach["http"] = Reach.LOOPBACK
        self._slots = threading.BoundedSemaphore(connections_max)
        self._idle: dict[tuple[str, str, int], list[Connection]] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request` once and give the answer, its body still to be read. Raises httpx's TransportErrors."""
        exchange = Exchange(request)
        head = _head_of(request)
        body = b"".join(request.stream)  # type: ignore[arg-type]
        if not self._slots.acquire(timeout=exchange.pool_s):
            raise httpx.PoolTimeout("No connection became free.")
        connection = None
        try:
            connection = self._take(request.url, exchange)
            answer = connection.exchange(head + body, exchange)
        except BaseException:
            self._slots.release()
            if connection is not None:
                connection.close()
            raise
        stream = _AnswerStream(answer, lambda: self._give_back(connection, answer))
        return httpx.Response(answer.status, headers=_headers_of(answer), stream=stream)

    def close(self) -> None:
        """Close the idle connections."""
        for connections in list(self._idle.values()):
            while connections:
                connections.pop().close()

    def __del__(self) -> None:
        """A transport that nobody holds any more takes its connections with it."""
        self.close()

    def _take(self, url: httpx.URL, exchange: Exchange) -> Connection:
        """Give an idle connection that is still good, the one used last first, else a new one."""
        reach = self._reach.get(url.scheme)
        if reach is None:
            raise AddressRefusedError("Only https addresses are called.")
        host = url.raw_host.decode("ascii")
        port = url.port or (443 if url.scheme == "https" else 80)
        origin = (url.scheme, host, port)
        idle = self._idle.setdefault(origin, [])
        while True:
            try:
                connection = idle.pop()
            except IndexError:
                return self._open(origin, reach, exchange)
            if connection.is_good():
                return connection
            connection.close()

    def _open(self, origin: tuple[str, str, int], reach: Reach, exchange: Exchange) -> Connection:
        scheme, host, port = origin
        plain = self._connect(host, port, reach, exchange)
        if scheme == "http":
            return Connection(plain, origin)
        try:
            return Connection(self._tls().wrap_socket(plain, server_hostname=host), origin)
        except TimeoutError:
            plain.close()
            raise httpx.ConnectTimeout("The TLS handshake took too long.") from None
        except (OSError, ValueError):
            plain.close()
            raise TlsFailedError("The TLS handshake failed.") from None

    def _connect(self, host: str, port: int, reach: Reach, exchange: Exchange) -> socket.socket:
        """Open a socket to the first vetted address that answers, all within the connect time-out."""
        until = time.monotonic() + exchange.connect_s
        timed_out = False
        for address in self._addresses.vetted(host, port, reach):
            left_s = until - time.monotonic()
            if left_s <= 0:
                timed_out = True
                break
            try:
                connected = socket.create_connection((address, port), left_s)
            except TimeoutError:
                timed_out = True
            except OSError:
                timed_out = False
            else:
                connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connected.settimeout(max(0.001, until - time.monotonic()))
                return connected
        self._addresses.forget(host, port)
        raise (httpx.ConnectTimeout if timed_out else httpx.ConnectError)("No address of the host took the connection.")

    def _give_back(self, connection: Connection, answer: http.client.HTTPResponse) -> None:
        """Keep the connection for the next request where the answer was read to its end and the server keeps it."""
        if answer.isclosed() and not answer.will_close and not answer.length:
            connection.used_at = time.monotonic()
            self._keep(connection)
        else:
            answer.close()
            connection.close()
        self._slots.release()

    def _keep(self, connection: Connection) -> None:
        """Put the connection on top of the idle ones, and drop the lowest where it has been idle for too long."""
        idle = self._idle[connection.origin]
        idle.append(connection)
        try:
            if connection.used_at - idle[0].used_at > KEPT_ALIVE_S:
                idle.pop(0).close()
        except IndexError:
            return  # another thread took the last one meanwhile


class _AnswerStream(httpx.SyncByteStream):
    """The body of an answer; closing it gives the connection back."""

    def __init__(self, answer: http.client.HTTPResponse, give_back: Callable[[], None]) -> None:
        self._answer = answer
        self._give_back: Callable[[], None] | None = give_back

    def __iter__(self) -> Iterator[bytes]:
        with ReadingFaults():
            while part := self._answer.read(READ_BYTES):
                yield part
            if self._answer.length:
                raise httpx.RemoteProtocolError("The answer was cut.")

    def close(self) -> None:
        give_back, self._give_back = self._give_back, None
        if give_back is not None:
            give_back()


def _head_of(request: httpx.Request) -> bytes:
    """Write the request line and the headers. A control sign in any of them could smuggle in a second request."""
    parts = [request.method.encode("ascii"), b" ", request.url.raw_path, b" HTTP/1.1\r\n"]
    for name, value in request.headers.raw:
        if _BAD_IN_HEAD.search(value) or _BAD_IN_HEAD.search(name):
            raise httpx.LocalProtocolError("A header holds a control character.")
        parts += (name, b": ", value, b"\r\n")
    parts.append(b"\r\n")
    return b"".join(parts)


def _headers_of(answer: http.client.HTTPResponse) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers.items()]


@cache
def verifying_context() -> ssl.SSLContext:
    """Give the process's one TLS context, which always verifies; loading its certificates takes some 20 ms."""
    context = httpx.create_ssl_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
