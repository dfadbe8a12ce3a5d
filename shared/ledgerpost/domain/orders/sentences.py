"""Acumatica's own sentences and the codes that explain them. Source: seed 004, "Error Handling"."""

MULTIPLE_INSTALLMENTS = "No applications can be created for documents with multiple installment credit terms specified."

CUSTOMER_TRANSFER_FAILED = "customer_transfer_failed"
"""The code of an order whose customer the ledger refused: "A failed Customer transfer blocks the order."""

_CODES = (
    ("multiple installment credit terms", "multiple_installment_terms"),
    ("credit terms", "financial_terms_unsupported"),
    ("terms", "financial_terms_unsupported"),
    ("tax zone", "tax_setup_invalid"),
    ("tax id", "tax_setup_invalid"),
    ("tax category", "tax_setup_invalid"),
    ("payment method", "payment_method_unknown"),
    ("inventory id", "sku_unknown"),
    ("customer id", "customer_unresolved"),
)
"""Words of a sentence, the telling ones first, and its code. All but the first are ours: the seed names the errors but
not Acumatica's wording of them."""

_FIELD_CODES = {
    "Terms": "financial_terms_unsupported",
    "CustomerTaxZone": "tax_setup_invalid",
    "TaxID": "tax_setup_invalid",
    "PaymentMethod": "payment_method_unknown",
    "InventoryID": "sku_unknown",
    "CustomerID": "customer_unresolved",
    "OrderQty": "quantity_not_positive",
}
"""The wire's field that an error stands at, and its code. Ours."""


def code_of_sentence(sentence: str, field: str = "") -> str | None:
    """Give the catalogue code that explains what Acumatica says, at `field` of the wire where it is known; None where
    no code does.
    """
    folded = sentence.casefold()
    if _CODES[0][0] in folded:
        return _CODES[0][1]
    if field in _FIELD_CODES:
        return _FIELD_CODES[field]
    return next((code for words, code in _CODES if words in folded), None)
