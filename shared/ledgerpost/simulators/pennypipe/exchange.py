"""A call and its answer, free of any HTTP library."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from ledgerpost.simulators.pennypipe.problems import Problem

JSON: Final = "application/json"
PROBLEM_JSON: Final = "application/problem+json"


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request. `path` is raw, without the query; `headers` compare without regard to case."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


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


def json_answer(document: object, status: int = HTTPStatus.OK) -> Answer:
    """An answer of JSON."""
    return Answer(int(status), json.dumps(document).encode())


def problem_answer(problem: Problem) -> Answer:
    """The answer that states a problem (RFC 9457)."""
    body = json.dumps(problem.document()).encode()
    return Answer(int(problem.status), body, PROBLEM_JSON, dict(problem.headers))
