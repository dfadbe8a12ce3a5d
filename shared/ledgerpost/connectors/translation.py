"""What a fault or a status says of a write: applied, not applied or unknown. The one place, and total.

Not applied is claimed only where the request surely had no effect; whatever else happens is unknown.
Source: design, section 5; pennypipe.md, section 3.4; http-conventions, sections 1 and 2.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from ledgerpost.connectors.addresses import AddressRefusedError, HostUnknownError
from ledgerpost.connectors.transport import TlsFailedError
from ledgerpost.domain.decision import RETRY_AFTER_S_MAX
from ledgerpost.domain.outcome import NotApplied, Retry, Unknown


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an answer means: its catalogue code, and when to try again; `retry` is None where the outcome is unknown."""

    code: str
    retry: Retry | None

    def outcome(
        self, detail: str, *, status: int | None = None, retry_after_s: float | None = None
    ) -> NotApplied | Unknown:
        """Give the outcome, with the ledger's or our own short word."""
        if self.retry is None:
            return Unknown(self.code, detail, status)
        wait_s = retry_after_s if self.retry is Retry.LATER else None
        return NotApplied(self.code, self.retry, detail, wait_s, status)


UNREACHABLE = Meaning("ledger_unreachable", Retry.LATER)
LOST = Meaning("reply_lost", None)
UNREADABLE = Meaning("reply_unreadable", None)

# Looked up along the class's own line of bases, the nearest first, so a class that httpx adds later is unknown at
# least. The sentences are ours: an exception's own text may quote a header, and so a token.
_FAULTS: dict[type[BaseException], tuple[Meaning, str]] = {
    AddressRefusedError: (
        Meaning("address_refused", Retry.NEVER),
        "The address is not https, or it is private, loopback, link-local or reserved.",
    ),
    HostUnknownError: (UNREACHABLE, "The host name does not resolve."),
    TlsFailedError: (UNREACHABLE, "The TLS handshake failed; the certificate may not be the host's."),
    httpx.ConnectError: (UNREACHABLE, "The connection was refused."),
    httpx.ConnectTimeout: (UNREACHABLE, "No connection within the time allowed."),
    httpx.PoolTimeout: (UNREACHABLE, "No connection became free within the time allowed."),
    httpx.ProxyError: (UNREACHABLE, "The proxy did not open a connection."),
    httpx.UnsupportedProtocol: (UNREACHABLE, "The address is neither http nor https."),
    httpx.InvalidURL: (UNREACHABLE, "The address is not a URL."),
    httpx.LocalProtocolError: (UNREACHABLE, "The request could not be written as HTTP."),
    httpx.CookieConflict: (UNREACHABLE, "The request could not be written as HTTP."),
    httpx.RequestNotRead: (UNREACHABLE, "The request could not be written as HTTP."),
    httpx.TooManyRedirects: (Meaning("redirect_refused", Retry.NEVER), "The ledger answered with redirects."),
    httpx.WriteTimeout: (LOST, "The request was not taken in time; part of it may have been sent."),
    httpx.WriteError: (LOST, "The connection was cut while the request was sent."),
    httpx.ReadTimeout: (LOST, "No answer within the time allowed."),
    httpx.ReadError: (LOST, "The connection was cut before the answer ended."),
    httpx.RemoteProtocolError: (LOST, "The connection ended without a whole answer."),
    httpx.DecodingError: (UNREADABLE, "The answer could not be decoded."),
    httpx.HTTPStatusError: (UNREADABLE, "The answer's status was not expected."),
    Exception: (LOST, "The exchange failed before the answer ended."),
}

_BY_STATUS: dict[int, Meaning] = {
    # 303 says "see what came of it": the write may have been done. The other redirects come before any effect.
    303: Meaning("redirect_refused", None),
    400: Meaning("entry_malformed", Retry.NEVER),
    401: Meaning("token_refused", Retry.NEVER),
    403: Meaning("account_forbidden", Retry.NEVER),
    404: Meaning("account_not_found", Retry.NEVER),
    # By the letter the server did not get the whole request; gateways say 408 of a ledger that did not answer them.
    408: LOST,
    409: Meaning("entry_conflict", Retry.NEVER),
    422: Meaning("entry_refused", Retry.NEVER),
    425: Meaning("rate_limited", Retry.LATER),
    429: Meaning("rate_limited", Retry.LATER),
    503: Meaning("ledger_unavailable", Retry.LATER),
}

ProblemMeanings = Mapping[tuple[int, str], Meaning]
"""A target's own meanings of (status, code of the problem), finer than the status alone."""

_DIGITS = re.compile(r"[0-9]+")


def meaning_of_fault(error: BaseException) -> tuple[Meaning, str]:
    """Give the meaning of an exception of the exchange, and a sentence of ours about it."""
    return next((_FAULTS[kind] for kind in type(error).__mro__ if kind in _FAULTS), _FAULTS[Exception])


def outcome_of_fault(error: BaseException) -> NotApplied | Unknown:
    """Give what an exception of the exchange says of the write."""
    meaning, sentence = meaning_of_fault(error)
    return meaning.outcome(sentence)


def meaning_of_status(status: int, problem_code: str = "", problems: ProblemMeanings | None = None) -> Meaning:
    """Give the meaning of any status other than a readable success.

    | status | means |
    | --- | --- |
    | 1xx | unknown: an interim answer says nothing of the outcome |
    | 2xx | unknown: a success that could not be read |
    | 303, 408 | unknown |
    | other 3xx | not applied, never again: redirect_refused |
    | 400, 401, 403, 404, 409, 422 | not applied, never again, unless `problems` knows the code better |
    | 425, 429, 503 | not applied, later |
    | other 4xx | not applied, never again: unexpected_status |
    | other 5xx | unknown: ledger_failed |
    | anything else | unknown |
    """
    if problems is not None and (special := problems.get((status, problem_code))) is not None:
        return special
    if status in _BY_STATUS:
        return _BY_STATUS[status]
    match status // 100:
        case 3:
            return Meaning("redirect_refused", Retry.NEVER)
        case 4:
            return Meaning("unexpected_status", Retry.NEVER)
        case 5:
            return Meaning("ledger_failed", None)
        case _:
            return UNREADABLE


def retry_after_s(value: str | None, now: datetime) -> float | None:
    """Read Retry-After, seconds or HTTP-date, clamped to [0, 900] s; None where it is missing or unreadable.

    Source: RFC 9110, section 10.2.3; http-conventions, section 1.
    """
    text = (value or "").strip()
    if _DIGITS.fullmatch(text):
        return RETRY_AFTER_S_MAX if len(text) > 9 else min(float(text), RETRY_AFTER_S_MAX)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max((moment - now).total_seconds(), 0.0), RETRY_AFTER_S_MAX)
