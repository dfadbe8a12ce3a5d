"""The options of an Acumatica connection, read and checked once. Source: acumatica.md, sections 1, 2, 4, 7 and 9."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from ledgerpost.domain.orders.fields import CUSTOM_PREFIX
from ledgerpost.errors import ConfigurationError, Problem

CUSTOM_OPTION = "custom."
VERSION_REFUSED_FROM = (26, 200, 1)
"""From this contract on fields are renamed and values change their types; it needs a connector of its own."""

_VERSION = re.compile(r"([0-9]{2})\.([0-9]{3})\.([0-9]{3})", re.ASCII)
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}", re.ASCII)
_HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}: ?[\x21-\x7e][\x20-\x7e]{0,199}", re.ASCII)
_CUSTOM = re.compile(r"([A-Za-z][A-Za-z0-9_]*)\.([A-Za-z][A-Za-z0-9_]*):(Custom[A-Za-z]+Field)", re.ASCII)
_PREFIX = re.compile(r"[A-Z0-9]{1,10}", re.ASCII)

REFERENCE_FIELDS = ("ExternalRef", "CustomerOrder")
CUSTOM_TYPES = (
    "CustomStringField", "CustomIntField", "CustomDecimalField", "CustomBooleanField", "CustomDateTimeField",
    "CustomGuidField",
)  # fmt: skip
CONCURRENCY_MAX = 20


class SessionCare(StrEnum):
    """When a session's slot of the licence is given back."""

    RELEASE = "release"
    """As soon as no post is under way: two more calls for a burst of orders, and no slot is held between them, by a
    container that sleeps least of all.
    """
    KEEP = "keep"
    """With the host: one session for as long as the process posts; where the licence has a slot for each."""


@dataclass(frozen=True, slots=True)
class CustomField:
    """Where a mapped value goes that Acumatica keeps as a custom field. Source: acumatica.md, section 3."""

    view: str
    name: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AcumaticaOptions:
    """How a connection's Acumatica is set up.

    `manual_numbering` says that the site takes the order number that is sent (screen CS201010). `duplicate_checking` is
    "Sales Order Duplicate Checking": an order is looked for also before its first write. `reference_field` holds
    the reference that an order is found by, `customer_reference_field` the source's id of a
    customer; blank where there is none. `customer_prefix` and the source's id make a new customer's id, where Acumatica
    lets customers be numbered by hand; blank leaves the numbering to it. `company_header` is sent with every request.
    `custom` has the mapping's destination of each custom field.
    """

    version: str = "24.200.001"
    reference_field: str = "ExternalRef"
    manual_numbering: bool = False
    duplicate_checking: bool = True
    session: SessionCare = SessionCare.RELEASE
    concurrency: int = 2
    company_header: tuple[bytes, bytes] | None = None
    customer_class: str = ""
    customer_prefix: str = ""
    customer_reference_field: str = "AccountRef"
    tax_zones: tuple[str, ...] = ()
    tax_ids: tuple[str, ...] = ()
    custom: Mapping[str, CustomField] = field(default_factory=dict)


class _WrongValueError(ValueError):
    """An option's value; the message is the mend."""


def options_from(options: Mapping[str, str], at: str) -> AcumaticaOptions:
    """Read a connection's options. Raises ConfigurationError with all problems; `at` is the path of the connection."""
    read = AcumaticaOptions()
    problems: list[Problem] = []
    for name, value in options.items():
        place = f"{at}.options.{name}"
        reader = _READERS.get(name) or (_custom_of(name) if name.startswith(CUSTOM_OPTION) else None)
        if reader is None:
            known = ", ".join([*_READERS, f"{CUSTOM_OPTION}<name>"])
            problems.append(
                Problem(place, "Acumatica has no such option.", f"Use one of {known}.", "config_unknown_key")
            )
            continue
        try:
            read = reader(read, value.strip())
        except _WrongValueError as wrong:
            problems.append(Problem(place, "This is no value of the option.", str(wrong), "config_wrong_value"))
    if problems:
        raise ConfigurationError(problems)
    return read


Reader = Callable[[AcumaticaOptions, str], AcumaticaOptions]


