"""Codat as a ledger target (port LedgerTarget): a document is pushed, and its push asked for until it has ended."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeGuard, assert_never

from ledgerpost.connectors.authorized import AuthorizedSender
from ledgerpost.connectors.codat.answers import Push, PushStatus, connections_of, push_of
from ledgerpost.connectors.codat.bodies import Ids, IncompleteError, body_of, settled_by, wire_json
from ledgerpost.connectors.codat.calls import CodatCalls
from ledgerpost.connectors.codat.forms import BY_FORM, Form
from ledgerpost.connectors.codat.options import CodatOptions
from ledgerpost.connectors.codat.search import Search
from ledgerpost.connectors.http import HttpAnswer, read_json
from ledgerpost.connectors.refusals import unreadable
from ledgerpost.domain.document import DocumentForm, LedgerDocument, Postable
from ledgerpost.domain.outcome import (
    AccountAbility,
    Applied,
    Fact,
    FindOutcome,
    NotApplied,
    PostOutcome,
    Retry,
    TargetClass,
    Unknown,
)
from ledgerpost.domain.route import AccountId
from ledgerpost.ports import Clock

ABILITY_KEPT = timedelta(minutes=10)
READ_TOTAL_S = 10.0
"""The time of one look-up, all its pages together."""

POST_TOTAL_S = 25.0
"""The time of one post with all its questions. With the questions before it, it stays within a post's budget."""

POLL_FIRST_S = 0.2
POLL_LONGEST_S = 4.0
AWAY_CODES = frozenset({429, 503})
"""Codes of a failed push that say that the accounting software was busy or away, and so surely wrote nothing."""

COMPANIES_MAX = 10_000
"""Companies whose connection is kept at a time."""


@dataclass(frozen=True, slots=True)
class _Linked:
    """The company's connection to its accounting software, and until when that is taken as known."""

    connection: str
    until: datetime


