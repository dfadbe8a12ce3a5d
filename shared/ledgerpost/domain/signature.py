"""Signed requests: whether a body comes from the holder of a key, and now. Source: issue 8, "a signed webhook".

The sender signs `<seconds since 1970>.<body>` with HMAC-SHA256 and sends, in one header,

    Ledgerpost-Signature: t=1772366400,k=acme-1,v1=5257a869e7…

`k` names the key, `t` the moment of signing. While a key is being rotated two of its versions are good; a sender may
also send several `v1`, one for each version that it has.
"""

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

HEADER = "Ledgerpost-Signature"

WINDOW = timedelta(minutes=5)
"""How far the sender's clock, and the way of the request, may be off, in both directions."""

HEADER_LENGTH_MAX = 1000
SIGNATURES_MAX = 4
"""Signatures of one header that are looked at."""

VERSIONS_MAX = 2
"""Versions of a key that are good at once."""

SECRET_BYTES_MIN = 32

_KEY_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_SECONDS = re.compile(r"[0-9]{1,12}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


class Flaw(StrEnum):
    """Why a request is not taken; each is a code of the catalogue."""

    UNSIGNED = "webhook_unsigned"
    WRONG = "webhook_signature_wrong"
    STALE = "webhook_stale"


@dataclass(frozen=True, slots=True)
class Signature:
    """A header as it was read: which key, when it was signed (seconds since 1970), and the digests."""

    key_id: str
    signed_at_s: int
    digests: Sequence[str]


def is_key_id(text: str) -> bool:
    """Say whether `text` can name a key: letters, digits, dashes and underscores, 64 at most."""
    return _KEY_ID.fullmatch(text) is not None


def read_signature(header: str | None) -> Signature | None:
    """Read the header; None where it is missing or not of the form."""
    if header is None or len(header) > HEADER_LENGTH_MAX:
        return None
    fields: dict[str, list[str]] = {}
    for part in header.split(","):
        name, _, value = part.strip().partition("=")
        fields.setdefault(name, []).append(value)
    digests = [digest for digest in fields.get("v1", []) if _DIGEST.fullmatch(digest)]
    key_ids, times = fields.get("k", []), fields.get("t", [])
    if len(key_ids) != 1 or len(times) != 1 or not digests:
        return None
    if not _KEY_ID.fullmatch(key_ids[0]) or not _SECONDS.fullmatch(times[0]):
        return None
    return Signature(key_ids[0], int(times[0]), tuple(digests[:SIGNATURES_MAX]))


def flaw_of(signature: Signature, body: bytes, secrets: Sequence[bytes], now: datetime) -> Flaw | None:
    """Say why `body` is not to be taken; None where one of `secrets` signed it, and no more than five minutes ago.

    Whether the digest is right is found out first, in a time that does not tell how much of it was: only who holds the
    key learns that the request came too late.
    """
    signed = f"{signature.signed_at_s}.".encode() + body
    is_right = False
    for secret in secrets[:VERSIONS_MAX]:
        expected = hmac.new(secret, signed, hashlib.sha256).hexdigest()
        for digest in signature.digests:
            is_right |= hmac.compare_digest(expected, digest)
    if not is_right:
        return Flaw.WRONG
    age_s = abs(int(now.astimezone(UTC).timestamp()) - signature.signed_at_s)
    return Flaw.STALE if age_s > WINDOW.total_seconds() else None


def sign(key_id: str, secret: bytes, body: bytes, now: datetime) -> str:
    """Give the header for `body`, as a sender makes it."""
    seconds = int(now.astimezone(UTC).timestamp())
    digest = hmac.new(secret, f"{seconds}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={seconds},k={key_id},v1={digest}"
