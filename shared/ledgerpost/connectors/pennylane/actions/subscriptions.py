"""Create or update billing subscriptions. They have no external reference. Source: seed 002; pennylane sheet, 5.9."""

from typing import Any

from ledgerpost.connectors.pennylane.actions.inputs_documents import RecurringRuleInput, SubscriptionInput
from ledgerpost.connectors.pennylane.actions.lines import LineBody, line_body, line_changes
from ledgerpost.connectors.pennylane.actions.writing_action import Acting, Written, filled
from ledgerpost.connectors.pennylane.filters import Filter
from ledgerpost.connectors.pennylane.problems import PennylaneError
from ledgerpost.connectors.pennylane.resources import Customer
from ledgerpost.connectors.pennylane.resources_documents import BillingSubscription
from ledgerpost.connectors.pennylane.writing import Creation, create, update
from ledgerpost.domain.outcome import Unknown

ROUNDS_MAX = 3
RECIPIENTS_MAX = 25
DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
CURRENCY_DEFAULT = "EUR"


def create_or_update_subscription(acting: Acting, asked: SubscriptionInput) -> Written:
    """Create Or Update Billing Subscription. `stop` true stops one that runs, false resumes one that was stopped."""
    customer = acting.lookups.customer(asked.customer.source_id)
    terms = _terms(asked, customer)
    lines = [line_body(line, acting.lookups) for line in asked.invoice_lines]
    if asked.id is not None:
        return _updated(acting, asked, customer, terms, lines)
    data = filled(
        {
            "currency": asked.currency or CURRENCY_DEFAULT,
            "special_mention": asked.special_mention,
            "invoice_lines": lines,
        }
    )
    body = terms | {
        "start": asked.start.isoformat(),
        "customer_id": customer.id,
        "customer_invoice_data": data,
    }

    def find() -> int | None:
        return _same_one(acting, asked, customer, terms, lines)

    # Nothing keeps Pennylane from making it twice: after a lost answer it is looked for, never posted again.
    what = f"billing subscription of {asked.customer.source_id}"
    creation = Creation(what=what, path="/billing_subscriptions", body=body, find=find, is_unique=False)
    made = create(acting.lookups.client.calls, creation)
    return Written({"billingSubscriptionId": str(made.id)}, created=made.created)


def _updated(
    acting: Acting, asked: SubscriptionInput, customer: Customer, terms: dict[str, Any], lines: list[LineBody]
) -> Written:
    """Compare, write what differs, and after a lost answer compare again."""
    acting.leave_out("", asked, "special_mention")
    for round_number in range(1, ROUNDS_MAX + 1):
        held = acting.lookups.subscription(str(asked.id))
        _check_fixed(asked, customer, held)
        changes = _term_changes(terms, held) | filled(
            {"invoice_lines": line_changes(lines, held.lines), "stop": _stop_change(asked, held)}
        )
        if not changes:
            break
        try:
            path = f"/billing_subscriptions/{held.id}"
            update(acting.lookups.client.calls, path, changes, f"billing subscription {asked.id}")
        except PennylaneError as error:
            if not isinstance(error.outcome, Unknown) or round_number == ROUNDS_MAX:
                raise
        else:
            break
    return Written({"billingSubscriptionId": str(held.id)}, created=None)


def _terms(asked: SubscriptionInput, customer: Customer) -> dict[str, Any]:
    """Give mode, payment and rule in the form of requests."""
    return {
        "mode": _mode(asked.mode, customer),
        "payment_conditions": asked.payment_conditions,
        # The seed's value has a dash where the API has an underscore.
        "payment_method": asked.payment_method.replace("-", "_"),
        "recurring_rule": rule_body(asked.recurring_rule),
    }


def _mode(mode: str, customer: Customer) -> dict[str, Any]:
    """Give the mode. `email` needs recipients, which the seed has no input for: they are the customer's addresses."""
    if mode != "email":
        return {"type": mode}
    if not customer.emails:
        raise PennylaneError(
            "pennylane_input_refused", "mode: email needs an address, and the customer has none; give the customer one."
        )
    return {"type": mode, "email_settings": {"recipients": list(customer.emails[:RECIPIENTS_MAX])}}


