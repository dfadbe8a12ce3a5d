"""Quillbook as a ledger target (port LedgerTarget). Source of every fact of the wire: sheet.md beside this file."""

import hashlib
import json
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx

from ledgerpost.connectors.authorized import AuthorizedSender
from ledgerpost.connectors.building import Building
from ledgerpost.connectors.fields import amount_of, text_of
from ledgerpost.connectors.http import HttpAnswer, common_headers, correlation_header, read_json
from ledgerpost.connectors.refusals import Refusals, Said, unreadable
from ledgerpost.connectors.translation import Meaning
from ledgerpost.domain.document import LedgerDocument, Postable
from ledgerpost.domain.entry import LedgerEntry
from ledgerpost.domain.outcome import (
    AccountAbility,
    Applied,
    Fact,
    FindOutcome,
    Found,
    LedgerFact,
    NotApplied,
    PostOutcome,
    Retry,
    TargetClass,
    Unknown,
)
from ledgerpost.domain.route import AccountId, EntryType
from ledgerpost.ports import Clock

ABILITY_KEPT = timedelta(minutes=10)
BOOKS_MAX = 1000
"""Books whose ability is kept at a time."""

READ_TOTAL_S = 10.0
"""The time of one question: a claim's lease has to outlast look-up and post."""


def _read(document: dict[str, Any]) -> Said:
    """Give the code and the words of Quillbook's error object. Source: sheet, section 5."""
    error = document.get("error")
    said = error if isinstance(error, dict) else {}
    code, message = said.get("code"), said.get("message")
    return Said(code if isinstance(code, str) else "", message if isinstance(message, str) else "")


REFUSALS = Refusals(read=_read, problems={(409, "book_busy"): Meaning("concurrent_update", Retry.LATER)})
"""Only what is finer than the status; the other codes of section 5 say the same as theirs."""


class QuillbookTarget:
    """One Quillbook connection. Safe to share between threads. Never raises for what the ledger or the network does."""

    def __init__(self, base_url: str, sender: AuthorizedSender, clock: Clock) -> None:
        self._base_url = base_url
        self._sender = sender
        self._clock = clock
        self._abilities: dict[AccountId, tuple[AccountAbility, datetime]] = {}

    def ability(self, account: AccountId) -> AccountAbility | NotApplied | Unknown:
        """Give what the book can do, asked at most every ten minutes."""
        now = self._clock.now()
        kept = self._abilities.get(account)
        if kept is not None and now < kept[1]:
            return kept[0]
        answer = self._get(account)
        if not isinstance(answer, HttpAnswer):
            return answer
        ability = ability_of(read_json(answer), account) if answer.status == 200 else None
        if ability is None:
            return self._outcome_of(answer)
        if len(self._abilities) >= BOOKS_MAX:
            self._abilities.clear()
        self._abilities[account] = (ability, now + ABILITY_KEPT)
        return ability

    def post(
        self,
        account: AccountId,
        entry: Postable,
        correlation_id: str,
        onto: Fact | None = None,  # noqa: ARG002 - Quillbook's entries cannot be changed
    ) -> PostOutcome:
        """Write the entry, once; only after a 401 it is sent again, with a new token."""
        if isinstance(entry, LedgerDocument):
            return NotApplied("document_unsupported", Retry.NEVER, "Quillbook takes entries, not documents.")
        url = self._url(account, "/entries")
        if isinstance(url, NotApplied):
            return url
        body = body_of(entry)
        headers = [
            *common_headers(url),
            (b"Content-Type", b"application/json"),
            (b"Content-Length", b"%d" % len(body)),
            (b"Idempotency-Key", key_of(entry)),
            correlation_header(correlation_id),
        ]
        answer = self._sender.send("POST", url, headers, body, deadline=self._sender.deadline())
        if not isinstance(answer, HttpAnswer):
            return answer
        if answer.status in (200, 201) and answer.body is not None:
            return applied_of(read_json(answer), entry.reference, answer.status) or unreadable(answer.status)
        return self._outcome_of(answer)

    def find(self, account: AccountId, reference: str) -> FindOutcome:
        """Look the reference up."""
        answer = self._get(account, "/entries", f"externalId={quote(reference, safe='')}")
        if not isinstance(answer, HttpAnswer):
            return answer
        facts = facts_of(read_json(answer, exact=True), reference) if answer.status == 200 else None
        return self._outcome_of(answer) if facts is None else Found(facts)

    def _get(self, account: AccountId, path: str = "", query: str = "") -> HttpAnswer | NotApplied | Unknown:
        url = self._url(account, path, query)
        if isinstance(url, NotApplied):
            return url
        return self._sender.send("GET", url, common_headers(url), deadline=self._sender.deadline(READ_TOTAL_S))

    def _url(self, account: AccountId, path: str = "", query: str = "") -> httpx.URL | NotApplied:
        """Give the address; the book's id is one segment of it, and leads to no other book's path."""
        none = NotApplied("account_not_found", Retry.NEVER, "The book's id or the base URL makes no address.")
        if account in ("", ".", ".."):
            return none
        asked = f"?{query}" if query else ""
        try:
            return httpx.URL(f"{self._base_url}/v1/books/{quote(account, safe='', errors='replace')}{path}{asked}")
        except httpx.InvalidURL:
            return none

    def _outcome_of(self, answer: HttpAnswer) -> NotApplied | Unknown:
        return REFUSALS.outcome_of(answer, now=self._clock.now(), secrets=self._sender.secret_values())


