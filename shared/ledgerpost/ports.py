"""What the use cases need of the world: small Protocols, four methods at most.

Each has an in-memory adapter that also runs the local cloud; every adapter passes the one contract suite of its port.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from ledgerpost.domain.delivery import DeliveryKey, DeliveryRecord, Expected, Status
from ledgerpost.domain.document import Postable
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.outcome import AccountAbility, Fact, FindOutcome, NotApplied, PostOutcome, Unknown
from ledgerpost.domain.pause import Pause
from ledgerpost.domain.rejection import Rejection
from ledgerpost.domain.route import AccountId, Connection, ConnectionId, SecretReference, TenantConfiguration

if TYPE_CHECKING:
    # Some ledgers alone have these: every function reads the ports, few of them a token pair.
    from ledgerpost.domain.customer_claim import CustomerClaim, StoredClaim
    from ledgerpost.domain.look_up import LookUp, LookUpAnswer
    from ledgerpost.domain.request_rate import RequestRate
    from ledgerpost.domain.token_pair import StoredPair, TokenPair


class Clock(Protocol):
    """Time, injected."""

    def now(self) -> datetime:
        """Give the present instant, aware, in UTC."""
        ...


class RouteStore(Protocol):
    """The applied configuration of every tenant."""

    def tenant(self, tenant: TenantId) -> TenantConfiguration | None:
        """Give the tenant's configuration, at most a minute old; None for an unknown tenant. Raises StoreError."""
        ...


class DeliveryStore(Protocol):
    """Delivery records, moved by conditional writes alone."""

    def create(self, record: DeliveryRecord) -> DeliveryRecord | None:
        """Write the first record of its key and give None; where there is one already, write nothing and give it."""
        ...

    def get(self, key: DeliveryKey) -> DeliveryRecord | None:
        """Give the record, strongly consistent; None where there is none."""
        ...

    def replace(self, record: DeliveryRecord, expected: Expected) -> DeliveryRecord | None:
        """Write `record` where the stored one still has the expected status, version and fence, and give None;
        where it has not, write nothing and give the stored one.
        """
        ...

    def due(self, before: datetime, limit: int) -> Sequence[DeliveryKey]:
        """Give up to `limit` keys of open deliveries whose due time is not after `before`, the longest due first.

        May miss what was written in the last second; finds it at the next call.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """What is not at its end, in numbers. The counts stop at a bound; pending work counts as retrying.

    `retrying_since` and `unconfirmed_since` are when the present attempts of the one that waits longest began
    (`DeliveryRecord.waiting_since`), None where none waits.
    """

    retrying: int = 0
    unconfirmed: int = 0
    parked: int = 0
    retrying_since: datetime | None = None
    unconfirmed_since: datetime | None = None


class DeliveryBacklog(Protocol):
    """How much is open or parked, for the metrics."""

    def backlog(self, limit: int) -> Backlog:
        """Count the open and parked deliveries, up to about `limit` of each status: beyond it the number says only
        "many", and the longest wait is that of those counted. May be a second old.
        """
        ...


class PauseStore(Protocol):
    """What is paused. It lies with the delivery records: whoever delivers may pause, but never rewrite a route."""

    def pauses(self, tenant: TenantId, *, fresh: bool = False) -> Sequence[Pause]:
        """Give the tenant's pauses, at most a minute old, or as they are now where `fresh`. Raises StoreError."""
        ...

    def pause(self, tenant: TenantId, pause: Pause) -> bool:
        """Keep the pause; give False, and keep the earlier one, where the same is paused already."""
        ...

    def resume(self, tenant: TenantId, connection: ConnectionId, account: AccountId | None) -> Pause | None:
        """Forget the pause of the connection, or of one account of it, and give it; None where there was none."""
        ...


class Notices(Protocol):
    """Where facts of operation are told: one log line each, by its name. A field that is not on the log's list of
    fields is left out.
    """

    def warning(self, event: str, **fields: object) -> None:
        """Tell what a person may want to know now."""
        ...

    def info(self, event: str, **fields: object) -> None:
        """Tell what is to be found later."""
        ...


class DeliveryList(Protocol):
    """Reading many delivery records, for people and for reconciliation."""

    def records(self, tenant: TenantId, status: Status | None = None) -> Iterator[DeliveryRecord]:
        """Give the tenant's records, all or those of one status, in no stated order."""
        ...


class RejectionStore(Protocol):
    """Events that have no delivery record, since no reference or tenant could be had from them."""

    def put(self, rejection: Rejection) -> None:
        """Keep the rejection; the same id again changes nothing."""
        ...

    def rejections(self) -> Iterator[Rejection]:
        """Give all that are kept, in no stated order."""
        ...

    def remove(self, rejection_id: str) -> None:
        """Forget the rejection, after it was redriven."""
        ...


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """A message for a queue: its body, the group that it is to be treated fairly within, and its delay in seconds."""

    body: str
    group: str = ""
    delay_s: int = 0


