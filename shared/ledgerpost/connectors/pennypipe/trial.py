"""The guide's step 6, "Run a test post": one small real entry, and what to check where it is refused.

Source: seed 000, step 6 and "Common issues and fixes"; pennypipe.md, section 3.6.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from ledgerpost.connectors.pennypipe.problems import advice_on
from ledgerpost.connectors.pennypipe.target import Deleted, PennyPipeTarget
from ledgerpost.domain.entry import LedgerEntry, Reference
from ledgerpost.domain.money import Money
from ledgerpost.domain.outcome import AccountAbility, Applied, NotApplied, PostOutcome, Retry, Unknown
from ledgerpost.domain.route import AccountId, EntryType
from ledgerpost.errors import describe

NOTE = "Test post"
CURRENCY_UNKNOWN = "XXX"
"""ISO 4217's code for no currency: a test post has none of its own, and none goes onto the wire."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestPostPlan:
    """What to post: a positive amount, as typed; the type of the first enabled rule, else credit."""

    __test__ = False  # it is no test, whatever pytest thinks of its name

    account: AccountId
    amount: Decimal
    day: date
    id: UUID
    type: EntryType = EntryType.CREDIT
    clean_up: bool = False

    @property
    def reference(self) -> Reference:
        """`test:<uuid>`: a reference that no approval has."""
        return Reference(f"test:{self.id}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TestPostReport:
    """What came of it. `advice` is what to check, the likeliest first; empty after a success.

    `currency` is the account's, where it is known. `cleaned_up` is None where the entry was to stay, or where there is
    none.
    """

    __test__ = False

    reference: Reference
    outcome: PostOutcome
    currency: str | None = None
    advice: tuple[str, ...] = ()
    cleaned_up: bool | None = None

    @property
    def leaves_an_entry(self) -> bool:
        """Say whether the account now holds, or may hold, a real entry of that amount."""
        return isinstance(self.outcome, Unknown) or (isinstance(self.outcome, Applied) and not self.cleaned_up)


def run_test_post(target: PennyPipeTarget, plan: TestPostPlan) -> TestPostReport:
    """Post the plan's entry once, and delete it again where the plan says so. Never raises."""
    ability = target.ability(plan.account)
    if not isinstance(ability, AccountAbility):
        # Asking changes nothing: whatever the answer was, no entry was posted.
        refused = ability if isinstance(ability, NotApplied) else _nothing_posted(ability)
        return TestPostReport(reference=plan.reference, outcome=refused, advice=_advice(refused))
    outcome = target.post(plan.account, _entry_of(plan, ability.currency), plan.reference)
    if not isinstance(outcome, Applied):
        return TestPostReport(
            reference=plan.reference, outcome=outcome, currency=ability.currency, advice=_advice(outcome)
        )
    cleaned_up = isinstance(target.delete(plan.account, outcome.ledger_id), Deleted) if plan.clean_up else None
    return TestPostReport(reference=plan.reference, outcome=outcome, currency=ability.currency, cleaned_up=cleaned_up)


def _entry_of(plan: TestPostPlan, currency: str | None) -> LedgerEntry:
    return LedgerEntry(
        reference=plan.reference,
        type=plan.type,
        money=Money(plan.amount, currency or CURRENCY_UNKNOWN),
        day=plan.day,
        source_amount=plan.amount,
        rounding=Decimal(0),
        note=NOTE,
    )


def _nothing_posted(unknown: Unknown) -> NotApplied:
    return NotApplied(unknown.code, Retry.LATER, unknown.detail, status=unknown.status)


def _advice(outcome: NotApplied | Unknown) -> tuple[str, ...]:
    return advice_on(outcome.code) or (describe(outcome.code).fix,)
