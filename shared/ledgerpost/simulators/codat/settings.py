"""What a simulator is started with: companies, their accounting data, the API keys, and how the server behaves."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ledgerpost.simulators.codat.faults import parse_faults
from ledgerpost.simulators.serving.settings import SettingsError, built


@dataclass(frozen=True, slots=True)
class Option:
    """A thing of the accounting software that a configuration may select. `classification` is of accounts alone:
    `nominal` or `bank`. `rate` is of tax rates alone, as decimal text.
    """

    id: str
    name: str
    classification: str | None = None
    nominal_code: str | None = None
    rate: str | None = None
    active: bool = True

    def document(self) -> dict[str, Any]:
        """The option as a configuration lists it. Source: codat sheet, section 2."""
        document: dict[str, Any] = {"id": self.id, "name": self.name}
        if self.classification is not None:
            document |= {"nominalCode": self.nominal_code, "classification": self.classification}
        return document


@dataclass(frozen=True, slots=True)
class CompanySettings:
    """One company. `currency` is the base currency of its books, `start_date` the configuration's, local time.

    `active` False is a company whose connection to its accounting software was taken away: its pushes are refused.
    """

    id: str
    name: str
    connection: str
    commerce_connection: str | None = None
    currency: str = "GBP"
    time_zone: str = "Europe/London"
    start_date: str = "2026-01-01T00:00:00"
    accounts: tuple[Option, ...] = ()
    customers: tuple[Option, ...] = ()
    suppliers: tuple[Option, ...] = ()
    tax_rates: tuple[Option, ...] = ()
    active: bool = True

    def __post_init__(self) -> None:
        if not self.id or "/" in self.id:
            raise SettingsError(f"company id {self.id!r} must be text without '/'")
        try:
            ZoneInfo(self.time_zone)
        except (ZoneInfoNotFoundError, ValueError):
            raise SettingsError(f"company {self.id}: '{self.time_zone}' is no time zone") from None

    @staticmethod
    def from_document(document: Mapping[str, Any]) -> "CompanySettings":
        """The company that a JSON object with this class's field names describes. Raises `SettingsError`."""
        lists = {
            name: tuple(built(Option, item) for item in document.get(name, ()))
            for name in ("accounts", "customers", "suppliers", "tax_rates")
        }
        return built(CompanySettings, document, **lists)


@dataclass(frozen=True, slots=True)
class SimulatorSettings:
    """All a simulator needs to start.

    A push ends `push_latency_s` after it was asked for, a sync `sync_latency_s` after. `requests_per_day` None is the
    published quota, 1000 and 1000 more for each company; `requests_per_minute` is the hard limit of an address.
    Source: codat sheet, section 7.
    """

    seed: int = 0
    faults: str = ""
    companies: tuple[CompanySettings, ...] = ()
    api_keys: tuple[str, ...] = field(default=(), repr=False)
    push_latency_s: float = 0.05
    sync_latency_s: float = 0.0
    requests_per_day: int | None = None
    requests_per_minute: int = 1000

    def __post_init__(self) -> None:
        parse_faults(self.faults)
        ids = [company.id for company in self.companies]
        if len(set(ids)) != len(ids):
            raise SettingsError("two companies have the same id")
        if self.push_latency_s < 0 or self.sync_latency_s < 0:
            raise SettingsError("a latency is zero or more seconds")

    def to_json(self) -> str:
        """The settings on one line of JSON, keys included: for a pipe or a private file, never a command line."""
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str | bytes) -> "SimulatorSettings":
        """The settings that `to_json` wrote. Raises `SettingsError`, `FaultSpecError`."""
        document = json.loads(text)
        return built(
            SimulatorSettings,
            document,
            companies=tuple(CompanySettings.from_document(item) for item in document.get("companies", ())),
            api_keys=tuple(document.get("api_keys", ())),
        )