def quillbook(building: Building) -> QuillbookTarget:
    """Give the target behind a connection: what the registry calls."""
    return QuillbookTarget(building.base_url, building.authorized(), building.clock)


def body_of(entry: LedgerEntry) -> bytes:
    """Give the entry as Quillbook's JSON; the amount is decimal text, so that no reader makes a float of it."""
    content = {
        "externalId": entry.reference,
        "side": entry.type.value,
        "amount": f"{entry.money.amount:f}",
        "bookedOn": entry.day.isoformat(),
    }
    if entry.note:
        content["text"] = entry.note
    return json.dumps(content, ensure_ascii=False).encode("utf-8", errors="replace")


def key_of(entry: LedgerEntry) -> bytes:
    """Give the idempotency key: of the reference, so that no retry and no second event makes a second entry."""
    return hashlib.sha256(entry.reference.encode("utf-8", errors="replace")).hexdigest().encode()


def ability_of(document: Any, account: AccountId) -> AccountAbility | None:
    """Read a book. One that says nothing of keys is searched before each post. Source: sheet, section 2."""
    if not isinstance(document, dict) or document.get("id") != account:
        return None
    currency = document.get("currency")
    if not isinstance(currency, str):
        return None
    keyed = document.get("remembersKeys") is True
    return AccountAbility(TargetClass.KEY if keyed else TargetClass.LOOK_UP, currency)


def applied_of(document: Any, reference: str, status: int) -> Applied | None:
    """Read the answer to a post. One that speaks of another reference is no answer to this post."""
    if not isinstance(document, dict) or document.get("externalId") != reference:
        return None
    ledger_id = document.get("id")
    return Applied(ledger_id, created=status == 201) if isinstance(ledger_id, str) and ledger_id else None


def facts_of(document: Any, reference: str) -> tuple[LedgerFact, ...] | None:
    """Read a list, passing over other references; one entry that cannot be read spoils it, for it may be ours."""
    try:
        return tuple(_fact_of(item) for item in document["entries"] if item["externalId"] == reference)
    except (KeyError, TypeError, ValueError):
        return None


def _fact_of(item: Any) -> LedgerFact:
    text = item["text"]
    return LedgerFact(
        ledger_id=text_of(item["id"]),
        reference=text_of(item["externalId"]),
        type=EntryType(item["side"]),
        amount=amount_of(item["amount"]),
        day=date.fromisoformat(text_of(item["bookedOn"])),
        note=None if text is None else text_of(text),
    )
