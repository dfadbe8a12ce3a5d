"""The right to make one customer, held across workers, their deaths, and answers that never came.

The claim is written before the customer is, and the customer is searched once more under it: whatever was made before
the claim was taken shows by then, or its claim still lasts. A worker that dies leaves its claim to run out; one that
got no answer leaves it for as long as the customer may take to show.
"""

import hashlib
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from ledgerpost.domain.customer_claim import HELD, READ_LAG, CustomerClaim
from ledgerpost.domain.outcome import NotApplied, Retry
from ledgerpost.errors import StoreError
from ledgerpost.ports import Clock, CustomerClaims

ASK_AGAIN_S = 5.0
"""When whoever met another's claim asks again: a transfer takes about a second, and few claims last to their end."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A claim of ours, as it is stored."""

    key: str
    revision: int


class Claiming:
    """The claims of one site's customers; `owner` is who shares them, the tenant and its site. Never raises."""

    def __init__(self, claims: CustomerClaims, owner: str, clock: Clock) -> None:
        self._claims = claims
        self._owner = owner
        self._clock = clock

    def take(self, email: str) -> Taken | str | NotApplied:
        """Claim the customer of an address; give its id where another worker has just made it.

        NotApplied where another may be making it: its transfer is under way, or its answer was lost.
        """
        key = hashlib.sha256(f"{self._owner}\n{email.casefold()}".encode()).hexdigest()
        try:
            return self._take(key)
        except StoreError as error:
            return NotApplied(error.code, Retry.LATER, "The customer could not be claimed.")

    def made(self, taken: Taken, customer_id: str) -> None:
        """Tell the others what was made, for as long as it may not show."""
        self._end(taken, READ_LAG, customer_id)

    def in_doubt(self, taken: Taken) -> None:
        """Let nobody make the customer before it would show."""
        self._end(taken, READ_LAG)

    def not_made(self, taken: Taken) -> None:
        """Let the next one try."""
        self._end(taken, timedelta(0))

    def _take(self, key: str) -> Taken | str | NotApplied:
        stored = self._claims.read(key)
        now = self._clock.now()
        if stored is not None and now < stored.claim.until:
            return stored.claim.customer_id or _elsewhere()
        revision = stored.revision if stored is not None else 0
        if not self._claims.write(key, CustomerClaim(now + HELD), revision):
            return _elsewhere()
        return Taken(key, revision + 1)

    def _end(self, taken: Taken, shown_after: timedelta, customer_id: str = "") -> None:
        """A claim that cannot be ended runs out."""
        with suppress(StoreError):
            self._claims.write(taken.key, CustomerClaim(self._clock.now() + shown_after, customer_id), taken.revision)


def _elsewhere() -> NotApplied:
    said = "The customer's transfer is under way, or got no answer and may not show yet."
    return NotApplied("customer_in_transfer", Retry.LATER, said, retry_after_s=ASK_AGAIN_S)
