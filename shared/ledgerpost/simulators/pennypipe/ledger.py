"""The books: accounts, tags and entries in memory. Pure state; knows no HTTP and no token.

Source: reference/pennypipe.md §3.2. An upsert replaces the whole entry, keeps its id and adds one to its version; the
key is (account, referenceId), so two accounts with the same reference are unrelated.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from ledgerpost.simulators.pennypipe.counts import Effect
from ledgerpost.simulators.pennypipe.custom_fields import FieldValue, checked_values
from ledgerpost.simulators.pennypipe.problems import FieldError, account_not_found, entry_not_found, unprocessable
from ledgerpost.simulators.pennypipe.settings import AccountSettings, FieldDefinition
from ledgerpost.simulators.pennypipe.validation import EntryDraft


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag, spelled as it was first written; its name is unique without regard to case."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One ledger entry. `sequence` rises with creation; `created_at_s` is a reading of the ledger's clock."""

    id: str
    account_id: str
    currency: str
    reference_id: str | None
    version: int
    sequence: int
    created_at_s: float
    type: str
    amount: Decimal
    date: str
    note: str | None
    tag_names: tuple[str, ...]
    values: tuple[tuple[str, FieldValue], ...]

    def same_content(self, other: "Entry") -> bool:
        """Whether both say the same: amounts as numbers, tags and values in any order."""
        return (
            (self.type, self.amount, self.date, self.note) == (other.type, other.amount, other.date, other.note)
            and set(self.tag_names) == set(other.tag_names)
            and dict(self.values) == dict(other.values)
        )

    def document(self) -> dict[str, Any]:
        """The entry as the API answers it; the amount is decimal text, as it was sent."""
        return {
            "id": self.id,
            "accountId": self.account_id,
            "referenceId": self.reference_id,
            "version": self.version,
            "type": self.type,
            "amount": format(self.amount, "f"),
            "currency": self.currency,
            "date": self.date,
            "note": self.note,
            "tagNames": list(self.tag_names),
            "customFieldValues": [{"fieldDefinitionId": key, "value": value} for key, value in self.values],
        }


@dataclass(frozen=True, slots=True)
class Page:
    """Entries in order of creation; `next_after` is the sequence to go on from, None at the end."""

    entries: tuple[Entry, ...]
    next_after: int | None


@dataclass(slots=True)
class Account:
    """One account and its books."""

    id: str
    name: str
    currency: str
    fields: Mapping[str, FieldDefinition]
    allowed_clients: set[str]
    first_tags: tuple[str, ...] = ()
    tags: dict[str, Tag] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    by_reference: dict[str, list[str]] = field(default_factory=dict)
    created: list[str] = field(default_factory=list)

    def live(self, reference_id: str) -> list[Entry]:
        """The entries of one reference, oldest first."""
        return [self.entries[entry_id] for entry_id in self.by_reference.get(reference_id, ())]

    def entry(self, entry_id: str) -> Entry:
        """The entry of this id. Raises 404 `entry_not_found`."""
        entry = self.entries.get(entry_id.lower())
        if entry is None:
            raise entry_not_found(entry_id)
        return entry


@dataclass(frozen=True, slots=True)
class Applied:
    """An entry as it stands after a write, and what the write did."""

    entry: Entry
    effect: Effect


