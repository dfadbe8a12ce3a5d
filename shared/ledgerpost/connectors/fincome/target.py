"""Fincome as the target of an extract (port RowTarget): every row is created or updated by its id."""

from collections.abc import Mapping

import httpx

from ledgerpost.connectors.authorized import AuthorizedSender
from ledgerpost.connectors.fincome.answers import outcome_of
from ledgerpost.connectors.fincome.bodies import body_of, path_of
from ledgerpost.connectors.fincome.options import FincomeOptions
from ledgerpost.connectors.http import HttpAnswer, HttpSender, RawHeaders, common_headers
from ledgerpost.connectors.tokens import PAT_READ_AGAIN, CachedToken, Token, read_secret
from ledgerpost.domain.extract.rows import TargetRow
from ledgerpost.domain.outcome import NotApplied, PostOutcome
from ledgerpost.domain.route import SecretReference
from ledgerpost.ports import Clock, Secrets


class FincomeTarget:
    """One Fincome connection. Safe to share between threads. Never raises for what Fincome or the network does.

    Writing the same row twice has one effect, so an unknown outcome is settled by writing it again.
    Source: http-conventions, section 2, "Fincome POST".
    """

    def __init__(self, base_url: str, sender: AuthorizedSender, clock: Clock, paths: Mapping[str, str]) -> None:
        """Raises httpx.InvalidURL for a base URL that makes no address."""
        self._urls = {name: httpx.URL(base_url.rstrip("/") + path) for name, path in paths.items()}
        self._sender = sender
        self._clock = clock
        self._headers: dict[str, RawHeaders] = {
            name: [*common_headers(url), (b"Content-Type", b"application/json")] for name, url in self._urls.items()
        }

    def write(self, row: TargetRow) -> PostOutcome:
        """Create or update the row, once; only after a 401 it is sent again, with the key read anew."""
        path, body = path_of(row), body_of(row)
        headers = [*self._headers[path], (b"Content-Length", b"%d" % len(body))]
        answer = self._sender.send("POST", self._urls[path], headers, body, deadline=self._sender.deadline())
        if not isinstance(answer, HttpAnswer):
            return answer
        return outcome_of(answer, row.original_id, self._clock, self._sender.secret_values())


def fincome_target(
    base_url: str,
    key: SecretReference,
    options: FincomeOptions,
    *,
    sender: HttpSender,
    secrets: Secrets,
    clock: Clock,
) -> FincomeTarget:
    """Give the target behind a base URL and the key that `key` refers to."""
    tokens = api_key(key, options, secrets, clock)
    return FincomeTarget(base_url, AuthorizedSender(sender, tokens), clock, options.paths)


def api_key(reference: SecretReference, options: FincomeOptions, secrets: Secrets, clock: Clock) -> CachedToken:
    """Give the source of the key, in the header that the options name; read anew after a 401."""

    def fetch(fresh: bool) -> Token | NotApplied:
        value = read_secret(secrets, reference, fresh=fresh)
        if isinstance(value, NotApplied):
            return value
        now = clock.now()
        token = Token(value, now, now + PAT_READ_AGAIN)
        token.header = (options.key_header.encode("ascii"), f"{options.key_prefix}{value}".encode("ascii"))
        return token

    return CachedToken(fetch, clock)
