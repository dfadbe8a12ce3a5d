"""What a caller of a simulator saw, however it was reached."""

import http.client
import json
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from multidict import CIMultiDict

from ledgerpost.simulators.serving.exchange import Answer, Call


@dataclass(frozen=True)
class Reply:
    """What a caller saw; `status` 0 is a connection that was cut."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    delay_s: float = 0.0

    @property
    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The `code` of a problem."""
        return str(self.json["code"])

    @property
    def paths(self) -> list[str]:
        """The paths at fault."""
        return [error["path"] for error in self.json["errors"]]


def call_of(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Call:
    """A call as the server would read it."""
    path, _, query = path.partition("?")
    return Call(method, path, query, CIMultiDict(headers), body)


def reply_of(answer: Answer) -> Reply:
    """What the caller would see of an answer."""
    lines = b"".join(answer.lines or ())
    return Reply(0 if answer.cut else answer.status, answer.body + lines, answer.headers, answer.delay_s)


def exchanged(url: str, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
    """One exchange over HTTP, on a connection of its own."""
    with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)) as connection:
        connection.request(method, path, body, dict(headers))
        try:
            response = connection.getresponse()
        except ConnectionError:
            return Reply(0, b"", {})
        return Reply(response.status, response.read(), CIMultiDict(response.getheaders()))


class ByHttp:
    """Reaches a simulator behind a URL; each call opens a connection."""

    def __init__(self, url: str) -> None:
        self._url = url

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> Reply:
        """One exchange."""
        return exchanged(self._url, method, path, headers, body)
