"""Sync runs of a company: which days they cover, how they end, and when a company is switched off.

Source: seed 003 (start date); codat sheet, sections 5 and 6. What Codat's own product writes in a run is left out: this
simulator counts the orders of each covered day and writes none, since the documents under test come by pushes.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from ledgerpost.simulators.codat.configuration import Configuration, plain_rate
from ledgerpost.simulators.codat.problems import internal, not_found
from ledgerpost.simulators.codat.settings import CompanySettings

FAILING_DAYS_MAX: Final = 31
LONG_RUNNING: Final = timedelta(minutes=10)
OVERLAP: Final = "Date overlaps with a previous sync date range"
RECONCILE: Final = "Please reconcile manually"

_MEANINGS: Final = {
    1000: "In progress",
    1010: "In progress for more than ten minutes",
    2000: "Success, data written",
    2040: "Success, nothing to write",
    4000: "Configuration error",
    4220: "Company deauthorised",
    5080: "Duplication protection",
}
_PAYMENT_ACCOUNTS: Final = {
    "Cash": "cash", "Card": "card", "Invoice": "invoice", "OnlineCard": "onlineCard", "Swish": "swish",
    "Vipps": "vipps", "Mobile": "mobile", "StoreCredit": "storeCredit", "Paypal": "paypal", "Custom": "custom",
    "Prepaid": "prePaid",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncRun:
    """One run: its range in UTC, what it ended as, and the local days with their number of orders."""

    id: str
    start: datetime
    finish: datetime
    requested_at: datetime
    ends_at: datetime
    code: int
    error: str | None = None
    days: Mapping[str, int]

    @property
    def succeeded(self) -> bool:
        """Whether its range is done."""
        return self.code in (2000, 2040)

    def as_json(self, company: str, now: datetime) -> dict[str, Any]:
        """The SyncSummary at `now`. Source: codat sheet, section 6."""
        code = self.code
        if now < self.ends_at:
            code = 1010 if now - self.requested_at > LONG_RUNNING else 1000
        running = code in (1000, 1010)
        return {
            "companyId": company,
            "commerceSyncId": self.id,
            "syncDateRangeUtc": {"start": _instant(self.start), "finish": _instant(self.finish)},
            "syncStatusCode": code,
            "syncStatus": _MEANINGS[code],
            "errorMessage": None if running else self.error,
            "syncExceptionMessage": None,
            "syncUtc": _instant(self.requested_at),
            "dataConnections": [],
            "dataPushed": code == 2000,
        }


class Syncs:
    """The runs of one company and its orders, by id."""

    def __init__(
        self,
        settings: CompanySettings,
        configuration: Configuration,
        *,
        latency_s: float,
        new_id: Callable[[], str],
    ) -> None:
        self._settings = settings
        self._configuration = configuration
        self._latency = timedelta(seconds=latency_s)
        self._new_id = new_id
        self._zone = ZoneInfo(settings.time_zone)
        self._failing_days: set[date] = set()
        self._synced_orders: dict[str, str] = {}
        self.runs: list[SyncRun] = []
        self.orders: dict[str, Mapping[str, Any]] = {}

    def to_latest(self, now: datetime, until: datetime | None) -> SyncRun:
        """Run from the last success, else the start date, to the last midnight before `until`, else before now.

        Raises 500 before the start date.
        """
        self._refuse_before_start(now)
        start = max((run.finish for run in self.runs if run.succeeded), default=self._start())
        finish = max(start, self._midnight(min(until or now, now)))
        return self._run(now, start, finish)

    def of_range(self, now: datetime, start: datetime, finish: datetime) -> SyncRun:
        """Run a range; one that overlaps an earlier success is stopped. Raises 500 before the start date."""
        self._refuse_before_start(now)
        return self._run(now, start, finish, guarded=True)

    def run(self, sync_id: str) -> SyncRun:
        """The run of this id, or `latest` or `lastSuccessful`. Raises 404."""
        runs = reversed(self.runs)
        if sync_id == "lastSuccessful":
            found = next((run for run in runs if run.succeeded), None)
        else:
            found = next((run for run in runs if sync_id in ("latest", run.id)), None)
        if found is None:
            raise not_found("No such sync")
        return found

    def days(self, start: datetime, finish: datetime) -> Iterator[tuple[str, datetime, datetime]]:
        """The local days that the range touches, each from midnight to midnight: 23 or 25 hours where clocks change."""
        day = start.astimezone(self._zone).date()
        while (begins := self._begin_of(day)) < finish:
            yield day.isoformat(), begins, self._begin_of(day + timedelta(days=1))
            day += timedelta(days=1)

    def _run(self, now: datetime, start: datetime, finish: datetime, *, guarded: bool = False) -> SyncRun:
        orders = [order for order in self.orders.values() if start <= _created(order) < finish]
        code, error = self._verdict(start, finish, orders, guarded=guarded)
        run = SyncRun(
            id=self._new_id(),
            start=start,
            finish=finish,
            requested_at=now,
            ends_at=now + self._latency,
            code=code,
            error=error,
            days=self._counted(start, finish, orders),
        )
        self.runs.append(run)
        self._after(run, orders, now)
        return run

    def _verdict(
        self, start: datetime, finish: datetime, orders: Sequence[Mapping[str, Any]], *, guarded: bool
    ) -> tuple[int, str | None]:
        if not self._settings.active:
            return 4220, "The connection to the accounting software was taken away"
        fault = self._fault_of_configuration(orders)
        if fault is not None:
            return 4000, fault
        done = [run for run in self.runs if run.succeeded]
        if guarded and any(run.start < finish and start < run.finish for run in done):
            return 5080, OVERLAP
        return (2000 if orders else 2040), None

    def _fault_of_configuration(self, orders: Sequence[Mapping[str, Any]]) -> str | None:
        """Say what keeps these orders from being synced: a rule, an unmapped payment type or tax rate."""
        selection = self._configuration.selection
        if not selection.enabled:
            return "Sync is disabled"
        for violation in self._configuration.violations():
            return violation.message
        for order in orders:
            for line in order.get("orderLineItems") or ():
                rate = plain_rate(line.get("taxPercentage", 0))
                if rate not in selection.tax_rates:
                    return f"Tax rate {rate} is not mapped"
            for payment in order.get("payments") or ():
                kind = _PAYMENT_ACCOUNTS.get(str(payment.get("type")))
                if payment.get("status") == "Paid" and kind not in selection.accounts:
                    return f"Payment type {payment.get('type')} is not mapped"
        return None

    def _after(self, run: SyncRun, orders: Sequence[Mapping[str, Any]], now: datetime) -> None:
        """Count failing days: after 31 in a row without a success the company is switched off."""
        if run.succeeded:
            self._failing_days.clear()
            self._synced_orders |= {str(order["id"]): str(order.get("sourceModifiedDate")) for order in orders}
            return
        self._failing_days.add(now.astimezone(self._zone).date())
        if len(self._failing_days) >= FAILING_DAYS_MAX:
            self._configuration.disable()

    def add_order(self, order: Mapping[str, Any]) -> str | None:
        """Note an order of the shop; the same id and modification again is dropped.

        Gives what an operator is told: an update of an order that no run has covered yet is simply the later order; one
        whose day was covered without it has to be reconciled by hand.
        """
        order_id, modified = str(order["id"]), str(order.get("sourceModifiedDate"))
        if self._synced_orders.get(order_id) == modified:
            return None
        covered = any(run.succeeded and run.start <= _created(order) < run.finish for run in self.runs)
        self.orders[order_id] = order
        return RECONCILE if covered and order_id not in self._synced_orders else None

    def _counted(self, start: datetime, finish: datetime, orders: Sequence[Mapping[str, Any]]) -> Mapping[str, int]:
        count = Counter(_created(order).astimezone(self._zone).date().isoformat() for order in orders)
        return {day: count[day] for day, _, _ in self.days(start, finish)}

    def _refuse_before_start(self, now: datetime) -> None:
        if now < self._start():
            raise internal("A sync cannot be queued before the start date")

    def _start(self) -> datetime:
        local = datetime.fromisoformat(self._configuration.selection.start_date)
        return local.replace(tzinfo=self._zone).astimezone(UTC)

    def _midnight(self, at: datetime) -> datetime:
        """The last local midnight that is not after `at`."""
        return self._begin_of(at.astimezone(self._zone).date())

    def _begin_of(self, day: date) -> datetime:
        return datetime.combine(day, time(), self._zone).astimezone(UTC)


def _created(order: Mapping[str, Any]) -> datetime:
    return instant_of(str(order["createdDate"]))


def instant_of(text: str) -> datetime:
    """The instant that a text names; without an offset it is UTC. Raises `ValueError`."""
    at = datetime.fromisoformat(text)
    return (at.replace(tzinfo=UTC) if at.tzinfo is None else at).astimezone(UTC)


def _instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