class Ledger:
    """All accounts. One thread at a time: each call is whole before the next, so a reference has one row."""

    def __init__(self, *, clock_s: Callable[[], float], new_id: Callable[[], str], upsert: bool) -> None:
        self.upsert = upsert
        self._clock_s = clock_s
        self._new_id = new_id
        self._accounts: dict[str, Account] = {}

    def add(self, settings: AccountSettings) -> Account:
        """Open an account, or open it anew with empty books if there is one of that id."""
        account = Account(
            id=settings.id,
            name=settings.name,
            currency=settings.currency,
            fields={definition.id.lower(): definition for definition in settings.fields},
            allowed_clients=set(settings.oauth_clients),
            first_tags=settings.tags,
        )
        self._open_tags(account)
        self._accounts[settings.id.lower()] = account
        return account

    def clear(self) -> None:
        """Empty the books of every account; accounts, fields and allow-lists stay."""
        for account in self._accounts.values():
            for books in (account.tags, account.entries, account.by_reference, account.created):
                books.clear()
            self._open_tags(account)

    def account(self, account_id: str) -> Account:
        """The account of this id, without regard to case. Raises 404 `account_not_found`."""
        account = self._accounts.get(account_id) or self._accounts.get(account_id.lower())
        if account is None:
            raise account_not_found(f"no account '{account_id[:200]}'")
        return account

    def post(self, account: Account, draft: EntryDraft, *, create_missing_tags: bool, path: str) -> Applied:
        """Create the entry, or replace the one of its reference. All or nothing.

        Raises 422 `field_definition_unknown`, `validation`, `field_value_type` or `tag_missing`. Should a reference
        have several entries, because upserts were off when they came, the latest one is replaced.
        """
        values = checked_values(draft.values, account.fields, path)
        tag_names = self._tag_names(account, draft.tag_names, create=create_missing_tags, path=path)
        ids = account.by_reference.get(draft.reference_id) if self.upsert and draft.reference_id is not None else None
        previous = account.entries[ids[-1]] if ids else None
        entry = Entry(
            id=previous.id if previous else self._new_id(),
            account_id=account.id,
            currency=account.currency,
            reference_id=draft.reference_id,
            version=previous.version + 1 if previous else 1,
            sequence=previous.sequence if previous else len(account.created),
            created_at_s=previous.created_at_s if previous else self._clock_s(),
            type=draft.type,
            amount=draft.amount,
            date=draft.date,
            note=draft.note,
            tag_names=tag_names,
            values=values,
        )
        account.entries[entry.id] = entry
        if previous is not None:
            return Applied(entry, Effect.UNCHANGED if entry.same_content(previous) else Effect.UPDATED)
        account.created.append(entry.id)
        if entry.reference_id is not None:
            account.by_reference.setdefault(entry.reference_id, []).append(entry.id)
        return Applied(entry, Effect.CREATED)

    def delete(self, account: Account, entry_id: str) -> None:
        """Take an entry out of the books. Raises 404 `entry_not_found`."""
        entry = account.entry(entry_id)
        del account.entries[entry.id]
        if entry.reference_id is not None:
            ids = account.by_reference[entry.reference_id]
            ids.remove(entry.id)
            if not ids:
                del account.by_reference[entry.reference_id]

    def find(self, account: Account, reference_id: str, *, lag_s: float) -> tuple[list[Entry], int]:
        """The entries of a reference that are at least `lag_s` old, oldest first, and how many are too young."""
        entries = account.live(reference_id)
        if not lag_s:
            return entries, 0
        latest_s = self._clock_s() - lag_s
        seen = [entry for entry in entries if entry.created_at_s <= latest_s]
        return seen, len(entries) - len(seen)

    def page(self, account: Account, *, after: int, limit: int) -> Page:
        """At most `limit` entries created after sequence `after` (-1 for the first page).

        Source: reference/pennypipe.md §3.3. What is created or deleted between two pages moves no entry across one.
        """
        entries: list[Entry] = []
        for sequence in range(after + 1, len(account.created)):
            entry = account.entries.get(account.created[sequence])
            if entry is None:
                continue
            if len(entries) == limit:
                return Page(tuple(entries), entries[-1].sequence)
            entries.append(entry)
        return Page(tuple(entries), None)

    def all_entries(self) -> Iterator[Entry]:
        """Every entry of every account, as they stand now."""
        for account in list(self._accounts.values()):
            yield from list(account.entries.values())

    def duplicates(self) -> int:
        """The number of (account, referenceId) with more than one entry."""
        return sum(len(ids) > 1 for account in self._accounts.values() for ids in account.by_reference.values())

    def size(self) -> int:
        """The number of entries in all accounts."""
        return sum(len(account.entries) for account in self._accounts.values())

    def _open_tags(self, account: Account) -> None:
        for name in account.first_tags:
            account.tags.setdefault(name.casefold(), Tag(self._new_id(), name))

    def _tag_names(self, account: Account, names: tuple[str, ...], *, create: bool, path: str) -> tuple[str, ...]:
        missing = [index for index, name in enumerate(names) if name.casefold() not in account.tags]
        if missing and not create:
            errors = [FieldError(f"{path}.tagNames[{i}]", f"no tag '{names[i]}' on this account") for i in missing]
            raise unprocessable("tag_missing", errors)
        for index in missing:
            account.tags.setdefault(names[index].casefold(), Tag(self._new_id(), names[index]))
        return tuple(dict.fromkeys(account.tags[name.casefold()].name for name in names))
