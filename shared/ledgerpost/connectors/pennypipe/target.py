"""PennyPipe as a ledger target (port LedgerTarget), and what the guide's steps 5 and 6 ask of it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import httpx

from ledgerpost.connectors.authorized import AuthorizedSender
from ledgerpost.connectors.http import (
    HttpAnswer,
    RawHeaders,
    common_headers,
    correlation_header,
    read_json,
)
from ledgerpost.connectors.pennypipe.answers import (
    FieldDefinition,
    Tag,
    ability_of,
    applied_of,
    fact_of,
    field_of,
    is_of_reference,
    page_of,
    tag_of,
)
from ledgerpost.connectors.pennypipe.bodies import body_of
from ledgerpost.connectors.pennypipe.paths import AccountUrls, PennyPipePaths, urls_of
from ledgerpost.connectors.pennypipe.problems import REFUSALS
from ledgerpost.connectors.refusals import unreadable
from ledgerpost.domain.document import LedgerDocument, Postable
from ledgerpost.domain.outcome import AccountAbility, Fact, FindOutcome, Found, NotApplied, PostOutcome, Retry, Unknown
from ledgerpost.domain.route import AccountId
from ledgerpost.ports import Clock

ABILITY_KEPT = timedelta(minutes=10)
READ_TOTAL_S = 10.0
"""The time of one look-up, all its pages together: a claim's lease has to outlast look-up and post."""

PAGES_MAX = 20
ACCOUNTS_MAX = 10_000
"""Accounts whose URLs and ability are kept at a time."""

WITHHELD_LENGTH_MIN = 4
"""Values of the entry that are this long are masked where the ledger echoes them; shorter ones are mere syllables."""

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Deleted:
    """The ledger no longer holds the entry."""


@dataclass(slots=True)
class _Account:
    """What is known of one account: its URLs, the headers of its calls, its ability and until when that holds."""

    urls: AccountUrls
    post_headers: RawHeaders
    read_headers: RawHeaders
    ability: AccountAbility | None = None
    ability_until: datetime | None = None


