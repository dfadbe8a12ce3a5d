"""A shop, its books' pipeline and a clock: what the use cases of grouping run in."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ledgerpost.app.close_day import ClosePorts, DayResult, close_day
from ledgerpost.app.commerce import CommercePorts, Taken, take_record
from ledgerpost.app.run_company import CompanyRun, run_company
from ledgerpost.domain.closing import CompanyKey, Progress, next_run
from ledgerpost.domain.commerce import CommerceRecord
from ledgerpost.domain.company import Company
from ledgerpost.domain.version import SourceVersion
from ledgerpost.errors import StoreError
from ledgerpost.ports_commerce import CommerceStores, DocumentEvent, KeptCompany
from ledgerpost.wire.commerce_document import event_for
from tests.contract.commerce_stores import sqlite_stores
from tests.grouping.builders import DAY, NOON, a_company


class HandClock:
    def __init__(self, time: datetime) -> None:
        self.time = time

    def now(self) -> datetime:
        return self.time


class Outbox:
    """Keeps what was announced; refuses everything after the first `takes` events."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.takes: int | None = None

    def announce(self, events: Sequence[DocumentEvent]) -> None:
        for event in events:
            if self.takes is not None and len(self.events) >= self.takes:
                raise StoreError("store_unavailable", "The queue did not answer.")
            self.events.append(json.loads(event.body))

    @property
    def entities(self) -> list[dict[str, Any]]:
        return [event["detail"]["entity"] for event in self.events]


@dataclass
class Shop:
    """One company with its stores. The clock stands at noon of the day until it is moved."""

    company: Company = field(default_factory=a_company)
    stores: CommerceStores = field(default_factory=sqlite_stores)
    clock: HandClock = field(default_factory=lambda: HandClock(NOON))
    outbox: Outbox = field(default_factory=Outbox)

    def __post_init__(self) -> None:
        self.configure(self.company)

    @property
    def key(self) -> CompanyKey:
        return CompanyKey(self.company.extras.tenant, self.company.id)

    @property
    def kept(self) -> KeptCompany:
        kept = self.stores.companies.company(self.key)
        assert kept is not None
        return kept

    def configure(self, company: Company) -> None:
        self.company = company
        before = self.stores.companies.company(self.key)
        kept = KeptCompany(
            company=company,
            progress=before.progress if before else Progress(),
            next_run=next_run(company, self.clock.now()),
            fence=before.fence + 1 if before else 1,
        )
        assert self.stores.companies.put(kept)

    @property
    def close_ports(self) -> ClosePorts:
        return ClosePorts.over(self.stores, announcer=self.outbox, event_for=event_for, clock=self.clock)

    def takes(self, record: CommerceRecord) -> Taken:
        ports = CommercePorts.over(self.stores, self.clock)
        return take_record(self.key, record, ports)

    def closes(self, day: date = DAY) -> DayResult:
        return close_day(self.company, self.key, day, self.close_ports)

    def runs(self) -> CompanyRun | None:
        return run_company(self.kept, f"run-{self.clock.now().isoformat()}", self.close_ports)

    def waits_until(self, text: str) -> None:
        self.clock.time = datetime.fromisoformat(text).replace(tzinfo=UTC)


def later(record: CommerceRecord, minutes: int = 1, **changes: Any) -> CommerceRecord:
    return replace(record, version=SourceVersion(record.version.approved_at + timedelta(minutes=minutes)), **changes)