def _version(read: AcumaticaOptions, value: str) -> AcumaticaOptions:
    match = _VERSION.fullmatch(value)
    if match is None:
        raise _WrongValueError("Write the endpoint's version, such as 24.200.001.")
    if tuple(map(int, match.groups())) >= VERSION_REFUSED_FROM:
        raise _WrongValueError("Endpoints from 26.200.001 on have other fields; use an earlier one of the same site.")
    return replace(read, version=value)


def _reference_field(read: AcumaticaOptions, value: str) -> AcumaticaOptions:
    if value not in REFERENCE_FIELDS:
        raise _WrongValueError(f"Use one of {', '.join(REFERENCE_FIELDS)}.")
    return replace(read, reference_field=value)


def _manual_numbering(read: AcumaticaOptions, value: str) -> AcumaticaOptions:
    if value not in ("true", "false"):
        raise _WrongValueError("Write true or false.")
    return replace(read, manual_numbering=value == "true")


def _duplicate_checking(read: AcumaticaOptions, value: str) -> AcumaticaOptions:
    if value not in ("true", "false"):
        raise _WrongValueError("Write true or false.")
    return replace(read, duplicate_checking=value == "true")


def _session(read: AcumaticaOptions, value: str) -> AcumaticaOptions:
    if value not in tuple(SessionCare):
        raise _WrongValueError(f"Use one of {', '.join(SessionCare)}.")
    return replace(read, session=SessionCare(value))


def _concurrency(read: AcumaticaOptions, value: str) -> AcumaticaOptions:
    if not value.isdecimal() or not 1 <= int(value[:3]) <= CONCURRENCY_MAX:
        raise _WrongValueError(f"Write a whole number from 1 to {CONCURRENCY_MAX}.")
    return replace(read, concurrency=int(value))


def _company_header(read: AcumaticaOptions, value: str) -> AcumaticaOptions:
    if not _HEADER.fullmatch(value):
        raise _WrongValueError("Write the header's name and value, such as X-Company: Company.")
    name, _, content = value.partition(":")
    return replace(read, company_header=(name.encode("ascii"), content.strip().encode("ascii")))


def _customer_class(read: AcumaticaOptions, value: str) -> AcumaticaOptions:
    return replace(read, customer_class=value)


def _customer_prefix(read: AcumaticaOptions, value: str) -> AcumaticaOptions:
    if not _PREFIX.fullmatch(value):
        raise _WrongValueError("Write 1 to 10 capital letters and digits, such as WEB.")
    return replace(read, customer_prefix=value)


def _customer_reference_field(read: AcumaticaOptions, value: str) -> AcumaticaOptions:
    if value and not _NAME.fullmatch(value):
        raise _WrongValueError("Write the name of a field of the customer, such as AccountRef, or nothing.")
    return replace(read, customer_reference_field=value)


def _tax_zones(read: AcumaticaOptions, value: str) -> AcumaticaOptions:
    return replace(read, tax_zones=_names(value))


def _tax_ids(read: AcumaticaOptions, value: str) -> AcumaticaOptions:
    return replace(read, tax_ids=_names(value))


def _names(value: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in value.split(",") if part.strip())
    if not names:
        raise _WrongValueError("Write the ids with commas between them.")
    return names


def _custom_of(option: str) -> Reader:
    name = option.removeprefix(CUSTOM_OPTION)

    def read_custom(read: AcumaticaOptions, value: str) -> AcumaticaOptions:
        match = _CUSTOM.fullmatch(value)
        if not name or match is None or match[3] not in CUSTOM_TYPES:
            raise _WrongValueError("Write View.Field:Type, such as Document.AttributeCOLOR:CustomStringField.")
        return replace(
            read, custom={**read.custom, f"{CUSTOM_PREFIX}{name}": CustomField(match[1], match[2], match[3])}
        )

    return read_custom


_READERS: dict[str, Reader] = {
    "version": _version,
    "referenceField": _reference_field,
    "manualNumbering": _manual_numbering,
    "duplicateChecking": _duplicate_checking,
    "session": _session,
    "concurrency": _concurrency,
    "companyHeader": _company_header,
    "customerClass": _customer_class,
    "customerPrefix": _customer_prefix,
    "customerReferenceField": _customer_reference_field,
    "taxZones": _tax_zones,
    "taxIds": _tax_ids,
}
