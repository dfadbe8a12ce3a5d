"""The whole state of one simulator, put together from its settings."""

import base64
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ledgerpost.simulators.codat.books import Books
from ledgerpost.simulators.codat.configuration import Configuration
from ledgerpost.simulators.codat.counts import SimulatorCounts, Tally
from ledgerpost.simulators.codat.faults import parse_faults
from ledgerpost.simulators.codat.numbers import with_text
from ledgerpost.simulators.codat.problems import not_found, unauthorized
from ledgerpost.simulators.codat.push import Status
from ledgerpost.simulators.codat.rate_limit import RateLimiter
from ledgerpost.simulators.codat.settings import CompanySettings, SimulatorSettings
from ledgerpost.simulators.codat.sync import Syncs
from ledgerpost.simulators.serving.faults import FaultInjector
from ledgerpost.simulators.serving.log import RequestLog

REQUESTS_PER_COMPANY: int = 1000


def new_uuid() -> str:
    """A random id, as Codat gives its own."""
    return str(uuid.uuid4())


def system_now() -> datetime:
    """The present instant, in UTC."""
    return datetime.now(UTC)


@dataclass(slots=True)
class Company:
    """One company: its settings, configuration, books and sync runs."""

    settings: CompanySettings
    books: Books
    configuration: Configuration
    syncs: Syncs


class Simulator:
    """Companies, keys, faults and counts of one client. Lives in one thread; its clock is given, aware and in UTC."""

    def __init__(
        self,
        settings: SimulatorSettings,
        *,
        now: Callable[[], datetime] = system_now,
        new_id: Callable[[], str] = new_uuid,
    ) -> None:
        self.settings = settings
        self.now = now
        self.new_id = new_id
        self.tally = Tally()
        self.log = RequestLog()
        self.faults = self._injector(settings.faults)
        self.companies: dict[str, Company] = {}
        self._keys = frozenset(base64.b64encode(key.encode()).decode() for key in settings.api_keys)
        for company in settings.companies:
            self._open(company)
        self.limiter = self._limiter()

    def company(self, company_id: str) -> Company:
        """The company of this id. Raises 404."""
        company = self.companies.get(company_id)
        if company is None:
            raise not_found(f"Company {company_id[:200]} not found")
        return company

    def authorize(self, authorization: str | None) -> None:
        """Let in whoever has an API key: `Basic <base64 of the key>`. Raises 401. Source: codat sheet, section 1."""
        scheme, _, encoded = (authorization or "").partition(" ")
        if scheme.lower() != "basic" or encoded.strip() not in self._keys:
            raise unauthorized()

    def set_faults(self, text: str) -> None:
        """Replace the fault plan; the calls of each reference count from zero again. Raises `FaultSpecError`."""
        self.faults = self._injector(text)

    def reset(self) -> None:
        """Forget what happened: pushes, documents, syncs, configurations, counts, log, fault memory, limits."""
        for company in list(self.companies.values()):
            self._open(company.settings)
        self.tally.clear()
        self.log.clear()
        self.faults.forget()
        self.limiter = self._limiter()

    def bring_forward(self) -> datetime:
        """Process every push that is due, and give the present instant."""
        now = self.now()
        for company in self.companies.values():
            company.books.bring_forward(now)
        return now

    def counts(self) -> SimulatorCounts:
        """What happened so far."""
        now = self.bring_forward()
        books = [company.books for company in self.companies.values()]
        landed = [landed for each in books for landed in each.landed]
        endings = [each.endings(now) for each in books]
        return SimulatorCounts(
            pushes=self.tally.pushes,
            created=len(landed),
            landed_late=sum(document.late for document in landed),
            failed=sum(ending[Status.FAILED] for ending in endings),
            timed_out=sum(ending[Status.TIMED_OUT] for ending in endings),
            documents=len(landed),
            duplicates=sum(each.duplicates() for each in books),
            lookups=self.tally.lookups,
            syncs=self.tally.syncs,
            faults=dict(sorted(self.tally.faults.items())),
            calls=self.log.calls(),
        )

    def counts_document(self) -> dict[str, Any]:
        """What happened so far, as JSON."""
        return self.counts().document()

    def entry_documents(self) -> Iterator[dict[str, Any]]:
        """Every document of every company, as JSON; amounts are decimal text."""
        self.bring_forward()
        return (with_text(document) for company in self.companies.values() for document in company.books.as_json())

    def _open(self, settings: CompanySettings) -> None:
        books = Books(settings, new_id=self.new_id)
        configuration = Configuration(settings, books.options)
        syncs = Syncs(settings, configuration, latency_s=self.settings.sync_latency_s, new_id=self.new_id)
        self.companies[settings.id] = Company(settings, books, configuration, syncs)

    def _injector(self, text: str) -> FaultInjector:
        return FaultInjector(self.settings.seed, parse_faults(text), injected=self.tally.fault)

    def _limiter(self) -> RateLimiter:
        connected = sum(company.settings.active for company in self.companies.values())
        published = REQUESTS_PER_COMPANY * (1 + connected)
        per_day = published if self.settings.requests_per_day is None else self.settings.requests_per_day
        return RateLimiter(per_day=per_day, per_minute=self.settings.requests_per_minute)
