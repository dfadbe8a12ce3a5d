"""One history of closes: a shop sells, its days are closed under faults, the documents are delivered; calm; replay."""

from collections.abc import Callable
from datetime import date
from functools import partial

from ledgerpost.adapters.announcer import QueueAnnouncer
from ledgerpost.app.close_day import ClosePorts, close_day, reopen_day
from ledgerpost.domain.closing import CompanyKey, Progress, next_run
from ledgerpost.domain.grouping.close import LEASE, DayStatus
from ledgerpost.errors import StoreError, UsageError
from ledgerpost.local.clock import instant
from ledgerpost.ports_commerce import KeptCompany
from ledgerpost.simulation import closing_invariants, rest_invariants
from ledgerpost.simulation.closing_plan import CLOSING_VERBS, DAY_S, MIDNIGHT_S
from ledgerpost.simulation.history import History
from ledgerpost.simulation.plan import Step, Verb
from ledgerpost.simulation.services import LOG_STREAM, SimulatedServices
from ledgerpost.simulation.shop import Sale, company_of, key_of
from ledgerpost.simulation.source import TENANTS
from ledgerpost.simulation.world import CLOSE_DAY_SCHEDULE, COMMERCE_TABLE, START_MS, SkewedClock, Worker, World
from ledgerpost.wire.commerce_document import event_for

_DAYS_MAX = 100


class ClosingHistory(History):
    """A history of a shop's days."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._sales: list[Sale] = []
        self._stores = world.tables.commerce(COMMERCE_TABLE)
        world.observer.applied = partial(closing_invariants.applied, world)
        for tenant in TENANTS:
            company = company_of(tenant)
            kept = KeptCompany(company=company, progress=Progress(), next_run=next_run(company, instant(START_MS)))
            assert self._stores.companies.put(kept), "a history begins with an empty table"

    def run(self) -> None:
        """Run all phases; raises Violation."""
        world = self.world
        for step in world.plan.steps:
            world.at(START_MS + round(step.at_s * 1000), partial(self._do, step))
        self._rest("the history")
        rest_invariants.after_weather(world)
        self._calm_down()
        self._rest("the calm after it")
        self._close_what_is_open()
        closing_invariants.at_rest(world, self._stores, self._sales)
        before = world.books.digest()
        self._replay()
        self._rest("the replay of everything")
        self._close_what_is_open()
        rest_invariants.after_replay(world, before)
        closing_invariants.at_rest(world, self._stores, self._sales)
        rest_invariants.in_the_log(world, LOG_STREAM.getvalue())

    def _close_what_is_open(self) -> None:
        """Let a person close what is reopened or half closed, and the schedule run for two nights.

        Two: a late mark of a day that was not covered is taken away by the run after the one that covers it.
        """
        self._wait_for_night()
        for tenant in TENANTS:
            key = key_of(tenant)
            for state in self._stores.days.days(key, _DAYS_MAX):
                if state.status is not DayStatus.CLOSED:
                    self.driver.person("person", partial(self._close, key, state.day))
        self._rest("a person's close")
        for _ in range(2):
            self._wait_for_night()
            self.driver.fire(CLOSE_DAY_SCHEDULE)
            self._rest("the night after")

    def _wait_for_night(self) -> None:
        """Let time pass until a minute after the next midnight at which every lease is over; no clock is so late."""
        world = self.world
        passed_s = (world.now_ms - START_MS) / 1000 + LEASE.total_seconds()
        nights = int((passed_s - MIDNIGHT_S) // DAY_S) + 1
        world.now_ms = START_MS + (MIDNIGHT_S + nights * DAY_S + 60) * 1000

    def _replay(self) -> None:
        super()._replay()
        for body in list(self.world.announced):
            self._intake_queue().send(body, self.world.now_ms)

    def _do(self, step: Step) -> None:
        if step.verb not in CLOSING_VERBS:
            super()._do(step)
            return
        world = self.world
        if step.verb is not Verb.SELL:
            world.note(f"{step.verb} {step.tenant} {step.approved_at}".rstrip())
        doing: dict[Verb, Callable[[], None]] = {
            Verb.SELL: lambda: self._sell(Sale(step)),
            Verb.RUN_SCHEDULE: lambda: self.driver.fire(CLOSE_DAY_SCHEDULE),
            Verb.REOPEN: lambda: self._person(step, self._reopen),
            Verb.CLOSE_DAY: lambda: self._person(step, self._close),
        }
        doing[step.verb]()

    def _sell(self, sale: Sale) -> None:
        world, step = self.world, sale.step
        self._sales.append(sale)
        before = self._intake_queue().bodies()
        (answer,) = world.cloud.put_events([sale.entry()], world.now_ms)
        assert answer.event_id is not None, "a simulated record fits the contract"
        world.note(f"sold {step.tenant} {step.reference} v{step.revision} {step.total} {step.approved_at}")
        self.published.extend(self._intake_queue().bodies()[len(before) :])

    def _person(self, step: Step, act: Callable[[CompanyKey, date], None]) -> None:
        self.driver.person("person", partial(act, key_of(step.tenant), date.fromisoformat(step.approved_at)))

    def _reopen(self, key: CompanyKey, day: date) -> None:
        try:
            reopen_day(key, day, self._close_ports(), by="ann", reason="simulated")
        except (StoreError, UsageError) as error:
            self.world.note(f"reopening {day}: {error.code}")

    def _close(self, key: CompanyKey, day: date) -> None:
        try:
            result = close_day(company_of(key.tenant), key, day, self._close_ports())
        except (StoreError, UsageError) as error:
            self.world.note(f"closing {day}: {error.code}")
            return
        self.world.note(f"closed {day}: {result.status.name}, {len(result.documents)} documents")

    def _close_ports(self) -> ClosePorts:
        services = SimulatedServices(self.world, Worker("person", 0))
        stores = services.commerce(COMMERCE_TABLE)
        return ClosePorts.over(
            stores,
            announcer=QueueAnnouncer(services.queue(self.world.cloud.wiring.queues["IntakeQueue"].url)),
            event_for=event_for,
            clock=SkewedClock(self.world),
        )
