"""A Codat target before a script, or before the simulator in this process; time passes only where the target waits."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
from multidict import CIMultiDict

from ledgerpost.connectors.authorized import AuthorizedSender
from ledgerpost.connectors.codat.options import CodatOptions
from ledgerpost.connectors.codat.target import CodatTarget
from ledgerpost.connectors.http import HttpSender
from ledgerpost.connectors.tokens import basic_key, personal_access_token
from ledgerpost.simulators.codat import SimulatorCounts, SimulatorSettings, demo_settings
from ledgerpost.simulators.codat.demo import DEMO_API_KEY
from ledgerpost.simulators.codat.dispatch import answer
from ledgerpost.simulators.codat.simulator import Simulator
from ledgerpost.simulators.serving.exchange import Call
from tests.connectors.scripted import PAT_REFERENCE, HeldSecrets, RecordingTransport, StoppedClock


@dataclass
class Bench:
    """A target and all that it saw. Its waits move the clock."""

    transport: RecordingTransport
    clock: StoppedClock
    target: CodatTarget
    waits: list[float] = field(default_factory=list)

    def paths(self, method: str) -> list[str]:
        """What was asked by `method`: paths without what they have in common."""
        return [
            request.url.path.split("/", 3)[3] if request.url.path.count("/") > 2 else ""
            for request in self.transport.requests
            if request.method == method
        ]


def bench_of(handler: Callable[[httpx.Request], httpx.Response], options: CodatOptions | None = None) -> Bench:
    """Give a target over `handler`."""
    clock = StoppedClock()
    transport = RecordingTransport(handler)
    waits: list[float] = []

    def pause(seconds: float) -> None:
        waits.append(seconds)
        clock.pass_by(seconds)

    key = personal_access_token(PAT_REFERENCE, HeldSecrets({PAT_REFERENCE: DEMO_API_KEY}), clock, basic_key)
    sender = AuthorizedSender(HttpSender(transport, monotonic=lambda: clock.now().timestamp()), key)
    target = CodatTarget("https://codat.example", sender, clock, options, pause=pause)
    return Bench(transport, clock, target, waits)


@dataclass
class SimulatedBench:
    """A target before the simulator in this process; both have one clock."""

    bench: Bench
    simulator: Simulator

    @property
    def target(self) -> CodatTarget:
        return self.bench.target

    @property
    def clock(self) -> StoppedClock:
        return self.bench.clock

    @property
    def counts(self) -> SimulatorCounts:
        return self.simulator.counts()

    def documents(self) -> list[dict[str, Any]]:
        """What is in the books."""
        return list(self.simulator.entry_documents())


def simulated(
    faults: str = "", *, latency_s: float = 1.0, seed: int = 0, given: SimulatorSettings | None = None
) -> SimulatedBench:
    """Give a target before a new simulator, the demo's where no other is given."""
    made: list[SimulatedBench] = []

    def handler(request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode().partition("?")[0]
        headers = CIMultiDict(request.headers)
        call = Call(request.method, path, request.url.query.decode(), headers, request.content)
        reply = answer(made[0].simulator, call)
        if reply.cut:
            raise httpx.RemoteProtocolError("cut")
        answered = {"Content-Type": reply.content_type, **reply.headers}
        return httpx.Response(reply.status, content=reply.body, headers=answered)

    bench = bench_of(handler)
    ids = itertools.count(1)
    settings = replace(
        given or demo_settings(),
        faults=faults,
        seed=seed,
        push_latency_s=latency_s,
        requests_per_minute=1_000_000,
        requests_per_day=1_000_000,
    )
    simulator = Simulator(settings, now=bench.clock.now, new_id=lambda: f"id-{next(ids)}")
    made.append(SimulatedBench(bench, simulator))
    return made[0]
