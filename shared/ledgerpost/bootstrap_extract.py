"""The composition root of `functions/extract`, kept apart from `bootstrap` so that the functions that post do not load
what an extract needs.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from typing import Any, Protocol

from ledgerpost.adapters.ecb_rates import read_rates
from ledgerpost.app.extract import ExtractPlan, ExtractPorts, ExtractReport, ExtractStore, run_extract
from ledgerpost.connectors.download import download
from ledgerpost.connectors.extract_sides import SideParts, source_of, target_of
from ledgerpost.connectors.http import HttpSender
from ledgerpost.domain.extract.configuration import ExtractConfiguration
from ledgerpost.domain.extract.rates import SAME, Rate, RateTable
from ledgerpost.errors import UsageError
from ledgerpost.observability import Log
from ledgerpost.ports import Clock
from ledgerpost.settings import ExtractSettings
from ledgerpost.wire.extract_document import extract_from


class ExtractServices(Protocol):
    """What surrounds the function: AWS on a stage, fakes in a test."""

    def clock(self) -> Clock: ...
    def log(self, service: str, level: str) -> Log: ...
    def extract_store(self, table: str) -> ExtractStore: ...
    def extract_parts(self, table: str, *, allow_loopback: bool) -> SideParts: ...


class DownloadedRates:
    """The ECB's rates, fetched when the first document in another currency asks (port Rates)."""

    def __init__(self, url: str | None, parts: SideParts) -> None:
        self._url = url
        self._parts = parts

    def rate(self, currency: str, base: str, day: date) -> Rate | None:
        """Give the rate. Raises UsageError(rates_unreadable) where the file cannot be had."""
        return SAME if currency == base else self._table.rate(currency, base, day)

    @cached_property
    def _table(self) -> RateTable:
        if self._url is None:
            return RateTable({})
        return fetched_rates(self._url, self._parts)


def fetched_rates(url: str, parts: SideParts) -> RateTable:
    """Fetch the ECB's file. Raises UsageError(rates_unreadable)."""
    content = download(url, HttpSender(parts.transport_of(url)))
    if not isinstance(content, bytes):
        raise UsageError("rates_unreadable", f"The rates cannot be fetched: {content.code}. {content.detail}")
    return read_rates(content, "the file of rates")


@dataclass(frozen=True, slots=True)
class ExtractFunction:
    """All that `functions/extract` works with, whichever extract it is called for."""

    log: Log
    parts: SideParts
    store: ExtractStore
    settings: ExtractSettings

    def configuration_of(self, event: Mapping[str, Any]) -> ExtractConfiguration:
        """Read the extract's document, which the schedule sends along. Raises ConfigurationError."""
        return extract_from(event.get("document"), allow_loopback=self.settings.allow_loopback)

    def run(self, configuration: ExtractConfiguration, time_left: Callable[[], bool]) -> ExtractReport:
        """Go on with tonight's run. A night is named by its day in the tenant's zone."""
        night = self.parts.clock.now().astimezone(configuration.time_zone).date().isoformat()
        plan = ExtractPlan(
            extract=configuration.id,
            night=night,
            rules=configuration.rules,
            changes_only=configuration.changes_only,
        )
        with ThreadPoolExecutor(self.settings.workers, thread_name_prefix="extract") as executor:
            ports = ExtractPorts(
                source=source_of(configuration, self.parts),
                target=target_of(configuration, self.parts),
                rates=DownloadedRates(configuration.rates, self.parts),
                store=self.store,
                clock=self.parts.clock,
                pause=self.parts.pause,
                time_left=time_left,
                executor=executor,
            )
            return run_extract(plan, ports)


def extract_function_from(environment: Mapping[str, str], services: ExtractServices) -> ExtractFunction:
    """Build the function. Raises ValueError for a wrong environment."""
    settings = ExtractSettings.from_environment(environment)
    return ExtractFunction(
        log=services.log("extract", settings.log_level),
        parts=services.extract_parts(settings.deliveries_table, allow_loopback=settings.allow_loopback),
        store=services.extract_store(settings.deliveries_table),
        settings=settings,
    )


_installed: ContextVar[ExtractFunction | None] = ContextVar("extract", default=None)


def extract_function() -> ExtractFunction:
    """Give the function that was installed around this call, else the one of this Lambda environment."""
    return _installed.get() or _lambda_function()


@contextmanager
def installed_extract(installing: ExtractFunction) -> Iterator[None]:
    """Let the handler called inside run `installing`."""
    token = _installed.set(installing)
    try:
        yield
    finally:
        _installed.reset(token)


@cache
def _lambda_function() -> ExtractFunction:
    from ledgerpost.aws_extract import AwsExtractServices  # noqa: PLC0415 - tests never load boto3

    return extract_function_from(os.environ, AwsExtractServices())
