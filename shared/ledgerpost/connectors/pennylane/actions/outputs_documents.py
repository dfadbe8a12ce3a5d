"""What the list actions give of invoices, estimates and billing subscriptions.

Source: seed 002; pennylane sheet, section 9.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ledgerpost.connectors.pennylane.actions.outputs import Row, both_spellings, day, instant, money
from ledgerpost.connectors.pennylane.actions.outputs_masters import customer_row
from ledgerpost.connectors.pennylane.resources import Category, Customer, Product
from ledgerpost.connectors.pennylane.resources_documents import (
    BillingSubscription,
    CustomerInvoice,
    InvoiceHeader,
    InvoiceLine,
    MatchedTransaction,
    Payment,
    Quote,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What lies behind the ids of one page: products and customers by v2 id."""

    products: Mapping[int, Product] = field(default_factory=dict)
    customers: Mapping[int, Customer] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceDetails:
    """What lies behind the links of an invoice."""

    payments: Sequence[Payment] = ()
    transactions: Sequence[MatchedTransaction] = ()
    categories: Sequence[Category] = ()


def line_row(line: InvoiceLine, names: Names) -> Row:
    """A line of an invoice, an estimate or a subscription."""
    product = names.products.get(line.product.id) if line.product else None
    return {
        "unit": line.unit,
        "amount": money(line.amount),
        "quantity": money(line.quantity),
        "productId": product.source_id if product else (str(line.product.id) if line.product else None),
        "currencyPriceWithoutTax": money(line.currency_amount_before_tax),
        "vatRate": line.vat_rate,
        "currencyAmount": money(line.currency_amount),
        "description": line.description,
        "id": str(line.id),
        "label": line.label,
        "currencyTax": money(line.currency_tax),
    }


def subscription_row(subscription: BillingSubscription, names: Names) -> Row:
    """A billing subscription with its template."""
    return both_spellings(
        {
            "emailSettings": subscription.email_settings,
            "activatedAt": instant(subscription.activated_at),
            "start": day(subscription.start),
            "mode": subscription.mode.type,
            "nextOccurence": day(subscription.next_occurrence),
            "stoppedAt": instant(subscription.stopped_at),
            "invoiceTemplates": _template_row(subscription, names),
            "recurringRules": _rule_row(subscription),
            "paymentMethod": subscription.payment_method,
            "finish": day(subscription.finish),
            "id": str(subscription.id),
            "prevOccurence": day(subscription.prev_occurrence),
            "status": subscription.status,
            "customer": _customer_of(subscription.customer.id if subscription.customer else None, names),
        }
    )


def _template_row(subscription: BillingSubscription, names: Names) -> Row:
    data = subscription.customer_invoice_data
    return {
        "amount": money(data.amount),
        "paymentCondition": subscription.payment_conditions,
        "currencyAmount": money(data.currency_amount),
        "discount": money(data.discount.value) if data.discount else None,
        "language": data.language,
        "label": data.label,
        "currencyTax": money(data.currency_tax),
        "lineItems": [line_row(line, names) for line in subscription.lines],
        "specialMention": data.special_mention,
        "exchangeRate": money(data.exchange_rate),
        "currency": data.currency,
        "discountType": data.discount.type if data.discount else None,
        "currencyAmountWithoutTax": money(data.currency_amount_before_tax),
        "updatedAt": instant(data.updated_at),
    }


def _rule_row(subscription: BillingSubscription) -> Row:
    """The rule. `type` and `ruleType` are one in API v2; a month has one day in the seed's form."""
    rule = subscription.recurring_rule
    return {
        "count": rule.count,
        "interval": rule.interval,
        "until": day(rule.until),
        "type": rule.rule_type,
        "dayOfMonth": rule.day_of_month[0] if rule.day_of_month else None,
        "ruleType": rule.rule_type,
    }


def invoice_row(invoice: CustomerInvoice, names: Names, details: InvoiceDetails) -> Row:
    """An invoice or a credit note. The group of its quote, its source and the day it was paid are not in API v2."""
    customer = names.customers.get(invoice.customer.id) if invoice.customer else None
    return _header_row(invoice, names) | {
        "date": day(invoice.date),
        "fileName": invoice.filename,
        "isDraft": invoice.draft,
        "quoteGroupUuid": None,
        "source": None,
        "remainingAmount": money(invoice.remaining_amount_with_tax),
        "specialMention": invoice.special_mention,
        "invoices": [_inner_row(invoice, details)],
        "isEstimate": False,
        "exchangeRate": invoice.exchange_rate,
        "invoiceNumber": invoice.invoice_number,
        "categories": [_category_tag(category) for category in details.categories],
        "fullyPaidAt": None,
        "paid": invoice.paid,
        "customer": customer.source_id if customer else (str(invoice.customer.id) if invoice.customer else None),
    }


