"""Sending one request within its limits: time, size, no redirect. Every answer and every fault is a value.

httpx's `Client` is left out on purpose: cookies, redirects, authentication and event hooks are what a post must not
have, and they cost half of its time. The seam for tests is httpx's transport.
"""

import json
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import httpx

from ledgerpost import __version__
from ledgerpost.connectors.translation import meaning_of_fault, outcome_of_fault
from ledgerpost.domain.outcome import NotApplied, Unknown

CORRELATION_LENGTH_MAX = 128
USER_AGENT = f"ledgerpost/{__version__}".encode()

RawHeaders = list[tuple[bytes, bytes]]


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpLimits:
    """The limits of one request, in seconds and bytes.

    `total_s` bounds the whole exchange, so that an answer which drips slowly ends too. Source: http-conventions,
    sections 3 and 7; the total is ours.
    """

    connect_s: float = 5.0
    read_s: float = 30.0
    total_s: float = 35.0
    body_bytes_max: int = 5_000_000


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A final answer. `body` is None where it could not be read; `fault` then says why, as a catalogue code."""

    status: int
    headers: httpx.Headers
    body: bytes | None
    fault: str = ""


class HttpSender:
    """Sends requests through one transport. Safe to share between threads."""

    def __init__(
        self,
        transport: httpx.BaseTransport,
        limits: HttpLimits | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._transport = transport
        self._limits = limits or HttpLimits()
        self._monotonic = monotonic
        self._timeout = {
            "connect": self._limits.connect_s,
            "read": self._limits.read_s,
            "write": self._limits.read_s,
            "pool": self._limits.read_s,
        }

    def deadline(self, total_s: float | None = None) -> float:
        """Give the instant (monotonic) at which exchanges that start now have to end."""
        return self._monotonic() + (self._limits.total_s if total_s is None else total_s)

    def send(
        self, method: str, url: httpx.URL, headers: RawHeaders, body: bytes = b"", *, deadline: float | None = None
    ) -> HttpAnswer | NotApplied | Unknown:
        """Send once. An exchange that ends before the status is known gives what that says of a write."""
        until = self.deadline() if deadline is None else deadline
        extensions = {"timeout": self._timeout, "deadline": until, "bytes_max": self._limits.body_bytes_max}
        try:
            request = httpx.Request(method, url, headers=headers, stream=httpx.ByteStream(body), extensions=extensions)
            response = self._transport.handle_request(request)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, httpx.CookieConflict, OSError) as error:
            return outcome_of_fault(error)
        return self._answer(response, until)

    def _answer(self, response: httpx.Response, until: float) -> HttpAnswer:
        """Read the body. Once the status is known, a body that cannot be read makes it no less known."""
        try:
            content = self._read(response, until)
        except (httpx.HTTPError, httpx.StreamError, OSError) as error:
            return HttpAnswer(response.status_code, response.headers, None, meaning_of_fault(error)[0].code)
        finally:
            response.stream.close()  # type: ignore[union-attr]
        return HttpAnswer(response.status_code, response.headers, content)

    def _read(self, response: httpx.Response, until: float) -> bytes:
        parts: list[bytes] = []
        size = 0
        for part in response.stream:  # type: ignore[union-attr]
            size += len(part)
            if size > self._limits.body_bytes_max:
                raise httpx.DecodingError("The body is too large.")
            if self._monotonic() >= until:
                raise httpx.ReadTimeout("The body did not end in time.")
            parts.append(part)
        content = parts[0] if len(parts) == 1 else b"".join(parts)
        encoding = response.headers.get("content-encoding", "")
        return content if encoding in ("", "identity") else _inflated(content, encoding, self._limits.body_bytes_max)


def _inflated(content: bytes, encoding: str, bytes_max: int) -> bytes:
    """Decode a compressed body, never past `bytes_max`; we ask for none, yet some proxies compress unasked."""
    if encoding.strip().lower() not in ("gzip", "x-gzip", "deflate"):
        raise httpx.DecodingError("The content encoding is not known.")
    try:
        inflated = zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(content, bytes_max + 1)
    except zlib.error:
        raise httpx.DecodingError("The body is not what its content encoding says.") from None
    if len(inflated) > bytes_max:
        raise httpx.DecodingError("The body is too large.")
    return inflated


def common_headers(url: httpx.URL) -> RawHeaders:
    """Give the headers that every request to the host of `url` carries."""
    return [
        (b"Host", url.netloc),
        (b"User-Agent", USER_AGENT),
        (b"Accept", b"application/json"),
        (b"Accept-Encoding", b"identity"),
    ]


def correlation_header(correlation_id: str) -> tuple[bytes, bytes]:
    """Give X-Request-Id; what a header cannot carry is percent-encoded, and the whole is cut at 128 characters."""
    value = correlation_id if _is_plain(correlation_id) else quote(correlation_id, safe="/:@", errors="replace")
    return b"X-Request-Id", value[:CORRELATION_LENGTH_MAX].encode("ascii")


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text


def read_json(answer: HttpAnswer, *, exact: bool = False) -> Any:
    """Give the JSON of the answer's body; None where it is no JSON or is labelled as something else.

    With `exact`, fractions are read as Decimal.
    """
    if answer.body is None or "json" not in answer.headers.get("content-type", "json").lower():
        return None
    try:
        return json.loads(answer.body, parse_float=Decimal) if exact else json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
