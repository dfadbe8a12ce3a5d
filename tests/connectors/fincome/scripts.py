"""Rows and a way to a Fincome simulator without HTTP."""

from datetime import date
from decimal import Decimal

import httpx
from multidict import CIMultiDict

from ledgerpost.connectors.fincome import FincomeTarget, fincome_target, options_from
from ledgerpost.connectors.http import HttpSender
from ledgerpost.domain.extract.rows import (
    CreditNoteRow,
    CustomerRow,
    InvoiceRow,
    Line,
    PriceRow,
    ProductRow,
    RowId,
    SubscriptionRow,
    Sums,
    TargetRow,
)
from ledgerpost.domain.route import SecretReference
from ledgerpost.simulators.fincome import DEMO_KEY
from ledgerpost.simulators.fincome.api import FincomeSimulator
from ledgerpost.simulators.serving.exchange import Call
from tests.connectors.scripted import Handler, HeldSecrets, RecordingTransport, StoppedClock

KEY = SecretReference("env:FINCOME_KEY")

LINE = Line(
    original_id=RowId("31"),
    price_id=RowId("src-p1"),
    amount=Decimal("198.00"),
    tax_amount=Decimal("39.60"),
    base_amount=Decimal("158.40"),
    base_tax_amount=Decimal("31.68"),
    description="Hosting – März",
    quantity=Decimal("2.0"),
    currency_code="USD",
    period_start="2026-03-01",
    period_end="2026-03-31",
    discount_amount=Decimal("0.00"),
)
SUMS = Sums(
    currency_code="USD",
    amount=Decimal("198.00"),
    tax_amount=Decimal("39.60"),
    base_currency="EUR",
    base_amount=Decimal("158.40"),
    base_tax_amount=Decimal("31.68"),
    rate=Decimal("0.80000000"),
    rate_day=date(2026, 3, 2),
)
CUSTOMER = CustomerRow(
    original_id=RowId("src-c1"), name="Acme SAS", email="a@x.fr", country="FR", zip_code="75001", reference="C-1"
)
PRODUCT = ProductRow(original_id=RowId("src-p1"), name="Pack 1")
PRICE = PriceRow(
    original_id=RowId("src-p1"),
    product_id=RowId("src-p1"),
    name="Pack 1",
    amount=Decimal("99.000000"),
    currency_code="USD",
)
SUBSCRIPTION = SubscriptionRow(
    original_id=RowId("7-61"),
    customer_id=RowId("src-c1"),
    price_id=RowId("src-p1"),
    subscription_set_id="7",
    currency_code="USD",
    status="in_progress",
    subscription_start_date="2026-01-01",
    canceled_at=None,
    effective_cancellation_date=None,
    deal_closed_date="2025-12-20T10:00:00.000Z",
    monthly_amount=Decimal("198.00"),
)
INVOICE = InvoiceRow(
    original_id=RowId("9001"),
    customer_id=RowId("src-c1"),
    subscription_id=RowId("7-61"),
    date=date(2026, 3, 2),
    invoice_number="F-2026-012",
    status="open",
    sums=SUMS,
    lines=(LINE,),
)
CREDIT_NOTE = CreditNoteRow(
    original_id=RowId("9002"),
    invoice_id=RowId("9001"),
    customer_id=RowId("src-c1"),
    date=date(2026, 3, 2),
    invoice_number="F-2026-013",
    sums=SUMS,
    lines=(LINE,),
)
IN_ORDER: tuple[TargetRow, ...] = (CUSTOMER, PRODUCT, PRICE, SUBSCRIPTION, INVOICE, CREDIT_NOTE)


def target_over(handler: Handler, **options: str) -> tuple[FincomeTarget, RecordingTransport, HeldSecrets]:
    """Give a target over a script, with dots for the underscores of the option names' paths."""
    transport = RecordingTransport(handler)
    secrets = HeldSecrets({KEY: DEMO_KEY})
    target = fincome_target(
        "https://fincome.example/product",
        KEY,
        options_from(options, "target"),
        sender=HttpSender(transport),
        secrets=secrets,
        clock=StoppedClock(),
    )
    return target, transport, secrets


def handler_of(simulator: FincomeSimulator) -> Handler:
    """Let a simulator answer, its cut connections as httpx shows them."""

    def handle(request: httpx.Request) -> httpx.Response:
        call = Call(request.method, request.url.path, "", CIMultiDict(request.headers), request.read())
        answer = simulator.answer(call)
        if answer.cut:
            raise httpx.ReadError("cut")
        headers = {"content-type": answer.content_type, **answer.headers}
        return httpx.Response(answer.status, content=answer.body, headers=headers)

    return handle
