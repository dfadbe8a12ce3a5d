"""A company's configuration: what is synchronised, when, into which accounts, and how it is grouped.

Source: seed 003, all tables; names as there. `Ledgerpost's own` marks what the seed does not have.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import NewType
from zoneinfo import ZoneInfo

from ledgerpost.domain.commerce import CompanyId, PaymentType, TransactionType
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.route import AccountId, ConnectionId

OptionId = NewType("OptionId", str)
"""What an option is chosen by: the id of an account, a customer, a tax rate or a supplier of the ledger."""


class Section(StrEnum):
    """Which part of the configuration an account type belongs to."""

    SALES = "sales"
    PAYMENTS = "payments"
    FEES = "fees"


class AccountType(StrEnum):
    """What an account is for. Source: seed 003, account types."""

    SALES = "sales"
    GRATUITY = "gratuity"
    REFUND = "refund"
    CASH = "cash"
    CARD = "card"
    INVOICE = "invoice"
    ONLINE_CARD = "onlineCard"
    SWISH = "swish"
    VIPPS = "vipps"
    MOBILE = "mobile"
    STORE_CREDIT = "storeCredit"
    PAYPAL = "paypal"
    CUSTOM = "custom"
    PAYMENT_FEE = "paymentFee"
    PAYMENT_FEE_REFUND = "paymentFeeRefund"
    LOAN = "loan"
    LOAN_FEE = "loanFee"
    CASHBACK = "cashback"
    PRE_PAID = "prePaid"
    PAYOUT = "payout"
    """Where the provider pays out to; not in the seed. Source: codat sheet, section 2 (current documentation)."""

    @property
    def section(self) -> Section:
        """The section of the configuration that this account stands in."""
        if self in (AccountType.SALES, AccountType.GRATUITY, AccountType.REFUND):
            return Section.SALES
        if self in (AccountType.PAYMENT_FEE, AccountType.PAYMENT_FEE_REFUND, AccountType.LOAN_FEE):
            return Section.FEES
        return Section.PAYMENTS


ACCOUNT_OF_PAYMENT: Mapping[PaymentType, AccountType] = {
    kind: AccountType.PRE_PAID if kind is PaymentType.PREPAID else AccountType(kind[0].lower() + kind[1:])
    for kind in PaymentType
    if kind is not PaymentType.UNKNOWN
}
"""`Cash` → cash and so on; `Unknown` has none and stops a close. Source: codat sheet, section 9."""

ACCOUNT_OF_FEE: Mapping[TransactionType, AccountType] = {
    TransactionType.PAYMENT_FEE: AccountType.PAYMENT_FEE,
    TransactionType.PAYMENT_FEE_REFUND: AccountType.PAYMENT_FEE_REFUND,
    TransactionType.LOAN_FEE: AccountType.LOAN_FEE,
}


class Classification(StrEnum):
    """Of an account: in the profit and loss or the balance sheet, or a bank account."""

    NOMINAL = "nominal"
    BANK = "bank"


class Output(StrEnum):
    """What a close makes; fixed after the first configuration. Source: codat sheet, sections 3 and 4."""

    INVOICES = "Invoices"
    JOURNAL = "JournalEntry"


class Level(StrEnum):
    """What a grouping level can group by, beside the currency and the tax rate that are always grouped by."""

    LOCATION = "location"
    PRODUCT = "product"


INVOICE_LEVELS = (Level.LOCATION,)
LINE_LEVELS = (Level.LOCATION, Level.PRODUCT)


@dataclass(frozen=True, slots=True)
class Option:
    """One thing of the ledger that may be chosen; read-only. Accounts alone have a classification."""

    id: OptionId
    name: str
    classification: Classification | None = None
    nominal_code: str | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice from read-only options; `selected` is None until somebody chose."""

    selected: OptionId | None = None
    options: tuple[Option, ...] = ()

    @property
    def option(self) -> Option | None:
        """The chosen option; None where nothing is chosen, or what is chosen is no option."""
        return next((option for option in self.options if option.id == self.selected), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account(Choice):
    """The account for one account type. The texts are read-only."""

    label_text: str = ""
    description_text: str = ""
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TextChoice:
    """A choice among plain texts, such as a frequency."""

    selected: str
    options: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelChoice:
    """What one level groups by: any of the options, or nothing beyond what is always grouped by."""

    selected: tuple[str, ...] = ()
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Grouping:
    """The period of an invoice, what is grouped on one invoice, and how its lines are divided."""

    period: TextChoice = field(default_factory=lambda: TextChoice(selected="daily", options=("daily",)))
    invoice_level: LevelChoice = field(default_factory=LevelChoice)
    line_level: LevelChoice = field(default_factory=LevelChoice)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a company's days are closed. `start` is a local time of the merchant; nothing before its day is closed.

    `run_hour` is the earliest hour of a run in `run_zone`, which is UTC where the seed's `syncHourUtc` gave it.
    """

    frequency: TextChoice
    start: datetime
    run_hour: int
    run_zone: ZoneInfo

    @property
    def first_day(self) -> date:
        """The first business day that is closed."""
        return self.start.date()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sales:
    """The sales section."""

    sync: bool
    accounts: Mapping[AccountType, Account]
    invoice_status: TextChoice
    customer: Choice
    tax_rates: Mapping[str, Choice]
    grouping: Grouping


@dataclass(frozen=True, slots=True, kw_only=True)
class Payments:
    """The payments section."""

    sync: bool
    accounts: Mapping[AccountType, Account]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fees:
    """The fees section; the supplier is the current OpenAPI's. Source: codat sheet, section 3."""

    sync: bool
    accounts: Mapping[AccountType, Account]
    supplier: Choice = field(default_factory=Choice)


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """Ledgerpost's own part: whose company it is, where its documents go, and the accounts that no type is for.

    The accounts are ids from any of the account options; None where none is chosen.
    """

    tenant: TenantId
    time_zone: ZoneInfo
    connection: ConnectionId
    account: AccountId
    rounding_account: OptionId | None = None
    tax_account: OptionId | None = None
    receivable_account: OptionId | None = None
    clearing_account: OptionId | None = None
    line_limit: int = 500
    as_entries: bool = False
    """The ledger takes credits and debits: each sales or fee document is one entry, and payments are none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """One company's configuration. `id` and `accounting_software_company_name` are read-only."""

    id: CompanyId
    accounting_software_company_name: str
    enabled: bool
    schedule: Schedule
    sales: Sales
    payments: Payments
    fees: Fees
    extras: Extras
    output: Output = Output.INVOICES
    data_connections: tuple[str, ...] | None = None
    """Ids of the linked connections, the shop's and the books', where the document names them."""

    def section(self, section: Section) -> "Sales | Payments | Fees":
        """Give a section by its name."""
        match section:
            case Section.SALES:
                return self.sales
            case Section.PAYMENTS:
                return self.payments
            case Section.FEES:
                return self.fees

    def accounts(self) -> Iterator[tuple[AccountType, Account]]:
        """Give every account of the three sections with its type."""
        for section in (self.sales, self.payments, self.fees):
            yield from section.accounts.items()

    def account_of(self, account_type: AccountType) -> Option | None:
        """Give the account that is chosen for a type; None where none is."""
        account = self.section(account_type.section).accounts.get(account_type)
        return account.option if account is not None else None

    def account_option(self, option_id: OptionId | None) -> Option | None:
        """Give the account of that id, whichever account type lists it; None where no one does."""
        options = (option for _, account in self.accounts() for option in account.options)
        return next((option for option in options if option.id == option_id), None)

    def tax_rate_of(self, rate: str) -> Option | None:
        """Give the ledger's tax rate for a normalised rate; None where none is chosen."""
        choice = self.sales.tax_rates.get(rate)
        return choice.option if choice is not None else None


def rate_order(rate: str) -> Decimal:
    """Give the number that a normalised tax rate is sorted by."""
    return Decimal(rate)


def with_new_account(company: Company, account_type: AccountType, created: Option) -> Company:
    """Give the configuration after the ledger created `created` for `account_type`: an option like the others, chosen.

    Source: seed 003, account types ("Create new accounts by calling the New Account Endpoint with accountType").
    Raises AssertionError for an option without classification: the caller has validated the ledger's answer.
    """
    assert created.classification is not None, "an account option has a classification"
    section = company.section(account_type.section)
    before = section.accounts.get(account_type, Account())
    others = tuple(option for option in before.options if option.id != created.id)
    account = replace(before, selected=created.id, options=(*others, created))
    accounts = {**section.accounts, account_type: account}
    match account_type.section:
        case Section.SALES:
            return replace(company, sales=replace(company.sales, accounts=accounts))
        case Section.PAYMENTS:
            return replace(company, payments=replace(company.payments, accounts=accounts))
        case Section.FEES:
            return replace(company, fees=replace(company.fees, accounts=accounts))
