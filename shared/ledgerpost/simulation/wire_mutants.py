"""Defects of speaking with a ledger over HTTP, put in on purpose as those of `mutants`."""

from typing import Any

from ledgerpost.bootstrap import container
from ledgerpost.connectors.http import HttpSender
from ledgerpost.connectors.tokens import CachedToken


def _never_refreshed(sound: Any) -> Any:  # noqa: ARG001
    def refreshed(self: Any, stale: Any) -> Any:  # noqa: ARG001
        return stale

    return refreshed


def _headers_in_a_log_line(sound: Any) -> Any:
    def sent(self: Any, method: Any, url: Any, headers: Any, *body: Any, **more: Any) -> Any:
        container().deliver.log.info("http.request", reason=str(headers))
        return sound(self, method, url, headers, *body, **more)

    return sent


WIRE_DEFECTS: tuple[tuple[Any, ...], ...] = (
    # name, what it does, caught by, profile, replacement, places
    ("token-never-refreshed", "a refused token is sent again and again", "I16 I17", "wire", _never_refreshed,
     (CachedToken, "refresh")),
    ("headers-in-log", "the headers of a request are written into a log line", "I6", "wire", _headers_in_a_log_line,
     (HttpSender, "send")),
)  # fmt: skip
