"""Which account and tax rate of the ledger a group goes to; what is not mapped stops the close, by name.

Source: codat sheet, section 5 ("New unmapped payment type or tax rate stops the sync with a config error").
"""

from ledgerpost.domain.commerce import PaymentType, TransactionType
from ledgerpost.domain.company import ACCOUNT_OF_PAYMENT, AccountType, Company, Option, OptionId
from ledgerpost.domain.grouping.document import AccountUse, TaxUse
from ledgerpost.domain.grouping.totals import GroupKey, Kind
from ledgerpost.errors import Problem

_ACCOUNT_OF_KIND = {
    Kind.SALES: AccountType.SALES,
    Kind.GRATUITY: AccountType.GRATUITY,
    Kind.PRE_PAID: AccountType.PRE_PAID,
    Kind.FEE: AccountType.PAYMENT_FEE,
    Kind.FEE_REFUND: AccountType.PAYMENT_FEE_REFUND,
    Kind.LOAN_FEE: AccountType.LOAN_FEE,
}


class Unmapped(Exception):  # noqa: N818 - control flow inside this package, never seen outside
    """Something that a group needs is not configured."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def account_for(company: Company, key: GroupKey) -> AccountUse:
    """Give the account of a sales, refund or fee line; raises Unmapped."""
    match key.kind:
        case Kind.REFUND:
            return _refund_account(company)
        case Kind.ROUNDING:
            return _rounding_account(company)
        case Kind.PAYMENT:
            return payment_account(company, key.code)
        case _:
            if key.code == TransactionType.UNKNOWN.value:
                raise Unmapped(_unknown("transaction type", "company_transaction_type_unmapped", "fees.accounts"))
            return _typed_account(company, _ACCOUNT_OF_KIND[key.kind])


def payment_account(company: Company, payment_type: str) -> AccountUse:
    """Give the account that payments of a type go to; raises Unmapped naming the type."""
    account_type = ACCOUNT_OF_PAYMENT.get(PaymentType(payment_type))
    if account_type is None:
        raise Unmapped(_unknown("payment type", "company_payment_type_unmapped", "payments.accounts"))
    option = company.account_of(account_type)
    if option is None:
        path = f"configuration.payments.accounts.{account_type.value}.selectedAccountId"
        message = f"The day has payments of type {payment_type}, and no account is chosen for them."
        mend = f"Choose an account for {account_type.value}, then close the day again."
        raise Unmapped(Problem(path, message, mend, "company_payment_type_unmapped"))
    return AccountUse(option=option, type=account_type.value)


def tax_for(company: Company, rate: str) -> TaxUse:
    """Give the ledger's tax rate for a rate of the records; raises Unmapped naming the rate."""
    option = company.tax_rate_of(rate)
    if option is None:
        path = f'configuration.sales.taxRates["{rate}"].selectedTaxRateId'
        message = f"The day has lines taxed at {rate} %, and no tax rate of the ledger is chosen for it."
        mend = f'Choose a tax rate under the key "{rate}", then close the day again.'
        raise Unmapped(Problem(path, message, mend, "company_tax_rate_unmapped"))
    return TaxUse(rate=rate, option=option)


def own_account(company: Company, option_id: OptionId | None, *, use: str, key: str, why: str) -> AccountUse:
    """Give one of Ledgerpost's own accounts, such as the receivable; raises Unmapped saying why it is needed."""
    option = company.account_option(option_id)
    if option is None:
        problem = Problem(f"ledgerpost.{key}", why, f"Choose an account under {key}.", "company_own_account_missing")
        raise Unmapped(problem)
    return AccountUse(option=option, type=use)


def clearing_account(company: Company) -> AccountUse | None:
    """Give the account that fees are paid from; None where none is configured."""
    option = company.account_option(company.extras.clearing_account)
    return AccountUse(option=option, type="clearing") if option is not None else None


def _typed_account(company: Company, account_type: AccountType) -> AccountUse:
    option = company.account_of(account_type)
    if option is None:
        path = f"configuration.{account_type.section.value}.accounts.{account_type.value}.selectedAccountId"
        message = f"The day has amounts for {account_type.value}, and no account is chosen for them."
        raise Unmapped(Problem(path, message, "Choose an account, then close again.", "company_account_missing"))
    return AccountUse(option=option, type=account_type.value)


def _refund_account(company: Company) -> AccountUse:
    """Refunds go to their own account where one is chosen, else back to the sales. Source: codat sheet, section 4."""
    refund: Option | None = company.account_of(AccountType.REFUND)
    if refund is not None:
        return AccountUse(option=refund, type=AccountType.REFUND.value)
    return _typed_account(company, AccountType.SALES)


def _rounding_account(company: Company) -> AccountUse:
    option = company.account_option(company.extras.rounding_account)
    if option is not None:
        return AccountUse(option=option, type="rounding")
    return AccountUse(option=_typed_account(company, AccountType.SALES).option, type="rounding")


def _unknown(what: str, code: str, section: str) -> Problem:
    return Problem(
        f"configuration.{section}",
        f"The day has a {what} Unknown, which no account can be chosen for.",
        f"Have the source name the {what}, and send the records again; then close the day again.",
        code,
    )
