"""Invoices, quotes and billing subscriptions as API v2 gives them, with what hangs on them. Source: pennylane sheet,
sections 5.1 to 5.9.
"""

from datetime import datetime
from typing import Any

from ledgerpost.connectors.pennylane.resources import Amount, Day, LedgerAccount, Link, Resource, ResourceReference


class Discount(Resource):
    """A discount: `absolute` money, or `relative` in percent (the sheet's caution: to be checked with a sandbox)."""

    type: str
    value: Amount


class ImputationDates(Resource):
    """The service period of a line; API v1's vocabulary has it as period_start and period_end."""

    start_date: Day
    end_date: Day


class InvoiceLine(Resource):
    """A line of an invoice, a quote or a billing subscription. `currency_amount_before_tax` is net, after discount."""

    id: int
    label: str | None = None
    unit: str | None = None
    quantity: Amount
    amount: Amount | None = None
    currency_amount: Amount | None = None
    currency_amount_before_tax: Amount
    currency_tax: Amount
    tax: Amount | None = None
    raw_currency_unit_price: Amount | None = None
    description: str | None = None
    product: ResourceReference | None = None
    vat_rate: str | None = None
    discount: Discount | None = None
    section_rank: int | None = None
    ledger_account: LedgerAccount | None = None
    imputation_dates: ImputationDates | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None


class Payment(Resource):
    """What was paid on an invoice."""

    id: int
    label: str | None = None
    currency: str | None = None
    currency_amount: Amount
    status: str | None = None
    created_at: datetime | None = None


class MatchedTransaction(Resource):
    """A bank transaction that was matched with an invoice."""

    id: int
    label: str | None = None
    date: Day | None = None
    amount: Amount | None = None
    currency: str | None = None
    currency_fee: Amount | None = None
    group_uuid: str | None = None


class TransactionReference(Resource):
    """How a payment is to be recognised: provider, the name of its field, and the value there."""

    banking_provider: str
    provider_field_name: str
    provider_field_value: str


class InvoiceHeader(Resource):
    """What invoices and quotes have in common. `amount` is in EUR, `currency_amount` in `currency`, both with tax."""

    id: int
    label: str | None = None
    currency: str
    amount: Amount
    currency_amount: Amount
    currency_amount_before_tax: Amount
    currency_tax: Amount
    tax: Amount | None = None
    exchange_rate: Amount | None = None
    language: str | None = None
    date: Day
    deadline: Day | None = None
    status: str
    discount: Discount | None = None
    special_mention: str | None = None
    pdf_invoice_free_text: str | None = None
    pdf_invoice_subject: str | None = None
    public_file_url: str | None = None
    filename: str | None = None
    external_reference: str | None = None
    customer: ResourceReference | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    lines: tuple[InvoiceLine, ...] = ()
    """Filled from the nested link where the reader was asked to follow it."""

    invoice_lines: Link | None = None


class CustomerInvoice(InvoiceHeader):
    """An invoice, or a credit note: then `status` is credit_note, its amounts are negative, and `credited_invoice`
    names the invoice once the two are linked. A draft has no number yet. `public_file_url` dies after 30 minutes.

    Source: pennylane sheet, sections 5.2 and 5.3.
    """

    invoice_number: str | None = None
    draft: bool
    paid: bool = False
    remaining_amount_with_tax: Amount | None = None
    remaining_amount_without_tax: Amount | None = None
    billing_subscription: ResourceReference | None = None
    credited_invoice: ResourceReference | None = None
    quote: ResourceReference | None = None
    transaction_reference: TransactionReference | None = None
    ledger_entry: ResourceReference | None = None
    archived_at: datetime | None = None
    payments: Link | None = None
    matched_transactions: Link | None = None
    categories: Link | None = None

    @property
    def is_credit_note(self) -> bool:
        """Whether this takes back an invoice; a credit note that is still a draft shows it by its negative amount."""
        return self.status == "credit_note" or self.credited_invoice is not None or self.currency_amount < 0


class Quote(InvoiceHeader):
    """A quote, API v1's estimate. `status` is pending, accepted, denied, invoiced or expired."""

    quote_number: str | None = None
    linked_invoices: Link | None = None


class RecurringRule(Resource):
    """How often a subscription bills: weekly, monthly or yearly, every `interval` of them."""

    rule_type: str
    interval: int = 1
    count: int | None = None
    until: Day | None = None
    day_of_month: tuple[int, ...] = ()
    day_of_week: tuple[str, ...] | str | None = None


class SubscriptionInvoiceData(Resource):
    """The template of a subscription's invoices; API v1's `invoice_template`."""

    label: str | None = None
    currency: str
    amount: Amount | None = None
    currency_amount: Amount | None = None
    currency_amount_before_tax: Amount | None = None
    currency_tax: Amount | None = None
    exchange_rate: Amount | None = None
    language: str | None = None
    special_mention: str | None = None
    discount: Discount | None = None
    invoice_lines: Link | None = None
    updated_at: datetime | None = None


class SubscriptionMode(Resource):
    """What becomes of each invoice: awaiting_validation, finalized or email."""

    type: str


class BillingSubscription(Resource):
    """A billing subscription and, where the reader was asked for them, the lines of its template.

    `status` is draft, not_started, in_progress, stopped, finished or pending. Source: pennylane sheet, section 5.9.
    """

    id: int
    label: str | None = None
    status: str
    mode: SubscriptionMode
    start: Day
    finish: Day | None = None
    activated_at: datetime | None = None
    stopped_at: datetime | None = None
    next_occurrence: Day | None = None
    prev_occurrence: Day | None = None
    payment_conditions: str | None = None
    payment_method: str | None = None
    email_settings: dict[str, Any] | None = None
    recurring_rule: RecurringRule
    customer: ResourceReference | None = None
    customer_invoice_data: SubscriptionInvoiceData
    lines: tuple[InvoiceLine, ...] = ()
