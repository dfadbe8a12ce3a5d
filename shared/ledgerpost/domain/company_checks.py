"""What is wrong with a company's configuration, and what a change may not touch. Pure; every fault at once.

Source: seed 003, the tables; codat sheet, section 8, the messages.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from ledgerpost.domain.company import (
    INVOICE_LEVELS,
    LINE_LEVELS,
    Account,
    AccountType,
    Choice,
    Company,
    LevelChoice,
    OptionId,
    Output,
    Section,
    TextChoice,
)
from ledgerpost.domain.company_pennylane import pennylane_faults
from ledgerpost.errors import Problem, describe

OWN_ACCOUNTS = ("rounding_account", "tax_account", "receivable_account", "clearing_account")
_DRAFT = "draft"
_DAILY = "daily"


def faults_of(company: Company) -> list[Problem]:
    """Give everything that is wrong, in the order of the document; empty for a configuration that is accepted."""
    return [
        *_connection_faults(company),
        *_choice_faults(company),
        *_sales_faults(company),
        *_switch_faults(company),
        *_account_faults(company),
        *pennylane_faults(company),
    ]


def _problem(code: str, path: str, message: str = "") -> Problem:
    entry = describe(code)
    return Problem(path, message or entry.cause, entry.fix, code)


def _connection_faults(company: Company) -> Iterator[Problem]:
    connections = company.data_connections
    if connections is not None and len(connections) != 2:
        message = f"Exactly two linked connections are needed; there are {len(connections)}."
        yield _problem("company_connections", "dataConnections", message)


def _choice_faults(company: Company) -> Iterator[Problem]:
    """Every selected value is one of its options. Source: seed 003, "must be contained in"."""
    sales, grouping = company.sales, company.sales.grouping
    texts = (
        ("schedule.selectedFrequency", company.schedule.frequency),
        ("configuration.sales.invoiceStatus.selectedInvoiceStatus", sales.invoice_status),
        ("configuration.sales.grouping.groupingPeriod.selectedGroupingPeriod", grouping.period),
    )
    for path, text in texts:
        yield from _text_fault(path, text)
    for path, choice in _choices(company):
        if choice.selected is not None and choice.option is None:
            yield _not_an_option(path)


def _choices(company: Company) -> Iterator[tuple[str, Choice]]:
    sales = company.sales
    for section in Section:
        for kind, account in company.section(section).accounts.items():
            yield f"configuration.{section.value}.accounts.{kind.value}.selectedAccountId", account
    yield "configuration.sales.salesCustomer.selectedCustomerId", sales.customer
    for rate, choice in sales.tax_rates.items():
        yield f'configuration.sales.taxRates["{rate}"].selectedTaxRateId', choice
    yield "configuration.fees.feesSupplier.selectedSupplierId", company.fees.supplier


def _text_fault(path: str, choice: TextChoice) -> Iterator[Problem]:
    if choice.selected not in choice.options:
        yield _not_an_option(path)


def _not_an_option(path: str) -> Problem:
    return _problem("company_not_an_option", path)


def _sales_faults(company: Company) -> Iterator[Problem]:
    grouping = company.sales.grouping
    levels = "configuration.sales.grouping.groupingLevels"
    yield from _level_faults(f"{levels}.invoiceLevel", grouping.invoice_level, INVOICE_LEVELS)
    yield from _level_faults(f"{levels}.invoiceLineLevel", grouping.line_level, LINE_LEVELS)
    if grouping.period.selected in grouping.period.options and grouping.period.selected.casefold() != _DAILY:
        path = "configuration.sales.grouping.groupingPeriod.selectedGroupingPeriod"
        yield _problem("company_level_unsupported", path, "Only daily grouping is possible.")
    if company.extras.as_entries and company.output is Output.JOURNAL:
        yield _problem("company_journal_as_entries", "ledgerpost.entries")
    if company.sales.sync and company.sales.customer.selected is None:
        yield _problem("company_customer_missing", "configuration.sales.salesCustomer.selectedCustomerId")


def _level_faults(path: str, level: LevelChoice, supported: Iterable[str]) -> Iterator[Problem]:
    for place, selected in enumerate(level.selected):
        where = f"{path}.selectedGroupByOptions[{place}]"
        if selected not in level.options:
            yield _not_an_option(where)
        elif selected not in supported:
            yield _problem("company_level_unsupported", where)


def _switch_faults(company: Company) -> Iterator[Problem]:
    payments = "configuration.payments.syncPayments"
    if company.payments.sync and not company.sales.sync:
        yield _problem("company_payments_without_sales", payments)
    if company.payments.sync and company.sales.invoice_status.selected.casefold() == _DRAFT:
        yield _problem("company_payments_on_draft", payments)
    if company.fees.sync and not company.payments.sync:
        yield _problem("company_fees_without_payments", "configuration.fees.syncFees")
    if company.fees.sync and company.fees.supplier.options and company.fees.supplier.selected is None:
        yield _problem("company_supplier_missing", "configuration.fees.feesSupplier.selectedSupplierId")


def _account_faults(company: Company) -> Iterator[Problem]:
    for kind, account in company.accounts():
        path = f"configuration.{kind.section.value}.accounts.{kind.value}.selectedAccountId"
        if account.required and account.selected is None:
            yield _problem("company_account_missing", path, "This account is required and not chosen.")
        if account.option is not None and not account.option.active:
            yield _problem("company_account_inactive", path)
    if company.sales.sync and _selected(company, AccountType.SALES) is None:
        path = "configuration.sales.accounts.sales.selectedAccountId"
        yield _problem("company_account_missing", path, "Sales are synchronised and no account is chosen for them.")
    yield from _shared_accounts(company)
    for name in OWN_ACCOUNTS:
        option_id: OptionId | None = getattr(company.extras, name)
        if option_id is not None and company.account_option(option_id) is None:
            first, _, last = name.partition("_")
            yield _not_an_option(f"ledgerpost.{first}{last.capitalize()}")


def _shared_accounts(company: Company) -> Iterator[Problem]:
    accounts = company.payments.accounts
    prepaid = _selected(company, AccountType.PRE_PAID)
    others = {account.selected for kind, account in accounts.items() if kind is not AccountType.PRE_PAID}
    if prepaid is not None and prepaid in others:
        path = "configuration.payments.accounts.prePaid.selectedAccountId"
        yield _problem("company_prepaid_account_shared", path)
    card, payout = _selected(company, AccountType.CARD), _selected(company, AccountType.PAYOUT)
    if card is not None and card == payout:
        yield _problem("company_payout_account_shared", "configuration.payments.accounts.card.selectedAccountId")


def _selected(company: Company, kind: AccountType) -> OptionId | None:
    account = company.section(kind.section).accounts.get(kind)
    return account.selected if account is not None else None


def changed(before: Company, proposed: Company) -> Company | tuple[Problem, ...]:
    """Give `proposed` with the read-only values of `before` where it leaves them out, or what it may not change.

    Read-only are the company's id and name, every list of options, and the texts of accounts; the start date cannot be
    moved backwards, and the output is fixed.
    Source: seed 003, "read-only" and "can't be backdated"; codat sheet, section 4.
    """
    completed = _completed(before, proposed)
    problems = tuple(_forbidden_changes(before, completed))
    return problems or completed


def _completed(before: Company, proposed: Company) -> Company:
    """Fill in what a writer may leave out: options and texts come from the ledger, not from who chooses among them."""
    sales, grouping, old = proposed.sales, proposed.sales.grouping, before.sales
    grouping = replace(
        grouping,
        period=_text_completed(old.grouping.period, grouping.period),
        invoice_level=_level_completed(old.grouping.invoice_level, grouping.invoice_level),
        line_level=_level_completed(old.grouping.line_level, grouping.line_level),
    )
    return replace(
        proposed,
        accounting_software_company_name=proposed.accounting_software_company_name
        or before.accounting_software_company_name,
        schedule=replace(
            proposed.schedule, frequency=_text_completed(before.schedule.frequency, proposed.schedule.frequency)
        ),
        sales=replace(
            sales,
            accounts=_accounts_completed(before, proposed, Section.SALES),
            invoice_status=_text_completed(old.invoice_status, sales.invoice_status),
            customer=_choice_completed(old.customer, sales.customer),
            tax_rates={
                rate: _choice_completed(old.tax_rates.get(rate, Choice()), choice)
                for rate, choice in sales.tax_rates.items()
            },
            grouping=grouping,
        ),
        payments=replace(proposed.payments, accounts=_accounts_completed(before, proposed, Section.PAYMENTS)),
        fees=replace(
            proposed.fees,
            accounts=_accounts_completed(before, proposed, Section.FEES),
            supplier=_choice_completed(before.fees.supplier, proposed.fees.supplier),
        ),
        data_connections=before.data_connections if proposed.data_connections is None else proposed.data_connections,
    )


def _text_completed(before: TextChoice, proposed: TextChoice) -> TextChoice:
    return proposed if proposed.options else replace(proposed, options=before.options)


def _level_completed(before: LevelChoice, proposed: LevelChoice) -> LevelChoice:
    return proposed if proposed.options else replace(proposed, options=before.options)


def _choice_completed(before: Choice, proposed: Choice) -> Choice:
    return proposed if proposed.options else replace(proposed, options=before.options)


def _accounts_completed(before: Company, proposed: Company, section: Section) -> dict[AccountType, Account]:
    """Accounts that the writer leaves out keep their place: an account type is switched off by choosing none."""
    old, new = before.section(section).accounts, proposed.section(section).accounts
    return {**old, **{kind: _account_completed(old.get(kind, Account()), account) for kind, account in new.items()}}


def _account_completed(before: Account, proposed: Account) -> Account:
    return replace(
        proposed,
        options=proposed.options or before.options,
        label_text=proposed.label_text or before.label_text,
        description_text=proposed.description_text or before.description_text,
        required=proposed.required or before.required,
    )


def _forbidden_changes(before: Company, after: Company) -> Iterator[Problem]:
    for path, was, now in _read_only(before, after):
        if was != now:
            yield _problem("company_read_only", path)
    if after.schedule.start < before.schedule.start:
        yield _problem("company_start_backdated", "schedule.startDate")
    if after.output is not before.output:
        yield _problem("company_output_fixed", "mapSettings.outputFormat")
    if after.extras.tenant != before.extras.tenant:
        yield _problem("company_read_only", "ledgerpost.tenant")


def _read_only(before: Company, after: Company) -> Iterator[tuple[str, object, object]]:
    """Give each read-only value with its path, as it was and as it would be."""
    old, new = before.sales, after.sales
    levels = "configuration.sales.grouping.groupingLevels"
    yield "companyId", before.id, after.id
    yield (
        "accountingSoftwareCompanyName",
        before.accounting_software_company_name,
        after.accounting_software_company_name,
    )
    yield "schedule.frequencyOptions", before.schedule.frequency.options, after.schedule.frequency.options
    yield from _account_texts(before, after)
    path = "configuration.sales.invoiceStatus.invoiceStatusOptions"
    yield path, old.invoice_status.options, new.invoice_status.options
    yield "configuration.sales.salesCustomer.customerOptions", old.customer.options, new.customer.options
    for rate, choice in new.tax_rates.items():
        if rate in old.tax_rates:
            path = f'configuration.sales.taxRates["{rate}"].taxRateOptions'
            yield path, old.tax_rates[rate].options, choice.options
    path = "configuration.sales.grouping.groupingPeriod.groupingPeriodOptions"
    yield path, old.grouping.period.options, new.grouping.period.options
    yield (
        f"{levels}.invoiceLevel.groupByOptions",
        old.grouping.invoice_level.options,
        new.grouping.invoice_level.options,
    )
    yield f"{levels}.invoiceLineLevel.groupByOptions", old.grouping.line_level.options, new.grouping.line_level.options
    path = "configuration.fees.feesSupplier.supplierOptions"
    yield path, before.fees.supplier.options, after.fees.supplier.options


def _account_texts(before: Company, after: Company) -> Iterator[tuple[str, object, object]]:
    for section in Section:
        old = before.section(section).accounts
        for kind, account in after.section(section).accounts.items():
            path, was = f"configuration.{section.value}.accounts.{kind.value}", old.get(kind)
            if was is not None:
                yield f"{path}.accountOptions", was.options, account.options
                yield f"{path}.labelText", was.label_text, account.label_text
                yield f"{path}.descriptionText", was.description_text, account.description_text