class CodatTarget:
    """One client of Codat. Safe to share between threads. Never raises for what Codat or the network does."""

    def __init__(
        self,
        base_url: str,
        sender: AuthorizedSender,
        clock: Clock,
        options: CodatOptions | None = None,
        *,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """`pause` waits that many seconds between two questions for a push."""
        self._calls = CodatCalls(base_url, sender, clock)
        self._search = Search(self._calls, clock)
        self._clock = clock
        self._options = options or CodatOptions()
        self._pause = pause
        self._linked: dict[AccountId, _Linked] = {}

    def ability(self, account: AccountId) -> AccountAbility | NotApplied | Unknown:
        """Give what the company can do, asked at most every ten minutes: documents are searched, and only created.

        Its currency is not told: documents have their own, and the accounting software judges it.
        """
        linked = self._linked_of(account, self._calls.deadline(READ_TOTAL_S))
        return linked if isinstance(linked, NotApplied | Unknown) else AccountAbility(TargetClass.LOOK_UP, None)

    def post(
        self,
        account: AccountId,
        entry: Postable,
        correlation_id: str,
        onto: Fact | None = None,  # noqa: ARG002 - its ability says that it does not update
    ) -> PostOutcome:
        """Push the document, once, and ask for the push until it has ended or the time is up.

        Source: codat sheet, section 7: a push that timed out is unknown, and so is one that is still pending.
        """
        form = BY_FORM.get(entry.form) if isinstance(entry, LedgerDocument) else None
        if form is None or not isinstance(entry, LedgerDocument):
            return NotApplied("document_unsupported", Retry.NEVER, "Codat takes documents of a day, nothing else.")
        deadline = self._calls.deadline(POST_TOTAL_S)
        linked = self._linked_of(account, deadline)
        if not isinstance(linked, _Linked):
            return linked if isinstance(linked, NotApplied) else _not_asked(linked)
        ids = self._ids_settled(account, entry, deadline)
        if isinstance(ids, NotApplied):
            return ids
        try:
            body = wire_json(body_of(entry, ids))
        except IncompleteError as error:
            return NotApplied("codat_document_incomplete", Retry.NEVER, str(error))
        path = ("connections", linked.connection, "push", form.data_type)
        minutes = str(self._options.timeout_minutes)
        answer = self._calls.post(account, path, body, correlation_id, deadline=deadline, timeoutInMinutes=minutes)
        return self._outcome_of_push(account, answer, form, entry.reference, deadline)

    def find(self, account: AccountId, reference: str) -> FindOutcome:
        """Look the reference up among the pushes and the records."""
        return self._search.find(account, reference, self._calls.deadline(READ_TOTAL_S))

    def _outcome_of_push(
        self,
        account: AccountId,
        answer: HttpAnswer | NotApplied | Unknown,
        form: Form,
        reference: str,
        deadline: float,
    ) -> PostOutcome:
        if not isinstance(answer, HttpAnswer) or answer.status not in (200, 201, 202) or answer.body is None:
            return self._calls.outcome_of(answer)
        push = push_of(read_json(answer, exact=True))
        if push is None or push.data_type != form.data_type or push.reference not in (None, reference):
            return unreadable(answer.status)
        return self._verdict_on(self._ended(account, push, deadline), answer.status)

    def _ended(self, account: AccountId, push: Push, deadline: float) -> Push:
        """Ask for the push until it is no longer pending; the one that was known last where the time is up.

        Whatever goes wrong with a question, the push was taken: so it is asked again, and never refused.
        """
        wait_s = POLL_FIRST_S
        while push.status is PushStatus.PENDING and self._calls.left_s(deadline) > wait_s:
            self._pause(wait_s)
            answer = self._calls.get(account, ("push", push.key), deadline)
            asked = push_of(read_json(answer, exact=True)) if _is_good(answer) else None
            if asked is not None and asked.key == push.key:
                push = asked
            wait_s = min(wait_s * 2, POLL_LONGEST_S)
        return push

    def _verdict_on(self, push: Push, status: int) -> PostOutcome:
        match push.status:
            case PushStatus.SUCCESS:
                if push.record_id is None:
                    return unreadable(status, "The push succeeded without an id of its record.")
                return Applied(push.record_id, created=True)
            case PushStatus.FAILED:
                return self._failed(push)
            case PushStatus.TIMED_OUT:
                return Unknown("codat_push_timed_out", "The push timed out; it may still land.", status)
            case PushStatus.PENDING:
                return Unknown("codat_push_pending", "The push is still pending.", status)
            case _:
                assert_never(push.status)

    def _failed(self, push: Push) -> NotApplied:
        """A push that failed wrote nothing. Where the accounting software was merely away, it is tried again."""
        detail = self._calls.shown(push.message or "Codat gives no reason.")
        if push.code in AWAY_CODES:
            return NotApplied("codat_software_unavailable", Retry.LATER, detail, status=push.code)
        return NotApplied("codat_push_failed", Retry.NEVER, detail, status=push.code)

    def _ids_settled(self, account: AccountId, document: LedgerDocument, deadline: float) -> Ids | NotApplied:
        """Give the id of each document that a payment settles: Codat links by ids, we know references."""
        ids: dict[tuple[str, str], str] = {}
        for form_name, reference in settled_by(document):
            form = BY_FORM.get(DocumentForm(form_name))
            if form is None or not form.link:
                return NotApplied("codat_document_incomplete", Retry.NEVER, f"A payment settles no {form_name}.")
            found = self._id_of(account, form, reference, deadline)
            if isinstance(found, NotApplied):
                return found
            ids[(form_name, reference)] = found
        return ids

    def _id_of(self, account: AccountId, form: Form, reference: str, deadline: float) -> str | NotApplied:
        records = self._search.records(account, form, reference, deadline)
        if not isinstance(records, list):
            return records if isinstance(records, NotApplied) else _not_asked(records)
        found = {record.ledger_id for record in records}
        if not found:
            pushes = self._search.pushes(account, reference, deadline)
            if not isinstance(pushes, list):
                return pushes if isinstance(pushes, NotApplied) else _not_asked(pushes)
            found = {push.record_id for push in pushes if push.status is PushStatus.SUCCESS and push.record_id}
        if len(found) == 1:
            return found.pop()
        if found:
            return NotApplied("codat_settles_several", Retry.NEVER, f"{len(found)} documents are {reference}.")
        return NotApplied("codat_settles_nothing", Retry.LATER, f"{reference} is not there yet.")

    def _linked_of(self, account: AccountId, deadline: float) -> _Linked | NotApplied | Unknown:
        now = self._clock.now()
        known = self._linked.get(account)
        if known is not None and now < known.until:
            return known
        answer = self._calls.get(account, (), deadline)
        connections = connections_of(read_json(answer), account) if _is_good(answer) else None
        if connections is None:
            return self._calls.outcome_of(answer)
        wanted = self._options.connection_id
        linked = [name for name, is_linked in connections if is_linked and wanted in (None, name)]
        if len(linked) != 1:
            return NotApplied("codat_not_linked", Retry.NEVER, f"{len(linked)} linked connections fit.")
        if len(self._linked) >= COMPANIES_MAX:
            self._linked.clear()
        self._linked[account] = _Linked(linked[0], now + ABILITY_KEPT)
        return self._linked[account]


def _is_good(answer: HttpAnswer | NotApplied | Unknown) -> TypeGuard[HttpAnswer]:
    return isinstance(answer, HttpAnswer) and answer.status == 200


def _not_asked(unknown: Unknown) -> NotApplied:
    """A question that was not answered came before the push, so nothing was written."""
    return NotApplied(unknown.code, Retry.LATER, unknown.detail, status=unknown.status)
