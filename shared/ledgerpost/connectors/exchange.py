"""One connection of the transport, and one exchange on it: bytes out, the answer's head in, within the limits."""

import http.client
import io
import select
import socket
import time

import httpx

KEPT_ALIVE_S = 4.0
"""How long an idle connection is used again. Shorter than the five seconds after which common servers close one, since
a post on a connection that is just being closed ends as unknown.
"""

READ_BYTES = 65536
HEAD_BYTES_MAX = 1024 * 1024
INTERIM_ANSWERS_MAX = 8


class Exchange:
    """The limits of one request, from its extensions."""

    __slots__ = ("bytes_max", "connect_s", "deadline", "pool_s", "read_s", "write_s")

    def __init__(self, request: httpx.Request) -> None:
        timeout = request.extensions.get("timeout", {})
        self.deadline: float = request.extensions.get("deadline", float("inf"))
        self.bytes_max: int = request.extensions.get("bytes_max", 1 << 62)
        left_s = self.deadline - time.monotonic()
        if left_s <= 0:
            raise httpx.PoolTimeout("The deadline passed before anything was sent.")
        self.connect_s: float = min(timeout.get("connect") or 5.0, left_s)
        self.read_s: float = timeout.get("read") or 30.0
        self.write_s: float = min(timeout.get("write") or 30.0, left_s)
        self.pool_s: float = min(timeout.get("pool") or 30.0, left_s)


class Connection:
    """One connection. It serves one request at a time."""

    __slots__ = ("origin", "socket", "used_at")

    def __init__(self, connected: socket.socket, origin: tuple[str, str, int]) -> None:
        self.socket = connected
        self.origin = origin
        self.used_at = 0.0

    def is_good(self) -> bool:
        """Say whether the connection was used lately and the server did not close it or speak unasked."""
        if time.monotonic() - self.used_at > KEPT_ALIVE_S:
            return False
        poll = select.poll()
        poll.register(self.socket, select.POLLIN)
        return not poll.poll(0)

    def exchange(self, message: bytes, exchange: Exchange) -> http.client.HTTPResponse:
        """Send the whole request in one piece and read the head of its answer."""
        try:
            self.socket.settimeout(exchange.write_s)
            self.socket.sendall(message)
        except TimeoutError:
            raise httpx.WriteTimeout("The request was not taken in time.") from None
        except OSError:
            raise httpx.WriteError("The connection was cut while the request was sent.") from None
        with ReadingFaults():
            return _read_head(_Answers(self.socket, exchange), message.startswith(b"HEAD "))

    def close(self) -> None:
        """Close it; never raises."""
        try:
            self.socket.close()
        except OSError:
            return


class ReadingFaults:
    """What can go wrong while an answer is read, as httpx's exceptions."""

    __slots__ = ()

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: object) -> None:
        if error is None or isinstance(error, httpx.HTTPError):
            return
        if isinstance(error, TimeoutError):
            raise httpx.ReadTimeout("The answer did not come in time.") from None
        if isinstance(error, OSError) and not isinstance(error, http.client.RemoteDisconnected):
            raise httpx.ReadError("The connection was cut before the answer ended.") from None
        if isinstance(error, http.client.HTTPException | OSError | ValueError):
            raise httpx.RemoteProtocolError("The answer is no HTTP, or it was cut.") from None


class _Answers(io.RawIOBase):
    """The bytes that come from a socket, within the deadline and the limit of one exchange."""

    def __init__(self, connected: socket.socket, exchange: Exchange) -> None:
        self._socket = connected
        self._read_s = exchange.read_s
        self._deadline = exchange.deadline
        self._left = exchange.bytes_max + HEAD_BYTES_MAX
        self._buffered = io.BufferedReader(self, READ_BYTES)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        left_s = self._deadline - time.monotonic()
        if left_s <= 0:
            raise TimeoutError
        self._socket.settimeout(min(self._read_s, left_s))
        count = self._socket.recv_into(buffer)
        self._left -= count
        if self._left < 0:
            raise httpx.RemoteProtocolError("The answer is too long.")
        return count

    def makefile(self, _mode: str) -> "io.BufferedReader[_Answers]":
        """Give the buffered bytes; `http.client.HTTPResponse` asks for them as it would ask a socket."""
        return self._buffered


def _read_head(answers: _Answers, is_head: bool) -> http.client.HTTPResponse:
    """Read the status line and the headers of the final answer; interim ones (1xx) are passed over."""
    for _ in range(INTERIM_ANSWERS_MAX):
        answer = http.client.HTTPResponse(answers, method="HEAD" if is_head else "POST")  # type: ignore[arg-type]
        answer.begin()
        if answer.status >= 200 or answer.status == http.client.SWITCHING_PROTOCOLS:
            return answer
        answer.fp = None  # type: ignore[assignment] # the same bytes go on; they must not be closed with this answer
    raise httpx.RemoteProtocolError("Interim answers without end.")
