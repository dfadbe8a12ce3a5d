"""Billing subscriptions. Source: pennylane sheet, section 5.9."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from ledgerpost.simulators.pennylane.amounts import document_amounts, money
from ledgerpost.simulators.pennylane.books import Books, Row
from ledgerpost.simulators.pennylane.documents import exchange_rate_of
from ledgerpost.simulators.pennylane.exchange import schema_refused, unprocessable
from ledgerpost.simulators.pennylane.lines import amounts_of, changed_lines, check_sections, made_line

SUBSCRIPTIONS: Final = "billing_subscriptions"


def create_subscription(books: Books, sent: Mapping[str, Any]) -> Row:
    """A billing subscription. Source: section 5.9."""
    data = sent["customer_invoice_data"]
    check_sections(data)
    customer = books.known("customers", sent["customer_id"])
    currency = data.get("currency", "EUR")
    row: Row = {
        "id": books.new_id(), "label": f"Abonnement {customer['name']}", "start": sent["start"], "finish": None,
        "activated_at": books.stamp(), "stopped_at": None, "next_occurrence": sent["start"], "prev_occurrence": None,
        "customer": {"id": customer["id"]},
        "customer_invoice_data": {
            "label": "Facture", "currency": currency, "exchange_rate": str(exchange_rate_of(books, currency)),
            "language": data.get("language", "fr_FR"), "special_mention": data.get("special_mention"),
            "discount": data.get("discount", {"type": "absolute", "value": "0"}),
        },
    }  # fmt: skip
    lines = books.children(SUBSCRIPTIONS, row["id"], "invoice_lines")
    lines[:] = [
        made_line(books, line, exchange_rate_of(books, currency), index)
        for index, line in enumerate(data["invoice_lines"])
    ]
    _set_terms(row, sent)
    row["status"] = "in_progress" if date.fromisoformat(sent["start"]) <= books.today() else "not_started"
    _price_subscription(books, row)
    return books.add(SUBSCRIPTIONS, row, sent)


def update_subscription(books: Books, row_id: str, sent: Mapping[str, Any]) -> Row:
    """Change terms and lines; `stop` true stops one that runs, false resumes one that was stopped."""
    row = books.row(SUBSCRIPTIONS, row_id)
    if "invoice_lines" in sent:
        kept = books.children(SUBSCRIPTIONS, row["id"], "invoice_lines")
        currency = row["customer_invoice_data"]["currency"]
        kept[:] = changed_lines(books, kept, sent["invoice_lines"], exchange_rate_of(books, currency))
    _set_terms(row, sent)
    if sent.get("stop") is True:
        row |= {"status": "stopped", "stopped_at": books.stamp()}
    elif sent.get("stop") is False and row["status"] == "stopped":
        row |= {"status": "in_progress", "stopped_at": None}
    _price_subscription(books, row)
    return books.touch(SUBSCRIPTIONS, row)


def _price_subscription(books: Books, row: Row) -> None:
    data = row["customer_invoice_data"]
    lines = books.children(SUBSCRIPTIONS, row["id"], "invoice_lines")
    amounts = document_amounts(map(amounts_of, lines), data["discount"])
    data |= {
        "currency_amount": money(amounts.gross), "currency_amount_before_tax": money(amounts.net),
        "currency_tax": money(amounts.tax), "amount": money(amounts.gross / Decimal(data["exchange_rate"])),
        "updated_at": books.stamp(),
    }  # fmt: skip


def _set_terms(row: Row, sent: Mapping[str, Any]) -> None:
    """Mode, rule and payment of a subscription, from the request's form to the answer's."""
    if "mode" in sent:
        settings = sent["mode"].get("email_settings")
        if sent["mode"]["type"] == "email" and not (settings and 1 <= len(settings["recipients"]) <= 25):
            raise unprocessable("The mode email needs email_settings with 1 to 25 recipients")
        row |= {"mode": {"type": sent["mode"]["type"]}, "email_settings": settings}
    if "recurring_rule" in sent:
        row["recurring_rule"] = _rule_of(sent["recurring_rule"])
    for key in ("payment_conditions", "payment_method"):
        if key in sent:
            row[key] = sent[key]


def _rule_of(sent: Mapping[str, Any]) -> Row:
    kind, day = sent["type"], sent.get("day_of_month")
    if ("day_of_month" in sent and kind != "monthly") or ("day_of_week" in sent and kind != "weekly"):
        raise schema_refused("recurring_rule isn't one of its forms", "NotOneOf")
    if kind == "monthly" and not (isinstance(day, int) and 1 <= day <= 31):
        raise schema_refused("recurring_rule needs day_of_month, 1 to 31", "NotOneOf")
    if kind == "weekly" and "day_of_week" not in sent:
        raise schema_refused("recurring_rule needs day_of_week", "NotOneOf")
    return {
        "rule_type": kind, "interval": sent.get("interval", 1), "count": sent.get("count"), "until": None,
        "day_of_month": [] if day is None else [day],
        "day_of_week": [sent["day_of_week"]] if "day_of_week" in sent else [],
    }  # fmt: skip
