"""A pair of OAuth tokens whose refresh token dies with its use, and who is refreshing it.

Pennylane's refresh ends both tokens of the pair before. Two workers that refresh at once lock the tenant out, and a new
pair that is used before it is stored may be lost with its worker. Source: pennylane sheet, section 2;
http-conventions, section 4.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

LEASE = timedelta(seconds=30)
"""How long one worker refreshes undisturbed; a token request is given up after half of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenPair:
    """One generation of a pair. `access_token` is blank before the first refresh.

    `origin` is the fingerprint of the refresh token that a person put in: where that changes, a new consent was given.
    `lease` names who refreshes, until `lease_until`; blank for nobody. `in_doubt` says that a refresh was sent and its
    answer never stored, so that `refresh_token` may be dead; `lost` that the authority said so.
    """

    generation: int
    origin: str
    refresh_token: str = field(repr=False)
    access_token: str = field(default="", repr=False)
    good_until: datetime | None = None
    lease: str = ""
    lease_until: datetime | None = None
    in_doubt: bool = False
    lost: bool = False

    def is_good(self, now: datetime) -> bool:
        """Say whether the access token can be used."""
        return bool(self.access_token) and self.good_until is not None and now < self.good_until

    def is_leased(self, now: datetime) -> bool:
        """Say whether a worker refreshes it."""
        return bool(self.lease) and self.lease_until is not None and now < self.lease_until

    def claimed(self, worker: str, now: datetime) -> "TokenPair":
        """Give the pair with the worker's lease. A lease that ran out leaves a doubt: its worker may have refreshed."""
        return replace(self, lease=worker, lease_until=now + LEASE, in_doubt=self.in_doubt or bool(self.lease))

    def released(self, *, in_doubt: bool) -> "TokenPair":
        """Give the pair without a lease: the refresh came to nothing, or to nothing that is known."""
        return replace(self, lease="", lease_until=None, in_doubt=in_doubt)

    def given_up(self) -> "TokenPair":
        """Give the pair that a person has to consent to anew."""
        return replace(self, lease="", lease_until=None, lost=True)

    def followed_by(self, access_token: str, refresh_token: str, good_until: datetime) -> "TokenPair":
        """Give the next generation."""
        return TokenPair(
            generation=self.generation + 1,
            origin=self.origin,
            refresh_token=refresh_token,
            access_token=access_token,
            good_until=good_until,
        )


@dataclass(frozen=True, slots=True)
class StoredPair:
    """A pair as it is stored; `revision` grows by one with every write."""

    pair: TokenPair
    revision: int
