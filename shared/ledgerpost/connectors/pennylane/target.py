"""Pennylane as a ledger target (port LedgerTarget), of the class look-up: it has no idempotency, so it is searched.

An account of a route is either the number of a ledger account, such as 706000, or `customer_invoices`. To the first go
entries and documents of the form `pennylane.ledgerEntry`, with the reference as `piece_number`; to the second documents
of the form `pennylane.invoice`, with the reference as `external_reference`. Of a closed day the first takes the
journal, the second the sales and the refunds (`day_documents`). What was posted is never written over: invoices become
immutable, and a ledger entry is corrected by another one.

Source: pennylane sheet, sections 5.1, 5.10 and 6; http-conventions, section 2.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from ledgerpost.connectors.pennylane.calls import PennylaneCalls
from ledgerpost.connectors.pennylane.day_documents import (
    DAY_INVOICE_FORMS,
    day_invoice,
    is_day_invoice,
    refuse_without_place,
)
from ledgerpost.connectors.pennylane.entries import (
    ENTRY_FORMS,
    INVOICE_FORM,
    LEDGER_ENTRY_FORM,
    EntryPlan,
    FormError,
    account_ids_of,
    document_plan,
    entry_fact,
    entry_plan,
    invoice_body,
    invoice_fact,
    is_invoice_of,
    ledger_entry_body,
)
from ledgerpost.connectors.pennylane.filters import Filter, filter_text
from ledgerpost.connectors.pennylane.journal import JournalIndex
from ledgerpost.connectors.pennylane.problems import PennylaneError, names_the_reference, unreadable
from ledgerpost.domain.company_pennylane import PENNYLANE_INVOICES
from ledgerpost.domain.document import LedgerDocument, Postable
from ledgerpost.domain.entry import LedgerEntry
from ledgerpost.domain.outcome import (
    AccountAbility,
    Applied,
    Fact,
    FindOutcome,
    Found,
    NotApplied,
    PostOutcome,
    Retry,
    TargetClass,
    Unknown,
)
from ledgerpost.domain.route import AccountId
from ledgerpost.ports import Clock

INVOICES: Final = PENNYLANE_INVOICES
ABILITY_KEPT: Final = timedelta(minutes=10)
ACCOUNTS_MAX: Final = 10_000
PAGES_MAX: Final = 20
"""Pages of one document's lines, a hundred each: more than a day's document has."""

BOOKS_CURRENCY: Final = "EUR"
"""Pennylane keeps its books in euro. Source: pennylane sheet, section 5, "Common rules"."""


@dataclass(frozen=True, slots=True)
class EntryOptions:
    """Where ledger entries go: the journal, and the number of the account that balances them."""

    journal: int | None
    counter_account: str


class PennylaneTarget:
    """One Pennylane connection. Safe to share between threads. Never raises for what Pennylane or the network does."""

    def __init__(self, calls: PennylaneCalls, clock: Clock, entries: EntryOptions) -> None:
        self._calls = calls
        self._clock = clock
        self._entries = entries
        self._abilities: dict[AccountId, tuple[AccountAbility, datetime]] = {}
        self._account_ids: dict[str, int] = {}
        self._journal = JournalIndex(calls, entries.journal) if entries.journal is not None else None

    def ability(self, account: AccountId) -> AccountAbility | NotApplied | Unknown:
        """Give what the account can do, asked at most every ten minutes."""
        kept = self._abilities.get(account)
        now = self._clock.now()
        if kept is not None and now < kept[1]:
            return kept[0]
        ability = self._invoices_ability() if account == INVOICES else self._account_ability(account)
        if isinstance(ability, AccountAbility):
            if len(self._abilities) >= ACCOUNTS_MAX:
                self._abilities.clear()
            self._abilities[account] = (ability, now + ABILITY_KEPT)
        return ability

    def post(self, account: AccountId, entry: Postable, correlation_id: str, onto: Fact | None = None) -> PostOutcome:
        """Create the entry or the document, once."""
        if onto is not None:
            return NotApplied("update_unsupported", Retry.NEVER, "Pennylane's entries are not written over.")
        try:
            path, body = self._request(account, entry)
        except FormError as error:
            return NotApplied(error.code, Retry.NEVER, error.sentence)
        except PennylaneError as error:
            return _not_sent(error)
        answer = self._calls.write("POST", path, body, correlation_id=correlation_id)
        if isinstance(answer, NotApplied) and answer.status == 422 and names_the_reference(answer):
            # Another worker was faster, or a look-up did not show it yet: the next attempt finds it.
            return Unknown("reply_lost", answer.detail, answer.status)
        if isinstance(answer, NotApplied | Unknown):
            return answer
        ledger_id = answer.get("id") if isinstance(answer, dict) else None
        if not isinstance(ledger_id, int) or isinstance(ledger_id, bool) or not _echoes(answer, entry.reference):
            return unreadable(201)
        return Applied(str(ledger_id), created=True)

    def find(self, account: AccountId, reference: str) -> FindOutcome:
        """Look the reference up: invoices by their external reference, entries in the journal."""
        try:
            return self._find_invoice(reference) if account == INVOICES else self._find_entry(account, reference)
        except PennylaneError as error:
            return error.outcome or _not_sent(error)

    def _request(self, account: AccountId, entry: Postable) -> tuple[str, dict[str, Any]]:
        if isinstance(entry, LedgerDocument):
            refuse_without_place(entry.form)
            if entry.form == INVOICE_FORM or entry.form in DAY_INVOICE_FORMS:
                return self._invoice_request(account, entry)
        if account == INVOICES:
            raise FormError("document_unsupported", f"The account {INVOICES} takes documents of {INVOICE_FORM} alone.")
        plan = self._plan(account, entry)
        return "/ledger_entries", ledger_entry_body(plan, self._ids(plan.account_numbers()))

    def _invoice_request(self, account: AccountId, document: LedgerDocument) -> tuple[str, dict[str, Any]]:
        if account != INVOICES:
            raise FormError("document_unsupported", f"Invoices go to the account {INVOICES}.")
        if document.form == INVOICE_FORM:
            return "/customer_invoices", invoice_body(document)
        invoice = day_invoice(document)
        return "/customer_invoices", invoice.body(self._ids(invoice.account_numbers()))

    def _ids(self, numbers: Iterable[str]) -> dict[str, int]:
        return {number: self._account_id(number) for number in numbers}

    def _plan(self, account: AccountId, entry: Postable) -> EntryPlan:
        if self._entries.journal is None:
            raise FormError("pennylane_option_missing", "The connection has no option journal.")
        if isinstance(entry, LedgerEntry):
            if not self._entries.counter_account:
                raise FormError("pennylane_option_missing", "The connection has no option counterAccount.")
            return entry_plan(entry, account, self._entries.counter_account, self._entries.journal)
        if entry.form not in ENTRY_FORMS:
            raise FormError("document_unsupported", f"Pennylane takes {LEDGER_ENTRY_FORM} and {INVOICE_FORM}.")
        return document_plan(entry, self._entries.journal)

    def _invoices_ability(self) -> AccountAbility | NotApplied | Unknown:
        """Ask whose token it is: whether it may write invoices stands in its scopes."""
        caller = self._calls.get("/me")
        if isinstance(caller, NotApplied | Unknown):
            return caller
        scopes = caller.get("scopes") if isinstance(caller, dict) else None
        if not isinstance(scopes, list):
            return unreadable(200)
        if "customer_invoices:all" not in scopes:
            return NotApplied("pennylane_scope_missing", Retry.NEVER, "The token lacks customer_invoices:all.")
        return AccountAbility(TargetClass.LOOK_UP, None)

    def _account_ability(self, account: AccountId) -> AccountAbility | NotApplied | Unknown:
        """Make sure that the account stands in the chart of accounts."""
        try:
            self._account_id(account)
        except PennylaneError as error:
            return error.outcome or _not_sent(error)
        return AccountAbility(TargetClass.LOOK_UP, BOOKS_CURRENCY)

    def _account_id(self, number: str) -> int:
        """Give the id of a ledger account by its number; kept, since Pennylane does not give a number away twice."""
        known = self._account_ids.get(number)
        if known is not None:
            return known
        items = self._items("ledger_accounts", Filter("number", "eq", number))
        found = next((item["id"] for item in items if item.get("number") == number), None)
        if not isinstance(found, int):
            missing = NotApplied("account_not_found", Retry.NEVER, f"No ledger account has the number {number[:40]!r}.")
            raise PennylaneError.of(missing, "Looking up an account")
        if len(self._account_ids) >= ACCOUNTS_MAX:
            self._account_ids.clear()
        return self._account_ids.setdefault(number, found)

    def _find_invoice(self, reference: str) -> FindOutcome:
        items = self._items("customer_invoices", Filter("external_reference", "eq", reference))
        facts = []
        for item in items:
            if item.get("external_reference") != reference:
                continue
            lines = self._nested(item, "invoice_lines")
            fact = invoice_fact(item, partial(_holds, item, lines))
            if fact is None:
                return unreadable(200)
            facts.append(fact)
        return Found(tuple(facts))

    def _find_entry(self, account: AccountId, reference: str) -> FindOutcome:
        if self._journal is None:
            return NotApplied("pennylane_option_missing", Retry.NEVER, "The connection has no option journal.")
        facts = []
        for entry_id in self._journal.of(reference):
            entry = self._calls.get(f"/ledger_entries/{entry_id}")
            if isinstance(entry, NotApplied) and entry.status == 404:
                continue  # somebody deleted it in Pennylane
            if isinstance(entry, NotApplied | Unknown):
                return entry
            if not isinstance(entry, dict) or entry.get("piece_number") != reference:
                continue  # somebody gave it another piece number
            lines = self._nested(entry, "ledger_entry_lines")
            fact = entry_fact(entry, lines, account, self._numbers(account_ids_of(lines)))
            if fact is None:
                return unreadable(200)
            facts.append(fact)
        return Found(tuple(facts))

    def _numbers(self, ids: set[int]) -> dict[int, str]:
        """Give the numbers of ledger accounts by their ids; kept."""
        known = {account_id: number for number, account_id in self._account_ids.items()}
        unknown = sorted(ids - known.keys())
        if unknown:
            for item in self._items("ledger_accounts", Filter("id", "in", unknown)):
                if isinstance(item.get("id"), int) and isinstance(item.get("number"), str):
                    self._account_ids[item["number"]] = item["id"]
                    known[item["id"]] = item["number"]
        return known

    def _items(self, collection: str, *filters: Filter) -> list[dict[str, Any]]:
        """Give the one page that a look-up by a unique key has; more of it is no answer."""
        query = {"limit": "100", "sort": "id", "filter": filter_text(collection, filters)}
        return _page_items(self._calls.get(f"/{collection}", query), collection)

    def _nested(self, row: dict[str, Any], name: str) -> list[dict[str, Any]]:
        """Give everything behind a link, to its last page; no more pages than a document of ours has."""
        link = row.get(name)
        if not isinstance(link, dict) or not isinstance(link.get("url"), str):
            raise PennylaneError.of(unreadable(200), f"Reading {name}")
        items: list[dict[str, Any]] = []
        query = {"limit": "100", "sort": "id"}
        for _ in range(PAGES_MAX):
            page = self._calls.get(link["url"], query)
            if not isinstance(page, dict) or not page.get("has_more") or not page.get("next_cursor"):
                return items + _page_items(page, name)
            items += _page_items({**page, "has_more": False}, name)
            query["cursor"] = str(page["next_cursor"])
        raise PennylaneError.of(unreadable(200, f"More than {PAGES_MAX} pages."), f"Reading {name}")


def _holds(held: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], document: LedgerDocument) -> bool:
    """Say whether an invoice that Pennylane holds is the document's, by the document's form."""
    if document.form in DAY_INVOICE_FORMS:
        return is_day_invoice(document, held, lines)
    return is_invoice_of(document, held, lines)


def _page_items(page: Any, what: str) -> list[dict[str, Any]]:
    """Read a page that has to be the whole list. Raises PennylaneError."""
    if isinstance(page, NotApplied | Unknown):
        raise PennylaneError.of(page, f"Reading {what}")
    items = page.get("items") if isinstance(page, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items) or page.get("has_more"):
        raise PennylaneError.of(unreadable(200), f"Reading {what}")
    return items


def _echoes(answer: dict[str, Any], reference: str) -> bool:
    """Say whether the answer speaks of what was posted."""
    return reference in (answer.get("external_reference"), answer.get("piece_number"))


def _not_sent(error: PennylaneError) -> NotApplied:
    """Nothing was posted: whatever happened to the questions before it is no unknown effect."""
    outcome = error.outcome
    if isinstance(outcome, NotApplied):
        return outcome
    if isinstance(outcome, Unknown):
        return NotApplied(outcome.code, Retry.LATER, outcome.detail, status=outcome.status)
    return NotApplied(error.code, Retry.NEVER, error.message)
