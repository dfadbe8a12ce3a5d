"""A company's configuration: text → values in the seed's names → the models → the domain → the checks.

Names of the current OpenAPI are accepted beside the seed's; `syncHour` with `timeZone` wins over `syncHourUtc`. Source:
codat sheet, section 3.
"""

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from ledgerpost.domain.closing import CompanyKey
from ledgerpost.domain.commerce import CompanyId
from ledgerpost.domain.company import Company
from ledgerpost.domain.company_checks import changed, faults_of
from ledgerpost.domain.event import TenantId
from ledgerpost.errors import ConfigurationError, Problem
from ledgerpost.wire.company_domain import company_of
from ledgerpost.wire.company_model import CompanyDocument
from ledgerpost.wire.document_text import values_of
from ledgerpost.wire.forms import form_of, path_of

_ALIASES = {"enable": "enabled"}
_ACCOUNT_ALIASES = {"prepaid": "prePaid", "loanPayment": "loan"}
_SECTIONS = ("sales", "payments", "fees")


@dataclass(frozen=True, slots=True)
class CheckedCompany:
    """An accepted document: the company, and what was read and is not used."""

    company: Company
    warnings: tuple[Problem, ...]


def read_company(text: str, before: Company | None = None) -> CheckedCompany:
    """Read and check a company's configuration, as a change of `before` where there is one.

    Raises ConfigurationError with all problems at once, each with its path and its mend; no value is quoted.
    """
    document = _document_of(values_of(text))
    proposed = company_of(document)
    if before is not None:
        merged = changed(before, proposed)
        if not isinstance(merged, Company):
            raise ConfigurationError(merged)
        proposed = merged
    problems = faults_of(proposed)
    if problems:
        raise ConfigurationError(problems)
    return CheckedCompany(proposed, tuple(_warnings_of(document)))


def named_company(text: str) -> CompanyKey | None:
    """Give the company that a document names, whatever else is wrong with it; None where it names none."""
    values = values_of(text)
    extras = values.get("ledgerpost") if isinstance(values, dict) else None
    company, tenant = (values.get("companyId"), extras.get("tenant")) if isinstance(extras, dict) else (None, None)
    if not isinstance(company, str) or not isinstance(tenant, str):
        return None
    return CompanyKey(TenantId(tenant), CompanyId(company))


def read_stored_company(text: str) -> Company:
    """Read a configuration that was accepted before; it is not checked again."""
    return company_of(_document_of(values_of(text)))


def _document_of(values: Any) -> CompanyDocument:
    try:
        return CompanyDocument.model_validate(_with_seed_names(values))
    except ValidationError as error:
        problems = [_problem_of(detail) for detail in error.errors(include_url=False)]
        raise ConfigurationError(list(dict.fromkeys(problems))) from None


def _with_seed_names(values: Any) -> Any:
    """Give the document with the seed's keys where it has the current OpenAPI's."""
    if not isinstance(values, dict):
        return values
    renamed = {_ALIASES.get(key, key): value for key, value in values.items()}
    sections = renamed.get("configuration")
    if isinstance(sections, dict):
        if "mapSettings" in sections:
            renamed.setdefault("mapSettings", sections["mapSettings"])
        renamed["configuration"] = {
            key: _section(value) if key in _SECTIONS else value
            for key, value in sections.items()
            if key != "mapSettings"
        }
    return renamed


def _section(values: Any) -> Any:
    if not isinstance(values, dict):
        return values
    accounts, rates = values.get("accounts"), values.get("taxRates")
    if isinstance(accounts, dict):
        values = values | {"accounts": {_ACCOUNT_ALIASES.get(key, key): each for key, each in accounts.items()}}
    if isinstance(rates, dict):
        # YAML reads the key 17.5 as a number; its text is what was written, up to zeros that are taken off anyway.
        values = values | {"taxRates": {str(key): each for key, each in rates.items()}}
    return values


_EXPECTED = {
    "string_type": "text",
    "string_too_short": "text that is not empty",
    "string_too_long": "shorter text",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "list_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
}


def _problem_of(detail: ErrorDetails) -> Problem:
    path = path_of(part for part in detail["loc"] if part != "[key]") or "document"
    kind = detail["type"]
    if kind == "extra_forbidden":
        mend = "Remove it, or write it as the example has it."
        return Problem(path, "This key is not known.", mend, "config_unknown_key")
    if kind == "missing":
        return Problem(path, "This key is missing.", "Add it as the example has it.", "config_missing_key")
    expected = _EXPECTED.get(kind) or detail["msg"].removeprefix("Input should be ")
    message = f"Expected {expected}; found {form_of(detail['input'])}."
    return Problem(path, message, "Correct the value.", "config_wrong_value")


def _warnings_of(document: CompanyDocument) -> list[Problem]:
    unused = (
        ("configuration.sales.newTaxRates", document.configuration.sales.new_tax_rates, "taxRates"),
        ("configuration.newPayments", document.configuration.new_payments, "payments.accounts"),
    )
    return [
        Problem(path, "This is read and not used.", f"Map it under {instead}.", "config_unknown_key")
        for path, value, instead in unused
        if value is not None
    ]
