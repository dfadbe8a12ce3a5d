"""Keeping the change log: nothing is changed that the log does not have.

An act is written before it is done, and where it is refused a second entry says so. So a process that dies in between
leaves an entry too many, never one too few; and where the log cannot be written, nothing is changed.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from ledgerpost.domain.access import Act, Role, may
from ledgerpost.domain.change_log import ChainCheck, Change, ChangeEntry, change_of, check_chain, next_entry
from ledgerpost.domain.event import TenantId
from ledgerpost.errors import LedgerpostError, StoreError, UsageError
from ledgerpost.ports import Clock

RACES_MAX = 10
"""Appends that may lose against others before the log counts as unavailable."""

PAGE = 200
"""Entries of one read of a check."""


class ChangeLog(Protocol):
    """The chains of all tenants, only ever appended to. Every method raises StoreError."""

    def last(self, tenant: TenantId) -> ChangeEntry | None:
        """Give the tenant's last entry as it is at this moment; None where there is none."""
        ...

    def append(self, entry: ChangeEntry) -> ChangeEntry | None:
        """Write `entry` where the tenant's last one is the one that it is chained to, and give None; where it is not,
        write nothing and give the last one.
        """
        ...

    def latest(self, tenant: TenantId, limit: int, before: int | None = None) -> Sequence[ChangeEntry]:
        """Give up to `limit` entries, the latest first, of a lower number than `before` where it is given."""
        ...

    def from_number(self, tenant: TenantId, first: int, limit: int) -> Sequence[ChangeEntry]:
        """Give up to `limit` entries from number `first` on, in their order."""
        ...


@dataclass(frozen=True, slots=True)
class Person:
    """Who acts, and as what: `by` is the name that is kept with everything that they do."""

    by: str
    role: Role


@dataclass(frozen=True, slots=True)
class ActPorts:
    """What every act of a person needs."""

    changes: ChangeLog
    clock: Clock


def require(person: Person, act: Act) -> None:
    """Raise UsageError(not_allowed) where the person's role may not do `act`."""
    if not may(person.role, act):
        raise UsageError("not_allowed", f"A {person.role} may not {act.value.replace('_', ' ')}.")


@contextmanager
def acting(person: Person, act: Act, tenant: TenantId, ports: ActPorts, **facts: str | int | None) -> Iterator[None]:
    """Let the person do `act` inside, if their role may, with an entry in the change log before it.

    Raises UsageError(not_allowed), which is kept in the log as well, and StoreError where the log cannot be written;
    nothing was done then. What the act itself raises is kept as a refusal and goes on.
    """
    assert act.changes, f"{act} changes nothing"
    texts = {name: None if value is None else str(value) for name, value in facts.items()}
    try:
        require(person, act)
    except UsageError as error:
        keep(change_of(act, tenant, person.by, ports.clock.now(), texts, refused=error.code), ports.changes)
        raise
    keep(change_of(act, tenant, person.by, ports.clock.now(), texts), ports.changes)
    try:
        yield
    except LedgerpostError as error:
        keep(change_of(act, tenant, person.by, ports.clock.now(), texts, refused=error.code), ports.changes)
        raise


def keep(change: Change, log: ChangeLog) -> ChangeEntry:
    """Append the change to its tenant's chain, and give its entry. Raises StoreError."""
    last = log.last(change.tenant)
    for _ in range(RACES_MAX):
        entry = next_entry(change, last)
        last = log.append(entry)
        if last is None:
            return entry
    raise StoreError("store_unavailable", "The change log grew with every try; nothing was changed.")


def check(tenant: TenantId, log: ChangeLog) -> ChainCheck:
    """Read the tenant's whole chain and check it. Raises StoreError."""
    return check_chain(_all_entries(tenant, log), tenant)


def _all_entries(tenant: TenantId, log: ChangeLog) -> Iterator[ChangeEntry]:
    number = 1
    while page := log.from_number(tenant, number, PAGE):
        yield from page
        number += len(page)
