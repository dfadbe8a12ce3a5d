"""A company and its records, with as little said as a test needs."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from ledgerpost.domain.commerce import (
    CompanyId,
    Order,
    OrderLine,
    Payment,
    PaymentStatus,
    PaymentType,
    RecordId,
    Transaction,
    TransactionType,
    rate_text,
)
from ledgerpost.domain.company import (
    Account,
    AccountType,
    Choice,
    Classification,
    Company,
    Extras,
    Fees,
    Grouping,
    LevelChoice,
    Option,
    OptionId,
    Output,
    Payments,
    Sales,
    Schedule,
    Section,
    TextChoice,
)
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.grouping.assemble import Assembled, assemble
from ledgerpost.domain.grouping.document import CommerceDocument
from ledgerpost.domain.grouping.totals import Totals
from ledgerpost.domain.route import AccountId, ConnectionId
from ledgerpost.domain.version import SourceVersion

COMPANY = CompanyId("3f1c5b8e-2a54-4f0e-9a6b-0d7f1f3f2f10")
DAY = date(2026, 3, 2)
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)

BANK = Classification.BANK
NOMINAL = Classification.NOMINAL


def an_option(name: str, classification: Classification | None = None) -> Option:
    return Option(OptionId(name), name.capitalize(), classification)


OWN = (an_option("rounding", NOMINAL), an_option("tax", NOMINAL), an_option("receivable", NOMINAL))


def accounts_of(section: Section) -> dict[AccountType, Account]:
    """An account of its own for each type of the section; those of payments are bank accounts."""
    classification = BANK if section is Section.PAYMENTS else NOMINAL
    return {
        kind: Account(selected=OptionId(kind.value), options=(an_option(kind.value, classification), *OWN))
        for kind in AccountType
        if kind.section is section
    }


def a_company(**changes: Any) -> Company:
    """A company with every account and the rates 0, 5, 20. `unmapped` leaves accounts out, `rates` replaces rates."""
    unmapped = set(changes.pop("unmapped", ()))
    rates = changes.pop("rates", ("0", "5", "20"))
    extras = changes.pop("extras", {})
    levels = changes.pop("levels", {})
    status = changes.pop("status", "Submitted")
    accounts = {
        section: {kind: each for kind, each in accounts_of(section).items() if kind not in unmapped}
        for section in Section
    }
    locations = ("location",)
    grouping = Grouping(
        invoice_level=LevelChoice(selected=levels.get("invoice", ()), options=locations),
        line_level=LevelChoice(selected=levels.get("line", ()), options=(*locations, "product")),
    )
    company = Company(
        id=COMPANY,
        accounting_software_company_name="Acme",
        enabled=True,
        schedule=Schedule(
            frequency=TextChoice(selected="Daily", options=("Daily", "Monthly")),
            start=datetime(2026, 3, 1),  # noqa: DTZ001 - a local time of the merchant
            run_hour=2,
            run_zone=ZoneInfo("UTC"),
        ),
        sales=Sales(
            sync=True,
            accounts=accounts[Section.SALES],
            invoice_status=TextChoice(selected=status, options=("Submitted", "Draft")),
            customer=Choice(OptionId("till"), (an_option("till"),)),
            tax_rates={rate: Choice(OptionId(f"t{rate}"), (an_option(f"t{rate}"),)) for rate in rates},
            grouping=grouping,
        ),
        payments=Payments(sync=True, accounts=accounts[Section.PAYMENTS]),
        fees=Fees(sync=True, accounts=accounts[Section.FEES], supplier=Choice(OptionId("psp"), (an_option("psp"),))),
        extras=replace(
            Extras(
                tenant=TenantId("acme"),
                time_zone=ZoneInfo("Europe/London"),
                connection=ConnectionId("books"),
                account=AccountId("main"),
                rounding_account=OptionId("rounding"),
                tax_account=OptionId("tax"),
                receivable_account=OptionId("receivable"),
                clearing_account=OptionId("cash"),
            ),
            **extras,
        ),
    )
    return replace(company, **changes)


def with_account(company: Company, account_type: AccountType, account: str) -> Company:
    """The company with another account's id chosen for a sales type, such as refunds back to the sales account."""
    option = an_option(account, NOMINAL)
    accounts = {**company.sales.accounts, account_type: Account(selected=option.id, options=(option,))}
    return replace(company, sales=replace(company.sales, accounts=accounts))


def a_line(net: str, tax: str = "0", rate: str = "20", quantity: str = "1", **changes: Any) -> OrderLine:
    return OrderLine(
        quantity=Decimal(quantity),
        total=Decimal(net) + Decimal(tax),
        tax=Decimal(tax),
        tax_rate=rate_text(Decimal(rate)),
        **changes,
    )


def a_payment(amount: str, kind: PaymentType = PaymentType.CASH, status: PaymentStatus = PaymentStatus.PAID) -> Payment:
    return Payment(id=f"{kind}-{amount}", amount=Decimal(amount), type=kind, status=status)


def an_order(order_id: str, lines: Iterable[OrderLine], payments: Iterable[Payment] = (), **changes: Any) -> Order:
    """An order whose totals are those of its lines unless said otherwise."""
    lines = tuple(lines)
    total = sum((line.total for line in lines), Decimal(0))
    order = Order(
        id=RecordId(order_id),
        currency="GBP",
        created_at=NOON,
        version=SourceVersion(NOON),
        total=total,
        tax=sum((line.tax for line in lines), Decimal(0)),
        gratuity=Decimal(0),
        lines=lines,
        payments=tuple(payments),
    )
    return replace(order, **changes)


def a_fee(transaction_id: str, amount: str, kind: TransactionType = TransactionType.PAYMENT_FEE) -> Transaction:
    return Transaction(
        id=RecordId(transaction_id),
        currency="GBP",
        created_at=NOON,
        version=SourceVersion(NOON),
        total=Decimal(amount),
        type=kind,
    )


def documents_of(company: Company, records: Iterable[Any], layer: int = 0) -> tuple[CommerceDocument, ...]:
    """What a close makes of the records; fails where it stops."""
    answer = assemble(company, DAY, Totals().add_all(records), layer)
    assert isinstance(answer, Assembled), answer
    return answer.documents


def sides_of(document: CommerceDocument) -> Mapping[str, list[tuple[str, str]]]:
    """A journal as people write it down: account and amount, debits and credits."""
    sides: dict[str, list[tuple[str, str]]] = {"debit": [], "credit": []}
    for line in document.as_json()["lines"]:
        sides[line["side"]].append((line["account"]["id"], line["amount"]))
    return sides


JOURNAL = Output.JOURNAL
