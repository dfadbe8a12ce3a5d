"""The whole state of one simulator, put together from its settings."""

import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ledgerpost.simulators.acumatica.counts import SimulatorCounts, Tally, nested
from ledgerpost.simulators.acumatica.faults import parse_faults
from ledgerpost.simulators.acumatica.jsontext import plain
from ledgerpost.simulators.acumatica.records import everything, shown
from ledgerpost.simulators.acumatica.sessions import Sessions
from ledgerpost.simulators.acumatica.settings import SWITCHES, SimulatorSettings
from ledgerpost.simulators.acumatica.site import Site
from ledgerpost.simulators.pennypipe.rate_limit import RateLimiter
from ledgerpost.simulators.serving.faults import FaultInjector
from ledgerpost.simulators.serving.log import RequestLog
from ledgerpost.simulators.serving.settings import SettingsError


def new_uuid() -> str:
    """A random id, as the site gives its records and rows."""
    return str(uuid.uuid4())


def utc_now() -> datetime:
    """The present instant."""
    return datetime.now(UTC)


class Simulator:
    """Site, sessions, faults and counts of one tenant. Lives in one thread; its clocks are given."""

    def __init__(
        self,
        settings: SimulatorSettings,
        *,
        clock_s: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = utc_now,
        new_id: Callable[[], str] = new_uuid,
    ) -> None:
        self.settings = settings
        self.tally = Tally()
        self.log = RequestLog()
        self.faults = self._injector(settings.faults)
        self.sessions = Sessions(settings, clock_s=clock_s)
        self.site = Site(settings, clock_s=clock_s, now=now, new_id=new_id)
        self.actions: dict[str, int] = {}
        self.new_id = new_id
        self.clock_s = clock_s
        self.limiter = self._limiter()

    def set_faults(self, text: str) -> None:
        """Replace the fault plan; the calls of each reference count from zero again. Raises `FaultSpecError`."""
        self.faults = self._injector(text)

    def turn(self, changes: Mapping[str, Any]) -> None:
        """Turn switches of the settings while the simulator runs. Raises `SettingsError`."""
        unknown = sorted(set(changes) - SWITCHES)
        if unknown:
            raise SettingsError(f"'{unknown[0]}' is no switch; the switches are {', '.join(sorted(SWITCHES))}")
        tuples: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in changes.items()
        }
        self.settings = replace(self.settings, **tuples)
        self.site.catalogue.settings = self.settings
        self.sessions.users_max = self.settings.api_users_max

    def reset(self) -> None:
        """Forget what happened: records, numbers, actions, counts, log, fault memory, rate windows.

        What was configured stays, also what was configured mid-run. Sessions and tokens stay valid.
        """
        self.site.clear()
        self.actions.clear()
        self.tally.clear()
        self.log.clear()
        self.faults.forget()
        self.limiter = self._limiter()

    def counts(self) -> SimulatorCounts:
        """What happened so far."""
        site, tally = self.site, self.tally
        return SimulatorCounts(
            effects=nested(tally.effects),
            records={name: len(table) for name, table in site.tables.items()},
            lines=site.rows("SalesOrder", "Details"),
            payments=site.rows("SalesOrder", "Payments"),
            packages=site.rows("Shipment", "Packages"),
            duplicates=site.duplicates(),
            sessions=self.sessions.open_now(),
            sessions_peak=self.sessions.peak,
            logins=tally.logins,
            logouts=tally.logouts,
            token_requests=tally.token_requests,
            faults=dict(sorted(tally.faults.items())),
            calls=self.log.calls(),
        )

    def counts_document(self) -> dict[str, Any]:
        """What happened so far, as JSON."""
        return self.counts().document()

    def entry_documents(self) -> Iterator[dict[str, Any]]:
        """Every order, expanded, its amounts as decimal text."""
        return self.record_documents("SalesOrder")

    def record_documents(self, entity: str) -> Iterator[dict[str, Any]]:
        """Every record of an entity, expanded, its amounts as decimal text."""
        for record in self.site.tables[entity]:
            yield plain(shown(record, everything(record.schema)))

    def _injector(self, text: str) -> FaultInjector:
        return FaultInjector(self.settings.seed, parse_faults(text), injected=self.tally.fault)

    def _limiter(self) -> RateLimiter | None:
        limit = self.settings.rate_limit
        return None if limit is None else RateLimiter(limit, clock_s=self.clock_s)