def rule_body(rule: RecurringRuleInput) -> dict[str, Any]:
    """Give the rule of a request: a month has one day, a week an English day name, a year none.

    The seed's dayOfYear has no place in API v2 and is refused, as is a day that its type does not take. Source:
    pennylane sheet, section 5.9.
    """
    given = {"dayOfMonth": rule.day_of_month, "dayOfWeek": rule.day_of_week, "dayOfYear": rule.day_of_year}
    taken = {"monthly": "dayOfMonth", "weekly": "dayOfWeek", "yearly": ""}[rule.type]
    for name, value in given.items():
        if value is not None and name != taken:
            raise PennylaneError("pennylane_input_refused", f"recurringRule.{name}: {rule.type} does not take it.")
    if taken and given[taken] is None:
        raise PennylaneError("pennylane_input_refused", f"recurringRule.{taken}: {rule.type} needs it.")
    body: dict[str, Any] = {"type": rule.type, "interval": 1}
    if rule.day_of_month is not None:
        body["day_of_month"] = rule.day_of_month
    if rule.day_of_week is not None:
        body["day_of_week"] = DAYS[(rule.day_of_week - 1) % 7]
    return body


def _same_one(
    acting: Acting, asked: SubscriptionInput, customer: Customer, terms: dict[str, Any], lines: list[LineBody]
) -> int | None:
    """Look for a running one of the same customer, start, currency, terms and lines: it is what this call asks for."""
    client = acting.lookups.client
    by_customer = Filter("customer_id", "eq", customer.id)
    by_start = Filter("start", "eq", asked.start.isoformat())
    for held in client.find(BillingSubscription, "billing_subscriptions", by_customer, by_start):
        if held.status in ("stopped", "finished") or _term_changes(terms, held):
            continue
        same_currency = held.customer_invoice_data.currency == (asked.currency or CURRENCY_DEFAULT)
        if same_currency and line_changes(lines, client.with_subscription_lines(held).lines) is None:
            return held.id
    return None


def _term_changes(terms: dict[str, Any], held: BillingSubscription) -> dict[str, Any]:
    """Give the terms that the kept subscription has otherwise."""
    changes = {}
    recipients = (held.email_settings or {}).get("recipients", [])
    wanted = terms["mode"].get("email_settings", {}).get("recipients", [])
    if (held.mode.type, recipients) != (terms["mode"]["type"], wanted):
        changes["mode"] = terms["mode"]
    for key in ("payment_conditions", "payment_method"):
        if getattr(held, key) != terms[key]:
            changes[key] = terms[key]
    if _rule_of(held) != terms["recurring_rule"]:
        changes["recurring_rule"] = terms["recurring_rule"]
    return changes


def _rule_of(held: BillingSubscription) -> dict[str, Any]:
    """Give an answer's rule in the form of requests."""
    rule = held.recurring_rule
    body: dict[str, Any] = {"type": rule.rule_type, "interval": rule.interval}
    if rule.day_of_month:
        body["day_of_month"] = rule.day_of_month[0]
    if rule.day_of_week:
        body["day_of_week"] = rule.day_of_week if isinstance(rule.day_of_week, str) else rule.day_of_week[0]
    return body


def _check_fixed(asked: SubscriptionInput, customer: Customer, held: BillingSubscription) -> None:
    """Raise for what API v2 cannot change: start, customer, currency."""
    currency = asked.currency or held.customer_invoice_data.currency
    for name, wanted, kept in (
        ("start", asked.start, held.start),
        ("customer", customer.id, held.customer.id if held.customer else None),
        ("currency", currency, held.customer_invoice_data.currency),
    ):
        if wanted != kept:
            raise PennylaneError(
                "pennylane_input_refused",
                f"{name}: it cannot be changed; stop this subscription and create another. Nothing was written.",
            )


def _stop_change(asked: SubscriptionInput, held: BillingSubscription) -> bool | None:
    """Give `stop` where it changes something."""
    return None if asked.stop is None or asked.stop == (held.status == "stopped") else asked.stop
