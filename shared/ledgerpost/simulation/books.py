"""The ledger of a history: what every account holds, by the rules of each target class, and when it can be seen."""

from collections.abc import Callable
from dataclasses import dataclass, field

from ledgerpost.domain.entry import LedgerEntry
from ledgerpost.domain.outcome import LedgerFact, TargetClass
from ledgerpost.simulation.source import Expectation


@dataclass(slots=True)
class Held:
    """An object in the ledger."""

    ledger_id: str
    tenant: str
    account: str
    reference: str
    entry: LedgerEntry
    changed_ms: int

    @property
    def content(self) -> Expectation:
        """What it says, comparable with what it must say."""
        entry = self.entry
        return Expectation(entry.type, entry.money.amount, entry.day, entry.note or "")

    def fact(self) -> LedgerFact:
        """Give it as a look-up answers."""
        entry = self.entry
        return LedgerFact(
            ledger_id=self.ledger_id,
            reference=self.reference,
            type=entry.type,
            amount=entry.money.amount,
            day=entry.day,
            note=entry.note,
        )


Applying = Callable[[Held, Expectation | None], None]
"""Hears of each effect: the object, and what it said before where it was written over."""


@dataclass(slots=True)
class Books:
    """All accounts of all tenants. Upsert writes over the one object of a reference, and any class over the object that
    a post names; else the others only create.
    """

    target_class: TargetClass
    lag_ms: int
    on_effect: Applying
    held: list[Held] = field(default_factory=list)
    posts: list[str] = field(default_factory=list)
    _keys: dict[tuple[str, str, str, str], Held] = field(default_factory=dict)

    def apply(self, tenant: str, account: str, entry: LedgerEntry, now_ms: int, onto: str | None = None) -> Held:
        """Apply a post and give the object; `onto` is the id of the one that it is to replace."""
        self.posts.append(f"{now_ms} {tenant} {account} {entry.reference} {entry.fingerprint()}")
        place = tenant, account, str(entry.reference)
        known = self._known(place, entry) if onto is None else self._by_id(onto)
        if known is None:
            held = Held(f"e{len(self.held) + 1}", *place, entry, now_ms)
            self.held.append(held)
            self._keys[*place, entry.fingerprint()] = held
            self.on_effect(held, None)
            return held
        if known.entry != entry and (onto is not None or self.target_class is TargetClass.UPSERT):
            before, known.entry, known.changed_ms = known.content, entry, now_ms
            self.on_effect(known, before)
        return known

    def _known(self, place: tuple[str, str, str], entry: LedgerEntry) -> Held | None:
        if self.target_class is TargetClass.UPSERT:
            return next(iter(self.of(*place)), None)
        if self.target_class is TargetClass.KEY:
            return self._keys.get((*place, entry.fingerprint()))
        return None

    def _by_id(self, ledger_id: str) -> Held:
        return next(each for each in self.held if each.ledger_id == ledger_id)

    def find(self, tenant: str, account: str, reference: str, now_ms: int) -> list[Held]:
        """Give what a look-up shows: what was applied long enough ago."""
        return [each for each in self.of(tenant, account, reference) if each.changed_ms + self.lag_ms <= now_ms]

    def of(self, tenant: str, account: str, reference: str) -> list[Held]:
        """Give the objects of a reference, seen or not."""
        return [
            each
            for each in self.held
            if each.reference == reference and each.account == account and each.tenant == tenant
        ]

    def digest(self) -> tuple[str, ...]:
        """Give all that is held, as text."""
        return tuple(f"{each.tenant} {each.account} {each.reference} {each.content}" for each in self.held)
