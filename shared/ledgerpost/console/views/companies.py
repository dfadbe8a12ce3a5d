"""Companies whose days are grouped: their configuration, shown, checked and applied."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from ledgerpost.app import acts
from ledgerpost.app.companies import company_called
from ledgerpost.console.caller import Caller
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.domain.event import TenantId
from ledgerpost.errors import ConfigurationError, Problem, UsageError
from ledgerpost.ports_commerce import KeptCompany
from ledgerpost.wire.company import CheckedCompany
from ledgerpost.wire.company_change import read_company_change
from ledgerpost.wire.company_text import company_document

COMPANIES_MAX = 50
"""Companies of one page; the command line and the API name any other by its id."""


@dataclass(frozen=True, slots=True)
class Companies:
    """The page of all companies; `is_whole` is False where there are more than it shows."""

    companies: Sequence[KeptCompany]
    is_whole: bool


def companies(tenant: TenantId, ports: ConsolePorts) -> Companies:
    """Give the companies of the tenant. Raises UsageError(not_here), StoreError."""
    found = ports.close.companies.companies(tenant, COMPANIES_MAX + 1)
    return Companies(found[:COMPANIES_MAX], len(found) <= COMPANIES_MAX)


def company_of(tenant: TenantId, id_: str, ports: ConsolePorts) -> KeptCompany:
    """Give one company. Raises UsageError(company_unknown, not_here), StoreError."""
    return company_called(tenant, id_, ports.close.companies)


def configuration_text(kept: KeptCompany) -> str:
    """Give the configuration as the editor shows it."""
    return json.dumps(company_document(kept.company), indent=2, ensure_ascii=False)


def check_company(text: str, tenant: TenantId, ports: ConsolePorts) -> tuple[CheckedCompany, KeptCompany | None]:
    """Check a configuration as a change of the one that is applied; give that as well. Nothing is written.

    Raises ConfigurationError with every problem, also for a company of another tenant.
    """

    def find(key: tuple[str, str]) -> KeptCompany | None:
        # A foreign company is not even looked up: what it has must not shine through a message.
        return ports.close.companies.company(key) if key[0] == tenant else None  # type: ignore[arg-type]

    checked, before = read_company_change(text, find)
    if checked.company.extras.tenant != tenant:
        message = "The configuration is of another tenant than yours."
        raise ConfigurationError([Problem("ledgerpost.tenant", message, f"Write {tenant}.", "config_wrong_value")])
    return checked, before


def save_company(
    text: str, caller: Caller, ports: ConsolePorts, *, revision: int | None
) -> tuple[KeptCompany, tuple[Problem, ...]]:
    """Check and apply a configuration; give the company and what is hardly meant. `revision` is the one seen, if any.

    Raises ConfigurationError, UsageError(company_changed_meanwhile), StoreError.
    """
    checked, before = check_company(text, caller.tenant, ports)
    if revision is not None and revision != (before.fence if before is not None else 0):
        raise UsageError("company_changed_meanwhile", "The company was changed since you opened the page.")
    kept = acts.apply_company(checked.company, before, ports.close.companies, ports.doing(caller))
    return kept, checked.warnings
