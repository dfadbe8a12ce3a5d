"""A company's document as a change of the one that is kept: what is read-only or left out comes from there."""

from collections.abc import Callable

from ledgerpost.domain.closing import CompanyKey
from ledgerpost.errors import ConfigurationError
from ledgerpost.ports_commerce import KeptCompany
from ledgerpost.wire.company import CheckedCompany, named_company, read_company

FindCompany = Callable[[CompanyKey], KeptCompany | None]


def read_company_change(text: str, find: FindCompany) -> tuple[CheckedCompany, KeptCompany | None]:
    """Read the document as a change of the company that it names, where that is applied already; give it as well.

    Raises ConfigurationError with all problems, each with its path and its mend.
    """
    try:
        first = read_company(text)
    except ConfigurationError as error:
        # A document that leaves the options out is no whole configuration: find the company by what it names.
        key = named_company(text)
        found = find(key) if key is not None else None
        if found is None:
            raise error from None
        return read_company(text, found.company), found
    before = find(CompanyKey(first.company.extras.tenant, first.company.id))
    return (read_company(text, before.company), before) if before is not None else (first, None)
