"""Customers are made once each, whichever worker makes them, and whatever becomes of it."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from ledgerpost.connectors.acumatica.claiming import ASK_AGAIN_S
from ledgerpost.connectors.acumatica.target import AcumaticaTarget
from ledgerpost.connectors.process_claims import ProcessClaims
from ledgerpost.connectors.registry import ConnectorTargets
from ledgerpost.domain.customer_claim import HELD, CustomerClaim, StoredClaim
from ledgerpost.domain.document import LedgerDocument
from ledgerpost.domain.outcome import Applied, NotApplied, PostOutcome, Retry, Unknown
from ledgerpost.errors import StoreError
from ledgerpost.ports import CustomerClaims
from tests.connectors.acumatica_orders import (
    Bench,
    SimulatedSite,
    acumatica_connection,
    acumatica_secrets,
    document,
    for_new_customer,
)
from tests.connectors.scripted import TENANT, StoppedClock

Send = Callable[[], httpx.Response]


class WorkerDiedError(BaseException):
    """The end of a worker, wherever it stands."""


class Site(SimulatedSite):
    """A site whose customers may be struck as they are written."""

    struck: Callable[[Send], httpx.Response] | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        strike = self.struck
        if strike is None or request.method != "PUT" or not request.url.path.endswith("/Customer"):
            return super().handle_request(request)
        self.struck = None
        return strike(lambda: SimulatedSite.handle_request(self, request))

    @property
    def customers_made(self) -> int:
        return int(self.simulator.counts().created("Customer"))


class Worker(Bench):
    """A process of its own: it shares the site, the time and the stored claims with the others, and nothing else."""

    def __init__(self, site: Site, clock: StoppedClock, claims: CustomerClaims) -> None:
        self.site, self.clock = site, clock
        self.targets = ConnectorTargets(
            acumatica_secrets(), clock, transport_factory=lambda _: site, customer_claims=claims
        )
        target = self.targets.target_of(TENANT, acumatica_connection(session="keep"))
        assert isinstance(target, AcumaticaTarget)
        self.target = target


def two_workers(claims: CustomerClaims | None = None, **changes: Any) -> tuple[Worker, Worker, Site]:
    site, clock, shared = Site(api_users_max=9, **changes), StoppedClock(), claims or ProcessClaims()
    return Worker(site, clock, shared), Worker(site, clock, shared), site


def order(reference: str) -> LedgerDocument:
    return document(for_new_customer(Payments=[]), reference=reference)


def is_put_off(outcome: PostOutcome) -> bool:
    return isinstance(outcome, NotApplied) and (outcome.code, outcome.retry) == ("customer_in_transfer", Retry.LATER)


def pass_by(worker: Worker, seconds: float) -> None:
    worker.clock.pass_by(seconds)
    worker.site.now_s += seconds


def test_of_two_workers_that_transfer_one_customer_one_waits():
    one, other, site = two_workers()
    met: list[PostOutcome] = []

    def another_comes(send: Send) -> httpx.Response:
        met.append(other.deliver(order("5002")))
        return send()

    site.struck = another_comes

    assert isinstance(one.deliver(order("5001")), Applied)
    assert is_put_off(met[0])
    assert met[0].retry_after_s == ASK_AGAIN_S
    assert isinstance(other.deliver(order("5002")), Applied)
    assert site.customers_made == 1
    assert len({each["CustomerID"]["value"] for each in site.orders()}) == 1


def test_of_many_workers_at_once_one_makes_the_customer():
    site, clock, claims = Site(api_users_max=9), StoppedClock(), ProcessClaims()
    workers = [Worker(site, clock, claims) for _ in range(6)]
    start = threading.Barrier(len(workers))

    def at_once(number: int) -> PostOutcome:
        start.wait(10)
        return workers[number].deliver(order(f"500{number}"))

    with ThreadPoolExecutor(len(workers)) as executor:
        outcomes = list(executor.map(at_once, range(len(workers))))

    assert all(isinstance(outcome, Applied) or is_put_off(outcome) for outcome in outcomes), outcomes
    again = [worker.deliver(order(f"500{number}")) for number, worker in enumerate(workers)]
    assert all(isinstance(outcome, Applied) for outcome in again), again
    assert site.customers_made == 1
    assert len(site.orders()) == len(workers)


def test_a_customer_that_was_made_and_does_not_show_yet_is_known_to_the_other_worker():
    one, other, site = two_workers(faults="lag=1:20", fault_entities=("Customer",))

    assert isinstance(one.deliver(order("5001")), Applied)
    assert isinstance(other.deliver(order("5002")), Applied)
    assert site.customers_made == 1


@pytest.mark.parametrize("is_written", [False, True], ids=["before the write", "after the write"])
def test_where_a_worker_dies_the_next_one_makes_the_customer_once_its_claim_has_run_out(*, is_written: bool):
    one, other, site = two_workers(faults="lag=1:20", fault_entities=("Customer",))

    def dies(send: Send) -> httpx.Response:
        if is_written:
            send()
        raise WorkerDiedError

    site.struck = dies

    with pytest.raises(WorkerDiedError):
        one.deliver(order("5001"))
    assert is_put_off(other.deliver(order("5002")))
    pass_by(other, HELD.total_seconds() - 1)
    # By now what the dead one wrote shows; what it did not write is not made before its claim is over.
    assert isinstance(other.deliver(order("5002")), Applied) is is_written
    pass_by(other, 2)
    assert isinstance(other.deliver(order("5002")), Applied)
    assert site.customers_made == 1


def test_a_write_that_got_no_answer_and_lands_late_is_waited_for_by_every_worker():
    one, other, site = two_workers()
    late: list[Send] = []

    def hangs(send: Send) -> httpx.Response:
        late.append(send)
        raise httpx.ReadTimeout("no answer")

    site.struck = hangs

    assert isinstance(one.deliver(order("5001")), Unknown)
    assert is_put_off(other.deliver(order("5002")))
    pass_by(other, 12)
    late[0]()
    assert isinstance(other.deliver(order("5002")), Applied)
    assert isinstance(one.deliver(order("5001")), Applied)
    assert site.customers_made == 1


def test_a_customer_that_the_ledger_refused_may_be_tried_at_once():
    one, other, site = two_workers()
    site.struck = lambda _: httpx.Response(429, headers={"Retry-After": "1"})

    refused = one.deliver(order("5001"))
    assert isinstance(refused, NotApplied)
    assert refused.code == "rate_limited"
    assert isinstance(other.deliver(order("5002")), Applied)
    assert site.customers_made == 1


def test_a_customer_that_is_gone_again_is_made_again():
    claims = ProcessClaims()
    one, _, site = two_workers(claims)
    assert isinstance(one.deliver(order("5001")), Applied)
    (made,) = claims._stored.values()
    later, _, empty = two_workers(claims)
    pass_by(later, 31)

    assert isinstance(later.deliver(order("5002")), Applied)
    assert made.claim.customer_id == site.orders()[0]["CustomerID"]["value"]
    assert empty.customers_made == 1


class NoStore:
    """A store that does not answer (port CustomerClaims)."""

    def read(self, key: str) -> StoredClaim | None:
        raise StoreError("store_unavailable", "The table did not answer.")

    def write(self, key: str, claim: CustomerClaim, revision: int) -> bool:
        raise StoreError("store_unavailable", "The table did not answer.")


def test_without_its_claim_no_customer_is_made_and_the_order_waits():
    one, _, site = two_workers(NoStore())

    outcome = one.deliver(order("5001"))

    assert isinstance(outcome, NotApplied)
    assert (outcome.code, outcome.retry) == ("store_unavailable", Retry.LATER)
    assert site.customers_made == 0


def test_a_claim_says_neither_address_nor_tenant():
    seen: list[str] = []

    class Recording(ProcessClaims):
        def write(self, key: str, claim: CustomerClaim, revision: int) -> bool:
            seen.append(f"{key} {claim}")
            return super().write(key, claim, revision)

    one, _, _ = two_workers(Recording())
    one.deliver(order("5001"))

    assert len(seen) == 2
    assert not any("bob" in text or TENANT in text for text in seen)
