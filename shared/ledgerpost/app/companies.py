"""Companies: finding one, and applying a configuration to it. One way for the page, the API and the command."""

from dataclasses import replace
from datetime import datetime

from ledgerpost.domain.closing import CompanyKey, Progress, next_run
from ledgerpost.domain.commerce import CompanyId
from ledgerpost.domain.company import Company
from ledgerpost.domain.event import TenantId
from ledgerpost.errors import UsageError
from ledgerpost.ports_commerce import CompanyStore, KeptCompany


def company_called(tenant: TenantId, company: str, companies: CompanyStore) -> KeptCompany:
    """Give a company that was applied. Raises UsageError(company_unknown), StoreError."""
    kept = companies.company(CompanyKey(tenant, CompanyId(company)))
    if kept is None:
        raise UsageError("company_unknown", f"No company {company!r} of tenant {tenant!r} is applied here.")
    return kept


def apply_company(company: Company, before: KeptCompany | None, now: datetime, companies: CompanyStore) -> KeptCompany:
    """Write the configuration in the place of `before`, and give it as it is kept.

    Raises UsageError(company_changed_meanwhile) where somebody else was faster, and StoreError.
    """
    kept = KeptCompany(
        company=company,
        progress=before.progress if before is not None else Progress(),
        next_run=next_run(company, now),
        fence=before.fence + 1 if before is not None else 1,
    )
    if before is not None and company.enabled and not before.company.enabled:
        # Switched on again by a person: the failures before are forgotten.
        kept = replace(kept, progress=Progress(covered=before.progress.covered))
    if not companies.put(kept):
        raise UsageError("company_changed_meanwhile", "The company was changed at the same moment.")
    return kept
