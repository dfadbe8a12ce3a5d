"""The closed schemas of the request bodies. Source: pennylane sheet, sections 5.1 to 5.10; what it does not settle is
marked OURS.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Final


class Kind(Enum):
    """What a value has to be. `DECIMAL` is money as text; `NUMBER` a JSON number."""

    TEXT = "string"
    INTEGER = "integer"
    NUMBER = "number"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    OBJECT = "object"
    ARRAY = "array"


@dataclass(frozen=True, slots=True)
class Schema:
    """One value: for an object its `keys` and those `required`, for an array its `item`."""

    kind: Kind
    enum: tuple[str, ...] = ()
    longest: int | None = None
    keys: Mapping[str, "Schema"] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    item: "Schema | None" = None
    nullable: bool = False


def _object(required: str = "", /, **keys: Schema) -> Schema:
    return Schema(Kind.OBJECT, keys=keys, required=tuple(required.split()))


def _array(item: Schema) -> Schema:
    return Schema(Kind.ARRAY, item=item)


def _one_of(text: str) -> Schema:
    return Schema(Kind.TEXT, enum=tuple(text.split()))


TEXT: Final = Schema(Kind.TEXT)
MAYBE_TEXT: Final = Schema(Kind.TEXT, nullable=True)
ID: Final = Schema(Kind.INTEGER)
NUMBER: Final = Schema(Kind.NUMBER)
DECIMAL: Final = Schema(Kind.DECIMAL)
BOOLEAN: Final = Schema(Kind.BOOLEAN)
DATE: Final = Schema(Kind.DATE)

_VAT_CODES: Final = (
    "FR_200 FR_196 FR_160 FR_130 FR_100 FR_92 FR_85 FR_65 FR_60 FR_55 FR_50 FR_40 FR_21 FR_1_05 FR_1_75 FR_09 "
    "FR_15_385 BE_60 BE_120 BE_210 DE_70 DE_190 exempt extracom crossborder intracom_21 intracom_55 intracom_85 "
    "intracom_100"
)
VAT: Final = _one_of(_VAT_CODES)
UNIT: Final = _one_of("piece hour day month kilogram m2 m3 ton mg no_unit")
LANGUAGE: Final = _one_of("fr_FR en_GB de_DE")
PAYMENT_CONDITIONS: Final = _one_of(
    "upon_receipt custom 7_days 15_days 30_days 30_days_end_of_month 45_days 45_days_end_of_month 60_days"
)
ADDRESS: Final = _object(
    "address postal_code city country_alpha2", address=TEXT, postal_code=TEXT, city=TEXT, country_alpha2=TEXT
)
LEDGER_ACCOUNT: Final = _object("number", number=TEXT)
DISCOUNT: Final = _object("type value", type=_one_of("absolute relative"), value=DECIMAL)
TRANSACTION_REFERENCE: Final = _object(
    "banking_provider provider_field_name provider_field_value",
    banking_provider=TEXT, provider_field_name=TEXT, provider_field_value=TEXT,
)  # fmt: skip

_CUSTOMER_KEYS: Final = {
    "billing_address": ADDRESS, "emails": _array(TEXT), "phone": TEXT, "reference": TEXT, "notes": TEXT,
    "payment_conditions": PAYMENT_CONDITIONS, "recipient": TEXT, "billing_iban": TEXT, "delivery_address": ADDRESS,
    "billing_language": LANGUAGE, "external_reference": TEXT, "ledger_account": LEDGER_ACCOUNT,
}  # fmt: skip
COMPANY: Final = _object("name billing_address", name=TEXT, vat_number=TEXT, reg_no=TEXT, **_CUSTOMER_KEYS)
INDIVIDUAL: Final = _object("first_name last_name billing_address", first_name=TEXT, last_name=TEXT, **_CUSTOMER_KEYS)

PRODUCT: Final = _object(
    "label price_before_tax vat_rate",
    label=TEXT, price_before_tax=DECIMAL, vat_rate=VAT, unit=TEXT, currency=TEXT, reference=TEXT,
    external_reference=TEXT, description=TEXT, ledger_account_id=ID,
)  # fmt: skip
SUPPLIER: Final = _object(
    "name",
    name=TEXT, establishment_no=TEXT, reg_no=TEXT, postal_address=ADDRESS, vat_number=TEXT,
    ledger_account=LEDGER_ACCOUNT, emails=_array(TEXT), iban=TEXT,
    supplier_payment_method=_one_of(
        "automatic_transfer manual_transfer automatic_debiting bill_of_exchange check cash card"
    ),
    supplier_due_date_delay=ID, supplier_due_date_rule=_one_of("days days_or_end_of_month"), external_reference=TEXT,
)  # fmt: skip
CATEGORY: Final = _object(
    "label category_group_id",
    label=TEXT, category_group_id=ID, direction=_one_of("cash_in cash_out"), analytical_code=TEXT,
)  # fmt: skip
CATEGORY_WEIGHTS: Final = _array(_object("id weight", id=ID, weight=DECIMAL))

_LINE_KEYS: Final = {
    "product_id": ID, "label": TEXT, "quantity": NUMBER, "unit": UNIT, "raw_currency_unit_price": DECIMAL,
    "vat_rate": VAT, "description": TEXT, "ledger_account_id": ID, "section_rank": ID, "discount": DISCOUNT,
    "imputation_dates": _object("start_date end_date", start_date=DATE, end_date=DATE),
}  # fmt: skip
LINE: Final = _object("quantity", **_LINE_KEYS)
SECTION: Final = _object("rank", title=TEXT, description=TEXT, rank=ID)
LINE_CHANGES: Final = _object(
    create=_array(LINE), update=_array(_object("id", id=ID, **_LINE_KEYS)), delete=_array(_object("id", id=ID))
)
"""Source for subscriptions: section 5.9; the same form for drafts of invoices is OURS."""

_HEADER_KEYS: Final = {
    "date": DATE, "deadline": DATE, "customer_id": ID, "currency": TEXT, "language": LANGUAGE,
    "external_reference": TEXT, "discount": DISCOUNT, "special_mention": Schema(Kind.TEXT, longest=20000),
    "pdf_description": Schema(Kind.TEXT, longest=5000), "pdf_invoice_free_text": TEXT, "pdf_invoice_subject": TEXT,
    "customer_invoice_template_id": ID,
}  # fmt: skip
INVOICE: Final = _object(
    "date deadline customer_id invoice_lines",
    draft=BOOLEAN, invoice_lines=_array(LINE), invoice_line_sections=_array(SECTION),
    transaction_reference=TRANSACTION_REFERENCE, **_HEADER_KEYS,
)  # fmt: skip
INVOICE_UPDATE: Final = _object(invoice_lines=LINE_CHANGES, transaction_reference=TRANSACTION_REFERENCE, **_HEADER_KEYS)
LINK_CREDIT_NOTE: Final = _object("credit_note_id", credit_note_id=ID)

QUOTE: Final = _object(
    "date deadline customer_id invoice_lines",
    invoice_lines=_array(LINE), invoice_line_sections=_array(SECTION), **_HEADER_KEYS,
)  # fmt: skip
QUOTE_STATUS: Final = _object("status", status=_one_of("pending accepted denied invoiced expired"))

MODE: Final = _object(
    "type",
    type=_one_of("awaiting_validation finalized email"), email_settings=_object("recipients", recipients=_array(TEXT)),
)  # fmt: skip
RULE: Final = _object(
    "type",
    type=_one_of("weekly monthly yearly"), interval=ID, count=ID, day_of_month=ID,
    day_of_week=_one_of("monday tuesday wednesday thursday friday saturday sunday"),
)  # fmt: skip
_SUBSCRIPTION_KEYS: Final = {
    "mode": MODE, "payment_conditions": PAYMENT_CONDITIONS,
    "payment_method": _one_of("offline gocardless_direct_debit"), "recurring_rule": RULE,
}  # fmt: skip
SUBSCRIPTION: Final = _object(
    "start mode payment_conditions payment_method recurring_rule customer_id customer_invoice_data",
    start=DATE, customer_id=ID,
    customer_invoice_data=_object(
        "invoice_lines",
        currency=TEXT, invoice_lines=_array(LINE), invoice_line_sections=_array(SECTION), language=LANGUAGE,
        special_mention=TEXT, discount=DISCOUNT,
    ),
    **_SUBSCRIPTION_KEYS,
)  # fmt: skip
SUBSCRIPTION_UPDATE: Final = _object(stop=BOOLEAN, invoice_lines=LINE_CHANGES, **_SUBSCRIPTION_KEYS)

LEDGER_ENTRY: Final = _object(
    "date label journal_id ledger_entry_lines",
    date=DATE, label=TEXT, journal_id=ID, currency=TEXT, piece_number=TEXT, due_date=DATE, file_attachment_id=ID,
    ledger_entry_lines=_array(
        _object("ledger_account_id debit credit", ledger_account_id=ID, debit=DECIMAL, credit=DECIMAL, label=TEXT)
    ),
)  # fmt: skip
