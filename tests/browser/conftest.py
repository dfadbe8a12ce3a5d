"""A Chromium of this machine in front of the console; the tests are skipped, with the reason, where there is none."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from ledgerpost.adapters.secrets_environment import EnvironmentSecrets
from ledgerpost.cli.console_server import ConsoleServer
from ledgerpost.cli.demo import SECRET_NAME, demo_configuration
from ledgerpost.cli.serve import Serving, opened_console
from ledgerpost.cli.serve_shop import begin_shop, with_shop_account, with_shop_route
from ledgerpost.local.engine import LocalEngine
from ledgerpost.simulators.pennypipe.demo import DEMO_PAT, demo_settings
from ledgerpost.simulators.pennypipe.process import SimulatorProcess

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
WAIT_MS = 10_000


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="there is no Chromium here; set CHROMIUM to one"))


@dataclass(frozen=True, slots=True)
class Stage:
    """A console that is served on loopback, with what runs under it."""

    url: str
    engine: LocalEngine
    simulator: SimulatorProcess


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright comes with `make setup-dev`")
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Any, request: pytest.FixtureRequest) -> Iterator[Any]:
    """A page of its own; a test may ask for another size or scheme by a parameter of it."""
    options = {"viewport": {"width": 1200, "height": 800}} | getattr(request, "param", {})
    context = chromium.new_context(**options)
    context.set_default_timeout(WAIT_MS)
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    yield opened
    context.close()
    refusals = [
        fault for fault in faults if "Failed to load resource" not in fault
    ]  # a 4xx page says so in the console
    assert refusals == [], "the browser refused something of the page"


def _served(simulator: SimulatorProcess, *, empty: bool = False, shop: bool = False) -> Iterator[Stage]:
    configuration = demo_configuration(simulator.url)
    if shop:
        configuration = with_shop_route(configuration)
    if empty:
        configuration = replace(configuration, connections={}, routes={})
    secrets = EnvironmentSecrets({SECRET_NAME: DEMO_PAT})
    begin = begin_shop if shop else None
    serving = Serving(configuration=configuration, entries=[], secrets=secrets, begin=begin)
    with (
        opened_console(serving) as (console, engine),
        ConsoleServer(console) as server,
    ):
        yield Stage(server.url, engine, simulator)


@pytest.fixture(scope="session")
def simulator() -> Iterator[SimulatorProcess]:
    with SimulatorProcess(with_shop_account(demo_settings())) as running:
        yield running


@pytest.fixture
def empty_stage(simulator: SimulatorProcess) -> Iterator[Stage]:
    """Nothing is set up yet."""
    simulator.reset()
    yield from _served(simulator, empty=True)


@pytest.fixture
def stage(simulator: SimulatorProcess) -> Iterator[Stage]:
    """The demo's connection and route, nothing delivered yet."""
    simulator.reset()
    yield from _served(simulator, empty=False)


@pytest.fixture
def shop_stage(simulator: SimulatorProcess) -> Iterator[Stage]:
    """The demo with its shop: days that are closed, due and adjusted."""
    simulator.reset()
    yield from _served(simulator, shop=True)
