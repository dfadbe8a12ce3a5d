"""Who may make a customer that a ledger would make twice: one worker at a time, of all that run.

Some ledgers number customers themselves, so that a second write of one makes a second customer, and show a new one in
their searches only after a moment. Source: acumatica sheet, section 7; seed 004, "Automatic Customer transfer".
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from ledgerpost.domain.decision import RetryPolicy

READ_LAG = timedelta(seconds=RetryPolicy().read_lag_s)
"""How long a customer may take to be found after it was made, or after its write got no answer."""

HELD = timedelta(seconds=RetryPolicy().lease_s) + READ_LAG
"""How long a claim lasts that nobody ends, since its worker died: no attempt lives longer than a delivery's lease."""


@dataclass(frozen=True, slots=True)
class CustomerClaim:
    """Nobody makes the customer before `until`; `customer_id` is what was made, blank where that is not known."""

    until: datetime
    customer_id: str = ""


@dataclass(frozen=True, slots=True)
class StoredClaim:
    """A claim as it is stored; each write counts its revision up."""

    claim: CustomerClaim
    revision: int
