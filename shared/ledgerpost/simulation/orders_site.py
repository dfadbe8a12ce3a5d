"""Acumatica's own connector in a history: it speaks to the simulator's core, in virtual time, behind faults.

Each call is an effect: before and after it a worker may be passed over, frozen or killed. What strikes a write: the
reply is lost before or after it was applied, it lands later, a 500 comes after it, a limit, a 503, and the end of the
session. Sign-in and log-out are never interrupted: the connector does both under a lock.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import count
from typing import Any

import httpx

from ledgerpost.connectors.acumatica.building import acumatica_target
from ledgerpost.connectors.building import Building
from ledgerpost.connectors.http import HttpSender
from ledgerpost.connectors.no_limit import NoLimit
from ledgerpost.connectors.process_claims import ProcessClaims
from ledgerpost.domain.customer_claim import CustomerClaim, StoredClaim
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.route import Connection, SecretReference
from ledgerpost.local.clock import instant
from ledgerpost.local.services import LocalTables
from ledgerpost.ports import Clock, LedgerTarget
from ledgerpost.simulation.orders_source import ExpectedOrder, orders_configuration
from ledgerpost.simulation.plan import Fault, Plan, What
from ledgerpost.simulation.source import Truth
from ledgerpost.simulation.targets import given_up_ms, wait_in_vain
from ledgerpost.simulation.world import Violation, World
from ledgerpost.simulators.acumatica.demo import DEMO_CLIENT_KEY, DEMO_TENANT, DEMO_USER, DEMO_USER_KEY, demo_settings
from ledgerpost.simulators.acumatica.dispatch import LOGOUT_PATH, answer
from ledgerpost.simulators.acumatica.sessions import COOKIE
from ledgerpost.simulators.acumatica.simulator import Simulator
from ledgerpost.simulators.serving.exchange import Answer, Call, Refusal

WRITES = ("PUT", "POST")
_UNAPPLIED = {What.LIMITED: 429, What.BUSY: 503}


class OrdersWorld(World):
    """A world whose ledger is one Acumatica site."""

    def __init__(self, plan: Plan, *, is_traced: bool = False) -> None:
        super().__init__(plan, is_traced=is_traced)
        self.truth = Truth()
        self.tables = LocalTables([orders_configuration(numbers_customers=plan.numbers_customers)])
        self.claims = ProcessClaims()
        self.site = OrderSite(self)


class OrderSite:
    """The simulator's core with the clock of the history, and its books as the invariants read them."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._is_open = False
        ids = count(1)
        settings = replace(
            demo_settings(),
            api_users_max=1000,
            faults=f"lag=1:{world.plan.lag_s}" if world.plan.lag_s else "",
            seed=world.plan.seed,
        )
        self.simulator = Simulator(
            settings, clock_s=self._clock_s, now=lambda: instant(world.now_ms), new_id=lambda: f"id-{next(ids):08}"
        )
        self._is_open = True

    def _clock_s(self) -> float:
        """What was there before the history is old enough for every search."""
        return self._world.now_ms / 1000 if self._is_open else 0.0

    def answer(self, call: Call) -> Answer:
        """Answer a call, and look at the books after each write. A worker that dies logs out, and tells nothing new."""
        given = answer(self.simulator, call)
        if call.method in WRITES and not _is_of_session(call.path):
            self.assert_nothing_is_twice()
        return given

    def answer_late(self, call: Call) -> None:
        """Apply a write that was let in before its worker gave up: that its session ended since does not stop it."""
        sessions = self.simulator.sessions
        cookie = sessions.login({"name": DEMO_USER, "password": DEMO_USER_KEY, "tenant": DEMO_TENANT})
        headers = httpx.Headers(call.headers)
        del headers["Authorization"]
        headers["Cookie"] = f"{COOKIE}={cookie}"
        self.answer(replace(call, headers=headers))
        sessions.logout(headers)

    def lets_in(self, call: Call) -> bool:
        """Say whether the call's session is good."""
        try:
            self.simulator.sessions.admit(call.headers)
        except Refusal:
            return False
        return True

    def records(self, entity: str) -> list[dict[str, Any]]:
        """Give every record of an entity."""
        return list(self.simulator.record_documents(entity))

    def orders_of(self, reference: str) -> list[dict[str, Any]]:
        """Give the orders of a reference."""
        return [each for each in self.records("SalesOrder") if _value(each, "ExternalRef") == reference]

    def packages_of(self, number: str) -> list[str]:
        """Give the tracking numbers on the shipments of an order."""
        return [
            _value(package, "TrackingNbr")
            for shipment in self.records("Shipment")
            if number in {_value(line, "OrderNbr") for line in shipment["Details"]}
            for package in shipment["Packages"]
        ]

    def held(self, order: Mapping[str, Any]) -> ExpectedOrder:
        """Give what an order says, comparable with what it must say."""
        lines = [
            (_value(row, "InventoryID"), Decimal(_value(row, "OrderQty")), Decimal(_value(row, "UnitPrice")))
            for row in order["Details"]
        ]
        return ExpectedOrder(
            lines=tuple(sorted(lines)),
            payments=tuple(sorted(_value(row, "PaymentRef") for row in order["Payments"])),
            tax=sum((Decimal(_value(row, "TaxAmount")) for row in order["TaxDetails"]), Decimal(0)),
            tracking=tuple(sorted(self.packages_of(_value(order, "OrderNbr")))),
            customer=self._email_of(_value(order, "CustomerID")),
            total=Decimal(_value(order, "OrderTotal")),
        )

    def _email_of(self, customer_id: str) -> str:
        there = (each for each in self.records("Customer") if _value(each, "CustomerID") == customer_id)
        return next((_value(each["MainContact"], "Email") for each in there), "")

    def digest(self) -> tuple[str, ...]:
        """Give all that is held, as text."""
        entities = ("SalesOrder", "Customer", "Shipment")
        return tuple(json.dumps(each, sort_keys=True) for entity in entities for each in self.records(entity))

    def assert_nothing_is_twice(self) -> None:
        """I2: one order of a reference, one line of an item, one payment, one package, one customer of an address."""
        orders = self.records("SalesOrder")
        seen = Counter(f"order {_value(order, 'ExternalRef')}" for order in orders)
        for order in orders:
            place = f"of order {_value(order, 'ExternalRef')}"
            seen.update(f"line {_value(row, 'InventoryID')} {place}" for row in order["Details"])
            seen.update(f"payment {_value(row, 'PaymentRef')} {place}" for row in order["Payments"])
        seen.update(
            f"package {_value(row, 'TrackingNbr')}" for each in self.records("Shipment") for row in each["Packages"]
        )
        seen.update(f"customer {_value(each['MainContact'], 'Email')}" for each in self.records("Customer"))
        for what, number in seen.items():
            if number > 1:
                raise Violation("I2", f"{what} is in the ledger {number} times")


