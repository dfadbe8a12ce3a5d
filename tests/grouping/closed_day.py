"""A day of a shop with something of everything, and its documents as the pipeline posts them."""

from decimal import Decimal

from ledgerpost.domain.commerce import PaymentType, TransactionType
from ledgerpost.domain.document import DocumentForm, LedgerDocument
from ledgerpost.domain.entry import Reference
from ledgerpost.domain.grouping.document import CommerceDocument, amount_of
from ledgerpost.domain.money import Money
from tests.grouping.builders import a_fee, a_line, a_payment, an_order

A_DAY = (
    an_order(
        "1",
        [a_line("1000", "200"), a_line("10", "0.50", "5"), a_line("25", "0", "0", is_gift_card=True)],
        [a_payment("1284.52"), a_payment("0.99", PaymentType.CARD)],
        gratuity=Decimal(50),
        total=Decimal("1235.51"),
    ),
    an_order("2", [a_line("-100", "-20", quantity="-1")], [a_payment("-120")]),
    a_fee("f", "60"),
    a_fee("r", "30", TransactionType.PAYMENT_FEE_REFUND),
)
"""A sale at two rates with a voucher, a tip and a penny of rounding, paid twice; a refund; a fee and its refund."""


def as_posted(document: CommerceDocument) -> LedgerDocument:
    """The document as the pipeline posts it."""
    amount = amount_of(document.signed_total, document.place.currency)
    return LedgerDocument(
        reference=Reference(document.reference),
        form=DocumentForm(document.form.value),
        money=Money(abs(amount), document.place.currency),
        day=document.place.day,
        source_amount=amount,
        rounding=Decimal(0),
        body=document.body(),
    )
