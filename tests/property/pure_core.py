"""Strategies over the pure core, and a world of one record: offers, wake-up calls, outcomes and people's choices."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import strategies as st

from ledgerpost.domain.claim import Answer, Claim, Put, first_record, offer, wake
from ledgerpost.domain.decision import RetryPolicy, decide
from ledgerpost.domain.delivery import DeliveryKey, DeliveryRecord, Status, Work
from ledgerpost.domain.entry import Fingerprint, LedgerEntry, Reference
from ledgerpost.domain.event import EventId, EventKind, TenantId
from ledgerpost.domain.money import Money
from ledgerpost.domain.outcome import Applied, NotApplied, PostOutcome, Retry, TargetClass, Unknown
from ledgerpost.domain.route import AccountId, ConnectionId, EntryType, RouteId
from ledgerpost.domain.version import SourceVersion, Version

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LEASE = timedelta(seconds=90)
KEY = DeliveryKey(TenantId("acme"), ConnectionId("main"), AccountId("a"), Reference("536365"))
POLICY = RetryPolicy()

REVISIONS = st.integers(min_value=0, max_value=6)
CLASSES = st.sampled_from(TargetClass)


def version_of(revision: int, route_revision: int = 1) -> Version:
    """Give a version whose time of approval follows its revision, as a source's does."""
    return Version(SourceVersion(NOW - timedelta(days=30 - revision), revision), route_revision)


def entry_of(pence: int) -> LedgerEntry:
    amount = Decimal(pence).scaleb(-2)
    return LedgerEntry(
        reference=KEY.reference,
        type=EntryType.CREDIT,
        money=Money(amount, "GBP"),
        day=date(2010, 12, 1),
        source_amount=amount,
        rounding=Decimal(0),
    )


def work_of(revision: int, pence: int, *, route_revision: int = 1, code: str = "zero_amount") -> Work:
    """Give the work of a version; of zero pence it makes no entry, for the reason `code`."""
    entry = entry_of(pence) if pence else None
    return Work(
        key=KEY,
        route=RouteId("sales"),
        kind=EventKind.SALE_DOCUMENT,
        event_id=EventId(f"event-{revision}-{pence}"),
        version=version_of(revision, route_revision),
        source="{}",
        entry=entry,
        fingerprint=entry.fingerprint() if entry else Fingerprint(""),
        code=None if pence else code,
    )


applied = st.builds(Applied, st.just("entry-1"), st.booleans())
refused = st.builds(
    NotApplied,
    st.sampled_from(["rate_limited", "ledger_unavailable", "entry_refused"]),
    st.sampled_from(Retry),
    retry_after_s=st.none() | st.floats(min_value=0, max_value=10**9),
)
unknown = st.builds(Unknown, st.sampled_from(["reply_lost", "ledger_failed"]))
OUTCOMES: st.SearchStrategy[PostOutcome] = st.one_of(applied, refused, unknown)


@dataclass
class World:
    """One record and what was done to it. Every change passes here, so its rules are checked once."""

    record: DeliveryRecord | None = None
    now: datetime = NOW
    history: list[DeliveryRecord] = field(default_factory=list)
    highest: Version | None = None

    def put(self, record: DeliveryRecord) -> None:
        """Make the write, as the store would."""
        self.record = record
        self.history.append(record)

    def offer(self, work: Work) -> Answer:
        """Bring an approval; make the write that it asks for."""
        if self.highest is None or work.version.compare(self.highest) > 0:
            self.highest = work.version
        answer = (
            first_record(work, self.now, LEASE) if self.record is None else offer(self.record, work, self.now, LEASE)
        )
        return self._written(answer)

    def wake(self, work: Work) -> Answer:
        """Bring a wake-up call for the record that is there."""
        assert self.record is not None
        return self._written(wake(self.record, work, self.now, LEASE))

    def _written(self, answer: Answer) -> Answer:
        if isinstance(answer, Claim | Put):
            assert answer.expected == (None if self.record is None else self.record.expected)
            self.put(answer.record)
        return answer

    def post(self, outcome: PostOutcome, target_class: TargetClass = TargetClass.UPSERT) -> None:
        """End the claim in flight with an outcome."""
        assert self.record is not None
        self.put(decide(self.record, outcome, target_class, POLICY, self.now).record)

    def deliver(self, work: Work, outcome: PostOutcome) -> Answer:
        """Bring an approval and, where it is claimed, post it."""
        answer = self.offer(work)
        if isinstance(answer, Claim):
            self.post(outcome)
        return answer

    def pass_time(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


def record_in(status: Status, **changes: object) -> DeliveryRecord:
    """Give a claimed record put into `status` with the given fields, past the transition table."""
    claim = first_record(work_of(1, 100), NOW, LEASE)
    given: dict[str, object] = {"status": status, "lease_until": None}
    if status is Status.IN_FLIGHT:
        given["lease_until"] = NOW + LEASE
    return replace(claim.record, **(given | changes))  # type: ignore[arg-type]
