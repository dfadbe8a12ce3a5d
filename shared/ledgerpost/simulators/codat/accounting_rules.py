"""What the accounting software refuses when a push is processed.

Source: codat sheet, section 8 (account not active, tax rate missing, what is selected must exist); Codat's payment and
journal model for what has to add up. Ours: the wording.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from ledgerpost.simulators.codat.data_types import Body
from ledgerpost.simulators.codat.numbers import number_of
from ledgerpost.simulators.codat.problems import Violation
from ledgerpost.simulators.codat.settings import Option

Options = Mapping[str, Option]


def rule_violations(name: str, body: Body, known: "Known") -> list[Violation]:
    """The rules of the accounting software that a body of the data type `name` breaks."""
    match name:
        case "payments":
            return _payment(body, known)
        case "journalEntries":
            return _journal(body, known)
        case "customers" | "accounts":
            return []
        case _:
            return _itemised(body, known)


class Known:
    """What the accounting software has: options by id, the ids of the documents that a payment may settle, currency."""

    def __init__(
        self,
        *,
        accounts: Options,
        customers: Options,
        suppliers: Options,
        tax_rates: Options,
        documents: Mapping[str, frozenset[str]],
        currency: str,
    ) -> None:
        self.accounts = accounts
        self.parties = {"customerRef": customers, "supplierRef": suppliers}
        self.tax_rates = tax_rates
        self.documents = documents
        self.currency = currency

    def account(self, holder: Body, path: str) -> list[Violation]:
        """What is wrong with the account that `holder` names, if it names one."""
        reference = holder.get("accountRef")
        if reference is None:
            return []
        account = self.accounts.get(reference["id"])
        if account is None:
            return [Violation(f"{path}accountRef.id", "Account not found", "AccountExists")]
        return [] if account.active else [Violation(f"{path}accountRef.id", "Account is not active", "AccountActive")]


def _itemised(body: Body, known: Known) -> list[Violation]:
    found: list[Violation] = []
    for name, options in known.parties.items():
        if body.get(name) is not None and body[name]["id"] not in options:
            found.append(Violation(f"{name}.id", f"{name.removesuffix('Ref').capitalize()} not found", "PartyExists"))
    for index, line in enumerate(body["lineItems"]):
        path = f"lineItems[{index}]."
        found += known.account(line, path)
        tax_rate = line.get("taxRateRef")
        if tax_rate is not None and tax_rate["id"] not in known.tax_rates:
            found.append(Violation(f"{path}taxRateRef.id", "Tax rate not found", "TaxRateExists"))
    return found + _total(body, "totalAmount", _sum(body["lineItems"], "totalAmount"))


def _payment(body: Body, known: Known) -> list[Violation]:
    found = known.account(body, "")
    for index, line in enumerate(body["lines"]):
        links = [link for link in line.get("links") or () if isinstance(link, dict)]
        settled = _sum(links, "amount") or Decimal(0)
        if links and (number_of(line["amount"]) or Decimal(0)) + settled != 0:
            found.append(Violation(f"lines[{index}].links", "Links must balance the line", "LinksBalance"))
        found += [
            Violation(f"lines[{index}].links", f"{link.get('type')} not found", "LinkExists")
            for link in links
            if link.get("id") not in known.documents.get(str(link.get("type")), frozenset())
        ]
    return found + _total(body, "totalAmount", _sum(body["lines"], "amount"))


def _journal(body: Body, known: Known) -> list[Violation]:
    found: list[Violation] = []
    lines: list[Mapping[str, Any]] = body["journalLines"]
    for index, line in enumerate(lines):
        found += known.account(line, f"journalLines[{index}].")
        if line.get("currency") not in (None, known.currency):
            message = "Journal entries are supported in the company's base currency alone"
            found.append(Violation(f"journalLines[{index}].currency", message, "BaseCurrency"))
    if len(lines) < 2 or _sum(lines, "netAmount") != 0:
        found.append(Violation("journalLines", "Journal lines must balance", "JournalBalance"))
    return found


def _total(body: Body, name: str, expected: Decimal | None) -> list[Violation]:
    stated = number_of(body.get(name))
    if stated is None or expected is None or stated == expected:
        return []
    return [Violation(name, f"The lines add up to {expected}, not to {stated}", "TotalMatchesLines")]


def _sum(lines: list[Any] | list[Mapping[str, Any]], name: str) -> Decimal | None:
    """The sum of a property over all lines; None where one lacks it."""
    amounts = [number_of(line.get(name)) for line in lines]
    return None if None in amounts else sum((amount for amount in amounts if amount is not None), Decimal(0))
