"""A pause: nothing is posted through a connection, or to one account of it, until a person resumes it.

The entry that met the refusal is parked with its own code; what comes later is parked as `connection_paused` or
`account_paused` without a call. A resume takes all of these up again, with a fresh budget of attempts.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from ledgerpost.domain.delivery import DeliveryKey, DeliveryRecord, Status
from ledgerpost.domain.outcome import NotApplied, PostOutcome
from ledgerpost.domain.route import AccountId, ConnectionId

CONNECTION_CODES = frozenset({"token_refused", "oauth_client_refused", "pennylane_consent_lost"})
"""Refusals that every entry of the connection would meet: 401 after a refresh. Source: design, section 5."""

ACCOUNT_CODES = frozenset(
    {"client_not_allowlisted", "account_forbidden", "codat_not_linked", "pennylane_scope_missing"}
)
"""Refusals that every entry of the account would meet: 403, or nothing linked. Source: design, section 5."""

HELD_CODES = frozenset({"connection_paused", "account_paused"})

BY_OURSELVES = "ledgerpost"
BY_A_PERSON = "paused_by_operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """What is paused, and why. `account` is None where the whole connection is; `reason` is a person's own words."""

    connection: ConnectionId
    account: AccountId | None
    code: str
    by: str
    at: datetime
    reason: str = ""

    @property
    def held_code(self) -> str:
        """The code of what is parked because of this pause, without a call."""
        return "connection_paused" if self.account is None else "account_paused"

    @property
    def sentence(self) -> str:
        """Say what is paused, by whom, when and why."""
        what = f"Connection {self.connection}" if self.account is None else f"Account {self.account}"
        why = f"{self.code}: {self.reason}" if self.reason else self.code
        return f"{what} was paused by {self.by} at {self.at:%Y-%m-%d %H:%M} UTC ({why})."

    def is_over(self, key: DeliveryKey) -> bool:
        """Say whether deliveries under `key` wait because of this pause."""
        return self.connection == key.connection and self.account in (None, key.account)

    def holds(self, record: DeliveryRecord) -> bool:
        """Say whether `record` is parked in the reach of this pause for what a resume mends: for a pause, be it this
        one or one that ended before it, or by a refusal that leads to one.
        """
        is_parked = record.status is Status.PARKED and not record.key.collision
        return is_parked and self.is_over(record.key) and record.code in HELD_CODES | CONNECTION_CODES | ACCOUNT_CODES


def pause_over(key: DeliveryKey, pauses: Iterable[Pause]) -> Pause | None:
    """Give the pause that holds deliveries under `key`, the connection's own before an account's; None without one."""
    over = [pause for pause in pauses if pause.is_over(key)]
    return min(over, key=lambda pause: pause.account is not None, default=None)


def pause_after(outcome: PostOutcome, key: DeliveryKey, now: datetime) -> Pause | None:
    """Give the pause that `outcome` of a post under `key` asks for; None where the next entry may fare better."""
    if not isinstance(outcome, NotApplied) or outcome.code not in CONNECTION_CODES | ACCOUNT_CODES:
        return None
    account = key.account if outcome.code in ACCOUNT_CODES else None
    return Pause(connection=key.connection, account=account, code=outcome.code, by=BY_OURSELVES, at=now)
