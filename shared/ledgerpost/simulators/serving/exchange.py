"""A call and its answer, free of any HTTP library."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

JSON: Final = "application/json"


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request. `path` is raw, without the query; `headers` compare without regard to case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def media_type(self) -> str:
        """The media type of the body, without its parameters, in lower case."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()


@dataclass(slots=True)
class Answer:
    """One HTTP response, given `delay_s` seconds late; with `cut`, the connection is aborted in its place."""

    status: int
    body: bytes = b""
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)
    lines: Iterator[bytes] | None = None
    operation: str = "unknown"
    delay_s: float = 0.0
    cut: bool = False


class Refusal(Exception):  # noqa: N818 - an answer, not a fault
    """A call that is refused; it is raised where that is found out and answered in one place."""

    headers: dict[str, str]

    def answer(self) -> Answer:
        """The answer, in the shape of the API's own errors."""
        raise NotImplementedError


def json_answer(document: object, status: int = HTTPStatus.OK) -> Answer:
    """An answer of JSON."""
    return Answer(int(status), json.dumps(document).encode())
