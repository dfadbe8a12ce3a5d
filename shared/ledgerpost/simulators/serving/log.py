"""The log of the requests and the number of the calls, apart from what they did."""

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ledgerpost.simulators.serving.exchange import Answer, Call

REQUESTS_KEPT_MAX: Final = 10_000
REQUEST_ID_HEADER: Final = "X-Request-Id"
_REQUEST_ID_CHARACTERS_MAX: Final = 128


@dataclass(frozen=True, slots=True)
class LoggedRequest:
    """One line of the request log: what was asked, what was answered, and the caller's `X-Request-Id`."""

    operation: str
    method: str
    path: str
    status: str
    request_id: str | None

    def document(self) -> dict[str, object]:
        """The line as JSON."""
        return {
            "operation": self.operation,
            "method": self.method,
            "path": self.path,
            "status": self.status,
            "requestId": self.request_id,
        }


class RequestLog:
    """The last 10,000 requests, and the number of all calls by operation and status; an aborted one has `cut`."""

    def __init__(self) -> None:
        self.requests: deque[LoggedRequest] = deque(maxlen=REQUESTS_KEPT_MAX)
        self._calls: Counter[tuple[str, str]] = Counter()

    def note(self, call: Call, answer: Answer) -> None:
        """Log and count one call, and give the caller's id back in the answer."""
        status = "cut" if answer.cut else str(answer.status)
        request_id = _request_id(call)
        self._calls[(answer.operation, status)] += 1
        self.requests.append(LoggedRequest(answer.operation, call.method, call.path, status, request_id))
        if request_id is not None:
            answer.headers[REQUEST_ID_HEADER] = request_id

    def calls(self) -> Mapping[str, Mapping[str, int]]:
        """Operation → status → number."""
        calls: dict[str, dict[str, int]] = {}
        for (operation, status), number in sorted(self._calls.items()):
            calls.setdefault(operation, {})[status] = number
        return calls

    def clear(self) -> None:
        """Begin anew."""
        self.requests.clear()
        self._calls.clear()


def _request_id(call: Call) -> str | None:
    """The caller's id, if it is short printable text: it goes back in a header."""
    request_id = call.headers.get(REQUEST_ID_HEADER)
    if request_id is None or len(request_id) > _REQUEST_ID_CHARACTERS_MAX or not request_id.isprintable():
        return None
    return request_id