class PennyPipeTarget:
    """One PennyPipe connection. Safe to share between threads. Never raises for what the ledger or the network does."""

    def __init__(
        self, base_url: str, sender: AuthorizedSender, clock: Clock, paths: PennyPipePaths | None = None
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._sender = sender
        self._clock = clock
        self._paths = paths or PennyPipePaths()
        self._accounts: dict[AccountId, _Account] = {}

    def ability(self, account: AccountId) -> AccountAbility | NotApplied | Unknown:
        """Give what the account can do, asked at most every ten minutes."""
        known = self._account(account)
        if isinstance(known, NotApplied):
            return known
        now = self._clock.now()
        if known.ability is not None and known.ability_until is not None and now < known.ability_until:
            return known.ability
        deadline = self._sender.deadline(READ_TOTAL_S)
        answer = self._sender.send("GET", known.urls.account, known.read_headers, deadline=deadline)
        if not isinstance(answer, HttpAnswer):
            return answer
        ability = ability_of(read_json(answer), account) if answer.status == 200 else None
        if ability is None:
            return self._outcome_of(answer)
        known.ability, known.ability_until = ability, now + ABILITY_KEPT
        return ability

    def post(
        self,
        account: AccountId,
        entry: Postable,
        correlation_id: str,
        onto: Fact | None = None,  # noqa: ARG002 - PennyPipe finds what it updates by itself
    ) -> PostOutcome:
        """Create or update the entry, once; only after a 401 it is sent again, with a new token."""
        if isinstance(entry, LedgerDocument):
            return NotApplied("document_unsupported", Retry.NEVER, "PennyPipe takes entries, not documents.")
        known = self._account(account)
        if isinstance(known, NotApplied):
            return known
        body = body_of(entry)
        headers = [*known.post_headers, correlation_header(correlation_id), (b"Content-Length", b"%d" % len(body))]
        answer = self._sender.send("POST", known.urls.entries, headers, body, deadline=self._sender.deadline())
        if not isinstance(answer, HttpAnswer):
            return answer
        if answer.status in (200, 201) and answer.body is not None:
            applied = applied_of(read_json(answer), account, entry.reference, answer.status)
            return applied or unreadable(answer.status)
        values = (entry.note or "", *(value for _, value in entry.custom_fields))
        return self._outcome_of(answer, tuple(value for value in values if len(value) >= WITHHELD_LENGTH_MIN))

    def find(self, account: AccountId, reference: str) -> FindOutcome:
        """Look the reference up. Entries of another reference are passed over: a ledger may not know the filter."""
        known = self._account(account)
        if isinstance(known, NotApplied):
            return known

        def page(cursor: str | None) -> httpx.URL:
            return known.urls.entries_of(reference, cursor)

        items = self._items(known, page)
        if not isinstance(items, list):
            return items
        facts = _each(fact_of, [item for item in items if is_of_reference(item, reference)])
        return Found(facts) if isinstance(facts, tuple) else facts

    def fields(self, account: AccountId) -> tuple[FieldDefinition, ...] | NotApplied | Unknown:
        """Give the account's field definitions, for the guide's step 5."""
        known = self._account(account)
        if isinstance(known, NotApplied):
            return known
        items = self._items(known, lambda cursor: _with_cursor(known.urls.fields, cursor))
        return _each(field_of, items) if isinstance(items, list) else items

    def tags(self, account: AccountId) -> tuple[Tag, ...] | NotApplied | Unknown:
        """Give the account's tags."""
        known = self._account(account)
        if isinstance(known, NotApplied):
            return known
        items = self._items(known, lambda cursor: _with_cursor(known.urls.tags, cursor))
        return _each(tag_of, items) if isinstance(items, list) else items

    def delete(self, account: AccountId, ledger_id: str) -> Deleted | NotApplied | Unknown:
        """Delete one entry: only ever the one that a test post left."""
        known = self._account(account)
        if isinstance(known, NotApplied):
            return known
        try:
            url = known.urls.entry(ledger_id)
        except httpx.InvalidURL:
            return NotApplied("account_not_found", Retry.NEVER, "The entry's id is none.")
        answer = self._sender.send("DELETE", url, known.read_headers, deadline=self._sender.deadline(READ_TOTAL_S))
        if not isinstance(answer, HttpAnswer):
            return answer
        return Deleted() if answer.status in (200, 204) else self._outcome_of(answer)

    def _account(self, account: AccountId) -> _Account | NotApplied:
        known = self._accounts.get(account)
        if known is not None:
            return known
        try:
            urls = urls_of(self._base_url, account, self._paths)
        except httpx.InvalidURL:
            return NotApplied("account_not_found", Retry.NEVER, "The account id or the base URL makes no address.")
        common = common_headers(urls.account)
        if len(self._accounts) >= ACCOUNTS_MAX:
            self._accounts.clear()
        known = _Account(urls, [*common, (b"Content-Type", b"application/json")], common)
        return self._accounts.setdefault(account, known)

    def _items(self, known: _Account, url_of: Callable[[str | None], httpx.URL]) -> list[Any] | NotApplied | Unknown:
        """Read a list to its end, up to twenty pages within one deadline; a part of it is no answer."""
        deadline = self._sender.deadline(READ_TOTAL_S)
        items: list[Any] = []
        cursor: str | None = None
        for _ in range(PAGES_MAX):
            answer = self._sender.send("GET", url_of(cursor), known.read_headers, deadline=deadline)
            if not isinstance(answer, HttpAnswer):
                return answer
            page = page_of(read_json(answer, exact=True)) if answer.status == 200 else None
            if page is None:
                return self._outcome_of(answer)
            items += page[0]
            cursor = page[1]
            if cursor is None:
                return items
        return unreadable(200, f"The list did not end within {PAGES_MAX} pages.")

    def _outcome_of(self, answer: HttpAnswer, withheld: tuple[str, ...] = ()) -> NotApplied | Unknown:
        secrets = self._sender.secret_values()
        return REFUSALS.outcome_of(answer, now=self._clock.now(), secrets=secrets, withheld=withheld)


def _with_cursor(url: httpx.URL, cursor: str | None) -> httpx.URL:
    return url if cursor is None else url.copy_merge_params({"cursor": cursor})


def _each(read: Callable[[Any], Item | None], items: list[Any]) -> tuple[Item, ...] | Unknown:
    """Read every item; one that cannot be read spoils the answer, for it may be the one that is looked for."""
    found = tuple(item for raw in items if (item := read(raw)) is not None)
    return found if len(found) == len(items) else unreadable(200)
