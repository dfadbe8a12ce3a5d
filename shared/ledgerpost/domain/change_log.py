"""The change log: who did what and when, one entry after the other, each chained to the one before.

Where one entry is altered, dropped or put in between, every digest from there on is another one: whoever kept a head
from an earlier day sees it. An entry names things (a route, a reference, a code) and tells a person's own reason; it
never holds a secret, an amount or anything of a transaction. Source: issue 8, "audit log of every change".
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from ledgerpost.domain.access import Act
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.hash_chain import NO_HEAD, link

FACTS = frozenset(
    {
        "account", "changes", "code", "connection", "count", "day", "file", "first", "key", "last", "period", "reason",
        "reference", "revision", "route", "source", "status", "until", "version",
    }
)  # fmt: skip
"""Every fact that an entry may carry. A name that is not among them is a defect of ours."""

FACT_LENGTH_MAX = 2000
"""Characters of one fact; what is longer is cut, so that an entry always fits into an item of a store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What somebody did, or tried to. `refused` is the code that it was refused with, blank where it was let through.

    `at` is aware and in UTC; `facts` are names of `FACTS` with their values as text.
    """

    tenant: TenantId
    act: Act
    by: str
    at: datetime
    facts: Mapping[str, str]
    refused: str = ""

    def __post_init__(self) -> None:
        strange = set(self.facts) - FACTS
        assert not strange, f"the change log keeps no {', '.join(sorted(strange))}"
        assert self.at.tzinfo is not None, "an instant is aware"


@dataclass(frozen=True, slots=True)
class ChangeEntry:
    """A change in its place in the tenant's chain: `number` counts from 1, `before` is the digest of the entry before
    it (`NO_HEAD` for the first), `digest` stands for this entry and all before it.
    """

    change: Change
    number: int
    before: str
    digest: str


def change_of(
    act: Act, tenant: TenantId, by: str, at: datetime, facts: Mapping[str, str | None], *, refused: str = ""
) -> Change:
    """Give the change; a fact that is None or blank is left out, and one that is too long is cut."""
    kept = {name: value[:FACT_LENGTH_MAX] for name, value in sorted(facts.items()) if value}
    return Change(tenant=tenant, act=act, by=by, at=at, facts=kept, refused=refused)


def next_entry(change: Change, last: ChangeEntry | None) -> ChangeEntry:
    """Give `change` as the entry that follows `last`; None for the first of its tenant. It is never earlier than the
    one before it: two machines' clocks may differ, the order of the chain may not.
    """
    number, before = (1, NO_HEAD) if last is None else (last.number + 1, last.digest)
    placed = change if last is None else replace(change, at=max(change.at, last.change.at))
    return ChangeEntry(placed, number, before, link(before, canonical_change(placed, number)))


def canonical_change(change: Change, number: int) -> str:
    """Give a change in the one form that it is digested in: a JSON object in ASCII, its keys sorted, without blanks."""
    values = {
        "act": change.act.value,
        "at": change.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "by": change.by,
        "facts": dict(change.facts),
        "number": number,
        "refused": change.refused,
        "tenant": change.tenant,
    }
    return json.dumps(values, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """What checking a tenant's chain came to: how many entries hold, the digest of the last of them, and the number of
    the first that does not, None where all do.
    """

    entries: int
    head: str
    broken_at: int | None


def check_chain(entries: Iterable[ChangeEntry], tenant: TenantId) -> ChainCheck:
    """Check the entries of a tenant, given from the first to the last: that each belongs there and stands for what it
    says.
    """
    last: ChangeEntry | None = None
    for entry in entries:
        expected = next_entry(entry.change, last)
        if entry != expected or entry.change.tenant != tenant:
            return ChainCheck(last.number if last else 0, last.digest if last else NO_HEAD, expected.number)
        last = entry
    return ChainCheck(last.number if last else 0, last.digest if last else NO_HEAD, None)
