"""Codat's calls: their addresses, sent within a deadline, with an answer or the outcome that its lack means."""

from typing import Any
from urllib.parse import quote, urlencode

import httpx

from ledgerpost.connectors.authorized import AuthorizedSender
from ledgerpost.connectors.codat.answers import page_of
from ledgerpost.connectors.codat.problems import REFUSALS
from ledgerpost.connectors.http import HttpAnswer, common_headers, correlation_header, read_json
from ledgerpost.connectors.tokens import scrubbed
from ledgerpost.domain.outcome import NotApplied, Retry, Unknown
from ledgerpost.domain.route import AccountId
from ledgerpost.ports import Clock

Path = tuple[str, ...]
"""The segments of a path under the company's own."""


class CodatCalls:
    """The calls of one connection. Safe to share between threads."""

    def __init__(self, base_url: str, sender: AuthorizedSender, clock: Clock) -> None:
        self._base_url = base_url.rstrip("/")
        self._sender = sender
        self._clock = clock

    def deadline(self, total_s: float) -> float:
        """Give the instant (monotonic) at which calls that start now have to end."""
        return self._sender.deadline(total_s)

    def left_s(self, deadline: float) -> float:
        """Give the seconds until `deadline`."""
        return deadline - self._sender.deadline(0.0)

    def get(self, company: AccountId, path: Path, deadline: float, **query: str) -> HttpAnswer | NotApplied | Unknown:
        """Read what lies at `path` under the company."""
        url = self._url(company, path, query)
        if isinstance(url, NotApplied):
            return url
        return self._sender.send("GET", url, common_headers(url), deadline=deadline)

    def post(
        self,
        company: AccountId,
        path: Path,
        body: str,
        correlation_id: str,
        *,
        deadline: float,
        **query: str,
    ) -> HttpAnswer | NotApplied | Unknown:
        """Send `body` once."""
        url = self._url(company, path, query)
        if isinstance(url, NotApplied):
            return url
        # A lone surrogate, which UTF-8 cannot carry, becomes a question mark.
        content = body.encode("utf-8", errors="replace")
        headers = [
            *common_headers(url),
            (b"Content-Type", b"application/json"),
            correlation_header(correlation_id),
            (b"Content-Length", b"%d" % len(content)),
        ]
        return self._sender.send("POST", url, headers, content, deadline=deadline)

    def pages(
        self, company: AccountId, path: Path, deadline: float, page: int, **query: str
    ) -> tuple[list[Any], bool] | HttpAnswer | NotApplied | Unknown:
        """Read one page of a list: its results and whether there is a further one; else the answer that is no page."""
        answer = self.get(company, path, deadline, page=str(page), **query)
        if not isinstance(answer, HttpAnswer):
            return answer
        found = page_of(read_json(answer, exact=True)) if answer.status == 200 else None
        return answer if found is None else found

    def outcome_of(self, answer: HttpAnswer | NotApplied | Unknown) -> NotApplied | Unknown:
        """Give what an answer other than a readable success says."""
        if not isinstance(answer, HttpAnswer):
            return answer
        return REFUSALS.outcome_of(answer, now=self._clock.now(), secrets=self._sender.secret_values())

    def shown(self, text: str) -> str:
        """Give Codat's own words with every secret masked."""
        return scrubbed(text, self._sender.secret_values())

    def _url(self, company: AccountId, path: Path, query: dict[str, str]) -> httpx.URL | NotApplied:
        segments = ("companies", company, *path)
        if any(segment in ("", ".", "..") for segment in segments):
            return NotApplied("account_not_found", Retry.NEVER, "The company id makes no address.")
        text = "/".join(quote(segment, safe="", errors="replace") for segment in segments)
        asked = f"?{urlencode(query, quote_via=quote)}" if query else ""
        try:
            return httpx.URL(f"{self._base_url}/{text}{asked}")
        except httpx.InvalidURL:
            return NotApplied("account_not_found", Retry.NEVER, "The company id or the base URL makes no address.")