class Queue(Protocol):
    """A queue to send to."""

    def send(self, messages: Sequence[OutgoingMessage]) -> None:
        """Send every message, any number of them; raises StoreError where one may not have been taken."""
        ...


class Secrets(Protocol):
    """Secrets by their reference."""

    def read(self, reference: SecretReference, *, fresh: bool = False) -> str:
        """Give the secret's value, at most five minutes old, or read anew where `fresh`. Raises SecretError."""
        ...


class RequestBudget(Protocol):
    """How many requests a connection may still make, all its workers on all machines together."""

    def reserve(self, key: str, rate: "RequestRate", patience_s: float) -> float | None:
        """Reserve the next free moment of `key` and give how many seconds it is away; reserve nothing and give None
        where that is longer than `patience_s`. Raises StoreError.
        """
        ...

    def hold(self, key: str, rate: "RequestRate", for_s: float) -> None:
        """Let no request of `key` go for so many seconds. Raises StoreError."""
        ...


class TokenPairs(Protocol):
    """Pairs of OAuth tokens that rotate, one per connection. Every method raises StoreError; no error names a value."""

    def read(self, key: str) -> "StoredPair | None":
        """Give what is stored at this moment; None where there is nothing."""
        ...

    def write(self, key: str, pair: "TokenPair", revision: int) -> bool:
        """Write where the stored pair is of `revision` (0 for none) and say whether it was written."""
        ...


class CustomerClaims(Protocol):
    """Who may make a customer of a ledger, all workers on all machines together. Every method raises StoreError."""

    def read(self, key: str) -> "StoredClaim | None":
        """Give what is stored at this moment; None where there is nothing."""
        ...

    def write(self, key: str, claim: "CustomerClaim", revision: int) -> bool:
        """Write where the stored claim is of `revision` (0 for none) and say whether it was written."""
        ...


class ExtractFiles(Protocol):
    """Where a whole result is kept as a file of JSON Lines."""

    def write(self, name: str, lines: Iterable[str]) -> str:
        """Write one line each under a name of its own that ends in `name`, and give its place: a path or an address
        without any right in it. Raises StoreError; then there is no file.
        """
        ...


class LedgerTarget(Protocol):
    """One connection to one ledger. Never raises for what the ledger or the network does: every answer is a value."""

    def ability(self, account: AccountId) -> AccountAbility | NotApplied | Unknown:
        """Give what the account can do, at most ten minutes old, or why that could not be learned."""
        ...

    def post(self, account: AccountId, entry: Postable, correlation_id: str, onto: Fact | None = None) -> PostOutcome:
        """Write the entry, once. `correlation_id` goes along for the ledger's own log and stays the same on a retry.

        `onto` is what a look-up found and this entry is to replace; only for an account whose ability says `updates`.
        """
        ...

    def find(self, account: AccountId, reference: str) -> FindOutcome:
        """Look the reference up."""
        ...


@runtime_checkable
class LookUps(Protocol):
    """Questions that a mapping asks of a ledger. A target whose collections look things up has this beside its own
    methods. Never raises for what the ledger or the network does.
    """

    def look_up(self, account: AccountId, name: str, argument: str) -> "LookUpAnswer":
        """Answer one question; `domain/look_up.py` has the names and what each argument is. Changes nothing."""
        ...


@runtime_checkable
class ManyLookUps(LookUps, Protocol):
    """A ledger that answers many questions in fewer calls. Never raises for what the ledger or the network does."""

    def look_up_together(self, account: AccountId, questions: "Sequence[LookUp]") -> "Sequence[LookUpAnswer]":
        """Give the answer to each question, in their order."""
        ...


class LedgerTargets(Protocol):
    """The targets of all connections, kept for as long as the connection's settings stay the same."""

    def target_of(self, tenant: TenantId, connection: Connection) -> LedgerTarget:
        """Give the target behind `connection`."""
        ...


class DeliveryJournal(Protocol):
    """Who wants to know what came of each message: the log, the metrics, the local cloud's report."""

    def attempted(self, line: "DeliveryLine") -> None:
        """Note one message of the delivery queue. Must not raise."""
        ...


@dataclass(slots=True, kw_only=True)
class DeliveryLine:
    """The canonical line of one message: every id, number, duration and decision; no amount, name, body or token."""

    result: str
    tenant: str
    route: str
    event_id: str
    connection: str = ""
    account: str = ""
    reference: str = ""
    kind: str = ""
    version: str = ""
    attempt: int = 0
    outcome: str | None = None
    code: str | None = None
    status: int | None = None
    posts: int = 0
    lookups: int = 0
    duration_ms: int = 0
    due_at: str | None = None
    fence: int = 0
    credentials_days: int | None = None
    """Days until the connection's credentials end, where that is known."""
