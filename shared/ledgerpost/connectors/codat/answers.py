"""Codat's answers, read strictly in what the contract has and tolerantly in what it has not.

Each reader gives None for an answer that is not what the contract says. Source: codat sheet, section 7.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from ledgerpost.connectors.codat.forms import BY_DATA_TYPE, Form
from ledgerpost.connectors.fields import amount_of, text_of
from ledgerpost.connectors.refusals import sentence_of
from ledgerpost.domain.document import LedgerDocument
from ledgerpost.domain.outcome import DocumentFact

ID_LENGTH_MAX = 200


class PushStatus(StrEnum):
    """How a push stands. Source: codat sheet, section 7."""

    PENDING = "Pending"
    SUCCESS = "Success"
    FAILED = "Failed"
    TIMED_OUT = "TimedOut"


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """A push operation. `record_id` is the record's id in the accounting software, None as long as it is not told."""

    key: str
    status: PushStatus
    data_type: str
    reference: str | None
    requested_at: datetime | None
    data: Mapping[str, Any]
    record_id: str | None
    code: int | None
    message: str


def push_of(document: Any) -> Push | None:
    """Read a push operation."""
    try:
        data = document.get("data") or {}
        data_type = text_of(document["dataType"])
        form = BY_DATA_TYPE.get(data_type)
        return Push(
            key=text_of(document["pushOperationKey"]),
            status=PushStatus(document["status"]),
            data_type=data_type,
            reference=data.get(form.reference_property) if form else None,
            requested_at=_instant(document.get("requestedOnUtc")),
            data=data,
            record_id=_record_id(document, data),
            code=document.get("statusCode") if isinstance(document.get("statusCode"), int) else None,
            message=sentence_of(document.get("errorMessage"), errors_of(document.get("validation")), "itemId"),
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def errors_of(validation: Any) -> Any:
    """Give the list of errors of a `validation`, None where there is none."""
    return validation.get("errors") if isinstance(validation, dict) else None


def page_of(document: Any) -> tuple[list[Any], bool] | None:
    """Read one page of a list: its results, and whether there is a further page."""
    if not isinstance(document, dict) or not isinstance(document.get("results"), list):
        return None
    links = document.get("_links")
    return document["results"], isinstance(links, dict) and bool(links.get("next"))


def connections_of(document: Any, company: str) -> list[tuple[str, bool]] | None:
    """Read a company: each connection to an accounting software with whether it is linked."""
    if not isinstance(document, dict) or document.get("id") != company:
        return None
    try:
        return [
            (text_of(each["id"]), each.get("status") == "Linked")
            for each in document["dataConnections"]
            if each.get("sourceType", "Accounting") == "Accounting"
        ]
    except (AttributeError, KeyError, TypeError):
        return None


def fact_of(record: Any, form: Form, reference: str) -> DocumentFact | None:
    """Read a record as the accounting software holds it."""
    try:
        held = _Held(
            form=form,
            total=_total(record, form),
            day=date.fromisoformat(text_of(record[form.date_property])[:10]),
            currency=record.get("currency"),
            lines=_lines(record, form),
        )
        return DocumentFact(
            ledger_id=text_of(record["id"]),
            reference=reference,
            amount=held.total * form.sign,
            day=held.day,
            holds=held.holds,
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """What of a record is compared: data type, total, day, currency, and account and amount of each line.

    Descriptions and tax codes are left out: accounting software gives them back in words of its own. `lines` is None
    where the record came without them.
    """

    form: Form
    total: Decimal
    day: date
    currency: str | None
    lines: "Counter[tuple[str, Decimal]] | None"

    def holds(self, document: LedgerDocument) -> bool:
        """Say whether this is what `document` asks for."""
        wanted = document.content()
        total = Decimal(wanted["total"]) * (-1 if wanted.get("direction") == "out" else 1)
        return (
            document.form == self.form.form
            and self.total == total
            and self.day == document.day
            and self.currency in (None, document.money.currency)
            and self.lines in (None, _wanted_lines(wanted))
        )


def _wanted_lines(wanted: Mapping[str, Any]) -> "Counter[tuple[str, Decimal]]":
    return Counter(
        (line["account"]["id"], Decimal(line["total"]) if "total" in line else _signed(line))
        for line in wanted["lines"]
    )


def _signed(line: Mapping[str, Any]) -> Decimal:
    return Decimal(line["amount"]) * (1 if line["side"] == "debit" else -1)


def _lines(record: Mapping[str, Any], form: Form) -> "Counter[tuple[str, Decimal]] | None":
    """A payment's lines name no account: its total says it all, and what it settles is the ledger's own business."""
    lines = record.get(form.lines_property)
    if form.data_type == "payments" or not lines:
        return Counter() if form.data_type == "payments" else None
    return Counter((text_of(line["accountRef"]["id"]), amount_of(line[form.amount_property])) for line in lines)


def _total(record: Mapping[str, Any], form: Form) -> Decimal:
    """A journal entry states no total: it is the sum of its debits."""
    if form.data_type != "journalEntries":
        return amount_of(record["totalAmount"])
    amounts = [amount_of(line["netAmount"]) for line in record["journalLines"]]
    return sum((amount for amount in amounts if amount > 0), Decimal(0))


def _record_id(document: Mapping[str, Any], data: Mapping[str, Any]) -> str | None:
    """The record's id stands in the change that the push made, and in its data."""
    changes = document.get("changes")
    first = changes[0] if isinstance(changes, list) and changes else {}
    for found in ((first.get("recordRef") or {}).get("id"), data.get("id")):
        if isinstance(found, str) and 0 < len(found) <= ID_LENGTH_MAX:
            return found
    return None


def _instant(text: Any) -> datetime | None:
    if not isinstance(text, str):
        return None
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
