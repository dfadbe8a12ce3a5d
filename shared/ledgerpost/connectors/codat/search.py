"""Looking a reference up: among the pushes of the last days, and among the records of the accounting software.

Neither alone would do. A push that is pending, or that timed out and may still land, is in no record yet; a write that
landed late, or long ago, is told by no push. Source: codat sheet, section 7.
"""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from ledgerpost.connectors.codat.answers import Push, PushStatus, fact_of, push_of
from ledgerpost.connectors.codat.calls import CodatCalls
from ledgerpost.connectors.codat.forms import BY_DATA_TYPE, FORMS, Form
from ledgerpost.connectors.http import HttpAnswer
from ledgerpost.connectors.refusals import unreadable
from ledgerpost.domain.outcome import DocumentFact, FindOutcome, Found, NotApplied, Retry, Unknown
from ledgerpost.domain.route import AccountId
from ledgerpost.ports import Clock

PUSHES_WATCHED = timedelta(days=3)
"""How far back pushes are read: longer than a delivery is tried by itself. Ours."""

LANDS_WITHIN = timedelta(hours=24)
"""How long a push that timed out may still land. After that, not finding its record is proof. Ours: the sheet says
that it may land, and not until when.
"""

PAGES_MAX = 20
PUSHES_PER_PAGE = "500"
RECORDS_PER_PAGE = "100"
_SEARCHABLE = re.compile(r"[^&|{}=~!<>]{1,200}")
"""A reference without the signs of the query language."""


class Search:
    """The look-ups of one connection. Asking changes nothing."""

    def __init__(self, calls: CodatCalls, clock: Clock) -> None:
        self._calls = calls
        self._clock = clock

    def find(self, company: AccountId, reference: str, deadline: float) -> FindOutcome:
        """Give every record of `reference`; Unknown as long as one may still appear."""
        if not _SEARCHABLE.fullmatch(reference):
            return NotApplied("entry_malformed", Retry.NEVER, "The reference has signs that cannot be searched for.")
        pushes = self.pushes(company, reference, deadline)
        if not isinstance(pushes, list):
            return pushes
        if any(push.status is PushStatus.PENDING for push in pushes):
            return Unknown("codat_push_pending", "An earlier push of this document is pending.")
        facts = self._facts(company, reference, pushes, deadline)
        if not isinstance(facts, list):
            return facts
        if not facts and any(self._may_land(push) for push in pushes):
            return Unknown("codat_push_timed_out", "An earlier push of this document may still land.")
        return Found(tuple(facts))

    def pushes(self, company: AccountId, reference: str, deadline: float) -> list[Push] | NotApplied | Unknown:
        """Give the pushes of `reference` of the last days, the latest first."""
        horizon = self._clock.now() - PUSHES_WATCHED
        found: list[Push] = []
        for page in range(1, PAGES_MAX + 1):
            read = self._calls.pages(
                company, ("push",), deadline, page, pageSize=PUSHES_PER_PAGE, orderBy="-requestedOnUtc"
            )
            if not isinstance(read, tuple):
                return self._calls.outcome_of(read)
            pushes = [push_of(item) for item in read[0] if _is_document(item)]
            known = [push for push in pushes if push is not None]
            if len(known) != len(pushes):
                return unreadable(200)  # the one that cannot be read may be the one that is looked for
            found += [push for push in known if push.reference == reference]
            if not read[1] or any(_is_before(push, horizon) for push in known):
                return found
        return unreadable(200, f"The pushes of three days did not end within {PAGES_MAX} pages.")

    def records(
        self, company: AccountId, form: Form, reference: str, deadline: float
    ) -> list[DocumentFact] | NotApplied | Unknown:
        """Give the records of `reference` of one data type, as the accounting software holds them."""
        query = f"{form.reference_property}={reference}"
        facts: list[DocumentFact] = []
        for page in range(1, PAGES_MAX + 1):
            path = ("data", form.data_type)
            read = self._calls.pages(company, path, deadline, page, pageSize=RECORDS_PER_PAGE, query=query)
            if isinstance(read, HttpAnswer) and read.status in (404, 409):
                return _of_missing_data(read.status, form)
            if not isinstance(read, tuple):
                return self._calls.outcome_of(read)
            ours = [item for item in read[0] if _is_of(item, form, reference)]
            known = [fact for item in ours if (fact := fact_of(item, form, reference)) is not None]
            if len(known) != len(ours):
                return unreadable(200)
            facts += known
            if not read[1]:
                return facts
        return unreadable(200, f"The records did not end within {PAGES_MAX} pages.")

    def _facts(
        self, company: AccountId, reference: str, pushes: list[Push], deadline: float
    ) -> list[DocumentFact] | NotApplied | Unknown:
        """Give the records, and beside them what a push says it wrote and no record shows yet."""
        facts: list[DocumentFact] = []
        for form in _forms_of(pushes):
            records = self.records(company, form, reference, deadline)
            if not isinstance(records, list):
                return records
            facts += records
        shown = {fact.ledger_id for fact in facts}
        for push in pushes:
            if push.status is not PushStatus.SUCCESS or push.record_id in shown:
                continue
            fact = fact_of({**push.data, "id": push.record_id}, BY_DATA_TYPE[push.data_type], reference)
            if fact is not None:
                facts.append(fact)
            elif not facts:
                return Unknown("reply_unreadable", "A push of this document succeeded; its record does not show yet.")
        return facts

    def _may_land(self, push: Push) -> bool:
        if push.status is not PushStatus.TIMED_OUT:
            return False
        return push.requested_at is None or self._clock.now() < push.requested_at + LANDS_WITHIN


def _forms_of(pushes: Iterable[Push]) -> tuple[Form, ...]:
    """The forms to search. A reference without any push may be of every form: only its kind makes it, not we."""
    named = {push.data_type for push in pushes}
    return tuple(form for form in FORMS if form.data_type in named) or FORMS


def _of_missing_data(status: int, form: Form) -> list[DocumentFact] | NotApplied:
    """404: the accounting software has no such data, and so no such record. 409: Codat never read it.

    Source: Codat's page of status codes.
    """
    if status == 404:
        return []
    return NotApplied("codat_data_not_ready", Retry.LATER, f"The data of {form.data_type} was never read.", None, 409)


def _is_document(item: object) -> bool:
    """Say whether a push may be of a document of ours; one that is no object might be, and is left to the reader."""
    return not isinstance(item, dict) or item.get("dataType") in BY_DATA_TYPE


def _is_of(item: object, form: Form, reference: str) -> bool:
    return not isinstance(item, dict) or item.get(form.reference_property) == reference


def _is_before(push: Push, horizon: datetime) -> bool:
    return push.requested_at is not None and push.requested_at < horizon