def estimate_row(quote: Quote, names: Names, related: Sequence[CustomerInvoice] = ()) -> Row:
    """An estimate. Its kind and its source are not in API v2."""
    return _header_row(quote, names) | {
        "estimateNumber": quote.quote_number,
        "pdfInvoiceFreeText": quote.pdf_invoice_free_text,
        "pdfInvoiceSubject": quote.pdf_invoice_subject,
        "source": None,
        "estimateType": None,
        "exchangeRate": money(quote.exchange_rate),
        "issueDate": day(quote.date),
        "deadline": day(quote.deadline),
        "customer": _customer_of(quote.customer.id if quote.customer else None, names),
        "relatedInvoices": [_related_row(invoice) for invoice in related],
    }


def _header_row(header: InvoiceHeader, names: Names) -> Row:
    """What the seed has of invoices and estimates alike."""
    return {
        "amount": money(header.amount),
        "currencyAmount": money(header.currency_amount),
        "discount": money(header.discount.value) if header.discount else None,
        "discountType": header.discount.type if header.discount else None,
        "language": header.language,
        "label": header.label,
        "currencyTax": money(header.currency_tax),
        "currencyAmountWithoutTax": money(header.currency_amount_before_tax),
        "lineItems": [line_row(line, names) for line in header.lines],
        "fileUrl": header.public_file_url,
        "currency": header.currency,
        "id": str(header.id),
        "updatedAt": instant(header.updated_at),
        "status": header.status,
    }


def _inner_row(invoice: CustomerInvoice, details: InvoiceDetails) -> Row:
    """The seed's nested `invoices` of one invoice: references, payments and the texts of its PDF."""
    reference, subscription = invoice.transaction_reference, invoice.billing_subscription
    return both_spellings(
        {
            "externalId": invoice.external_reference,
            "transactionreference": {
                "bankingProvider": reference.banking_provider if reference else None,
                "providerFieldName": reference.provider_field_name if reference else None,
                "providerFieldValue": reference.provider_field_value if reference else None,
            },
            "matchedTransactions": [_transaction_row(each) for each in details.transactions],
            "billingSubsciption": {"id": str(subscription.id) if subscription else None},
            "invoices": [
                {
                    "pdfInvoiceFreeText": invoice.pdf_invoice_free_text,
                    "pdfInvoiceSubject": invoice.pdf_invoice_subject,
                }
            ],
            "payments": [
                {
                    "currencyAmount": money(payment.currency_amount),
                    "createdAt": instant(payment.created_at),
                    "label": payment.label,
                }
                for payment in details.payments
            ],
        }
    )


def _transaction_row(transaction: MatchedTransaction) -> Row:
    return {
        "date": day(transaction.date),
        "amount": money(transaction.amount),
        "currency": transaction.currency,
        "label": transaction.label,
        "groupUuid": transaction.group_uuid,
        "fee": money(transaction.currency_fee),
    }


def _category_tag(category: Category) -> Row:
    return both_spellings(
        {
            "weigth": money(category.weight),
            "createdAt": instant(category.created_at),
            "id": str(category.id),
            "label": category.label,
            "direction": category.direction,
            "updatedAt": instant(category.updated_at),
        }
    )


def _related_row(invoice: CustomerInvoice) -> Row:
    return both_spellings(
        {
            "Amount": money(invoice.amount),
            "currencyAmount": money(invoice.currency_amount),
            "paid": invoice.paid,
            "currency": invoice.currency,
            "id": str(invoice.id),
            "label": invoice.label,
            "quotegroupUuid": None,
        }
    )


def _customer_of(customer_id: int | None, names: Names) -> Row | None:
    customer = names.customers.get(customer_id) if customer_id is not None else None
    return customer_row(customer) if customer else None


def product_ids(lines: Iterable[InvoiceLine]) -> set[int]:
    """Give the products of the lines."""
    return {line.product.id for line in lines if line.product is not None}
