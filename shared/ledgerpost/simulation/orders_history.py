"""A history of sales orders, and what must be so at its end: each order once, in its latest version, to the cent."""

from functools import partial

from ledgerpost.domain.delivery import Status
from ledgerpost.error_catalogue import CATALOGUE
from ledgerpost.simulation import rest_invariants
from ledgerpost.simulation.history import History
from ledgerpost.simulation.orders_site import OrdersWorld
from ledgerpost.simulation.orders_source import TENANT, expected_order, order_entry
from ledgerpost.simulation.plan import Step
from ledgerpost.simulation.services import LOG_STREAM
from ledgerpost.simulation.world import START_MS, Violation
from ledgerpost.simulators.acumatica.demo import DEMO_CLIENT_KEY, DEMO_USER_KEY


class OrdersHistory(History):
    """A history whose ledger is Acumatica."""

    def __init__(self, world: OrdersWorld) -> None:
        super().__init__(world)
        self._orders_world = world
        self._latest: dict[str, int] = {}

    def run(self) -> None:
        """Run all phases; raises Violation."""
        for step in self.world.plan.steps:
            self.world.at(START_MS + round(step.at_s * 1000), partial(self._do, step))
        self._rest("the history")
        self._after_weather()
        self._calm_down()
        self._rest("the calm after it")
        self._at_rest()
        before = self.books_digest()
        self._replay()
        self._rest("the replay of everything")
        if self.books_digest() != before:
            raise Violation("I12", "a replay changed the ledger")
        self._at_rest()
        self._secrets_stay_hidden()

    def _approve(self, step: Step) -> None:
        self._latest[step.reference] = max(step.revision, self._latest.get(step.reference, 0))
        self._publish(step, order_entry(step))

    def books_digest(self) -> tuple[str, ...]:
        """Give all that the site holds, as text."""
        return self._orders_world.site.digest()

    def _after_weather(self) -> None:
        world = self.world
        if world.cloud.counts.lost:
            raise Violation("I1", f"{world.cloud.counts.lost} messages vanished")
        if world.defects:
            raise Violation("I17", f"a worker failed by a defect: {world.defects[0]}")
        rest_invariants.only_the_struck_are_dead(world)
        rest_invariants.nothing_is_open(world)
        for record in world.records():
            # Every approval is sound and the site refuses none: only what a person redrives once it is calm may stop.
            is_true = record.code in CATALOGUE and record.code in rest_invariants.MENDED_CODES
            if record.status in (Status.PARKED, Status.SKIPPED) and not is_true:
                raise Violation("I17", f"{record.key.reference} is {record.status} for {record.code}, which is not so")

    def _at_rest(self) -> None:
        rest_invariants.nothing_is_open(self.world)
        rest_invariants.redrives_were_honoured(self.world)
        self._orders_world.site.assert_nothing_is_twice()
        records = {record.key.reference: record for record in self.world.records()}
        for reference, revision in self._latest.items():
            record = records.get(reference)  # type: ignore[call-overload]
            if record is None:
                raise Violation("I1", f"{TENANT} {reference} left no trace")
            if record.status is not Status.DELIVERED or record.effect is None:
                raise Violation("I17", f"{reference} is {record.status} for {record.code}, and nothing is in its way")
            if record.version.source.revision != revision:
                raise Violation("I3", f"{reference} stands at {record.version}, and r{revision} was approved")
            self._order_is_right(reference, revision, record.effect.ledger_id)

    def _order_is_right(self, reference: str, revision: int, ledger_id: str) -> None:
        site, wanted = self._orders_world.site, expected_order(reference, revision)
        orders = site.orders_of(reference)
        if len(orders) != 1:
            raise Violation("I2", f"{reference}: the site holds {len(orders)} orders")
        if ledger_id != f"SO {orders[0]['OrderNbr']['value']}":
            raise Violation("I17", f"{reference} is called delivered as {ledger_id}")
        held = site.held(orders[0])
        if held.total != wanted.total:
            raise Violation("I4", f"{reference}: the site holds {held.total}, r{revision} is {wanted.total}")
        if held != wanted:
            raise Violation("I3", f"{reference}: the site holds {held}, r{revision} is {wanted}")

    def _secrets_stay_hidden(self) -> None:
        told = [LOG_STREAM.getvalue(), *(str(value) for fields in self.world.logged for value in fields.values())]
        hidden = (DEMO_CLIENT_KEY, DEMO_USER_KEY, "@shop.example")
        if any(secret in line for line in told for secret in hidden):
            raise Violation("I6", "the log holds a secret or an address")