class OrderTargets:
    """The real connector of one worker (port LedgerTargets), kept as long as the worker lives."""

    def __init__(self, world: OrdersWorld, clock: Clock) -> None:
        self._world = world
        self._clock = clock
        self._kept: LedgerTarget | None = None

    def target_of(self, tenant: TenantId, connection: Connection) -> LedgerTarget:
        """Give the connector."""
        if self._kept is None:
            world = self._world
            sender = HttpSender(AcumaticaOnTheWire(world), monotonic=lambda: world.now_ms / 1000)
            building = Building(
                connection=connection,
                base_url=connection.base_url,
                sender=sender,
                secrets=_Secrets(),
                clock=self._clock,
                tenant=tenant,
                budget=NoLimit(),
                customer_claims=_FaultyClaims(world),
            )
            self._kept = acumatica_target(building)
        return self._kept


@dataclass(frozen=True, slots=True)
class _FaultyClaims:
    """The claims of customers that all workers share, behind faults (port CustomerClaims)."""

    world: OrdersWorld

    def read(self, key: str) -> StoredClaim | None:
        return self.world.effect("claim read", lambda: self.world.claims.read(key))

    def write(self, key: str, claim: CustomerClaim, revision: int) -> bool:
        return self.world.effect("claim write", lambda: self.world.claims.write(key, claim, revision))


class _Secrets:
    """The connection's one secret (port Secrets)."""

    def read(self, reference: SecretReference, *, fresh: bool = False) -> str:  # noqa: ARG002 - never rotated here
        return json.dumps({"clientSecret": DEMO_CLIENT_KEY, "password": DEMO_USER_KEY})


@dataclass(frozen=True, slots=True)
class AcumaticaOnTheWire(httpx.BaseTransport):
    """The site as httpx reaches it. Source: acumatica.md, sections 1, 2 and 9."""

    world: OrdersWorld

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request; a reply that is lost is a time-out."""
        path, _, query = request.url.raw_path.decode().partition("?")
        body = b"".join(request.stream)  # type: ignore[arg-type]
        call = Call(request.method, path, query, request.headers, body)
        if _is_of_session(path):
            return _response(self.world.site.answer(call))
        kind = "order write" if call.method in WRITES else "order read"
        self.world.effect("order request", lambda: None)
        if call.method == "PUT" and path.endswith("/SalesOrder"):
            self._posting(body)
        return self.world.effect(kind, lambda: self._answered(kind, call))

    def _posting(self, body: bytes) -> None:
        world, reference = self.world, json.loads(body)["ExternalRef"]["value"]
        world.observer.posting("acme", DEMO_TENANT, reference, world.fibers.running())

    def _answered(self, kind: str, call: Call) -> httpx.Response:
        world = self.world
        world.note(f"  {call.method} {call.path.rpartition('/')[2]}")
        for fault in world.faults_at(f"{kind} answer"):
            world.strike(fault)
            if fault.what is What.REVOKED:
                world.site.simulator.sessions.expire(call.headers)
                continue
            return self._struck(fault, call)
        return _response(world.site.answer(call))

    def _struck(self, fault: Fault, call: Call) -> httpx.Response:
        world = self.world
        if fault.what in _UNAPPLIED:
            wait = {"Retry-After": f"{fault.amount_s:.0f}"} if fault.amount_s else {}
            return httpx.Response(_UNAPPLIED[fault.what], headers=wait, content=b"Please try again later.")
        if not world.site.lets_in(call):
            return _response(world.site.answer(call))
        if fault.what is What.LATE:
            world.at(given_up_ms(world) + round(fault.amount_s * 1000), lambda: self._land(call))
        elif fault.what is not What.LOST:
            world.site.answer(call)
        if fault.what is What.SERVER_ERROR:
            said = {"message": "An error has occurred.", "exceptionType": "System.Data.SqlClient.SqlException"}
            return httpx.Response(500, json=said)
        wait_in_vain(world)
        raise httpx.ReadTimeout("The simulated reply was lost.")

    def _land(self, call: Call) -> None:
        self.world.note(f"  a late {call.method} {call.path.rpartition('/')[2]} lands")
        self.world.site.answer_late(call)


def _is_of_session(path: str) -> bool:
    return path.startswith("/identity/") or path == LOGOUT_PATH


def _response(given: Answer) -> httpx.Response:
    return httpx.Response(
        given.status, headers={"Content-Type": given.content_type, **given.headers}, content=given.body
    )


def _value(record: Mapping[str, Any], name: str) -> str:
    wrapped = record.get(name)
    return str(wrapped["value"]) if isinstance(wrapped, Mapping) and "value" in wrapped else ""
