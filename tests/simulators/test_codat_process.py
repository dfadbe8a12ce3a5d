"""The simulator as a process, over real HTTP on loopback."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from ledgerpost.simulators.codat import CompanySettings, SimulatorProcess, SimulatorSettings, demo_settings
from ledgerpost.simulators.codat.__main__ import main
from ledgerpost.simulators.codat.demo import DEMO_API_KEY, DEMO_COMPANY
from ledgerpost.simulators.serving.settings import SettingsError
from tests.simulators.codat_calls import COMPANY, OverHttp, invoice


@pytest.fixture(scope="module")
def process() -> Iterator[SimulatorProcess]:
    with SimulatorProcess(replace(demo_settings(), push_latency_s=0.0)) as running:
        yield running


@pytest.fixture
def simulator(process: SimulatorProcess) -> SimulatorProcess:
    """The one process of this module, with nothing in its books and no fault."""
    process.set_faults("")
    process.reset()
    return process


def test_a_push_over_http_lands(simulator: SimulatorProcess) -> None:
    caller = OverHttp(simulator.url)

    pushed = caller.push(invoice())

    assert pushed.headers["Content-Type"] == "application/json"
    assert caller.operation(pushed)["status"] == "Success"
    assert [(entry["reference"], entry["late"]) for entry in simulator.entries()] == [("SI-1", False)]
    assert simulator.counts().created == 1


def test_a_cut_connection_gives_no_answer_though_the_document_lands(simulator: SimulatorProcess) -> None:
    simulator.set_faults("cut=1:once")
    caller = OverHttp(simulator.url)

    assert caller.push(invoice()).status == 0
    assert len(caller.data()) == 1
    counts = simulator.counts()
    assert (counts.pushes, counts.created, counts.faults) == (1, 1, {"cut": 1})
    assert counts.calls["push"] == {"cut": 1}


def test_the_log_keeps_the_request_ids(simulator: SimulatorProcess) -> None:
    OverHttp(simulator.url).call("GET", COMPANY, X_Request_Id="r-1")

    assert [(line["operation"], line["requestId"]) for line in simulator.requests()] == [("get_company", "r-1")]


def test_orders_of_the_shop_can_be_added(simulator: SimulatorProcess) -> None:
    assert simulator.add_orders(DEMO_COMPANY, [{"id": "O-1", "createdDate": "2026-03-01T10:00:00Z"}]) == []
    with pytest.raises(ValueError, match="no such company"):
        simulator.add_orders("nobody", [])


def test_a_plan_that_cannot_be_read_is_refused_with_the_reason(simulator: SimulatorProcess) -> None:
    with pytest.raises(ValueError, match="unknown fault 'expire'"):
        simulator.set_faults("expire=1")


def test_a_body_above_five_megabytes_is_refused(simulator: SimulatorProcess) -> None:
    assert OverHttp(simulator.url).push(invoice(note="x" * 6_000_000)).status == 413


def test_settings_survive_the_way_to_the_child_and_show_no_key() -> None:
    settings = replace(demo_settings(), seed=4, faults="cut=0.1", requests_per_day=7)

    assert SimulatorSettings.from_json(settings.to_json()) == settings
    assert DEMO_API_KEY not in repr(settings)


def test_settings_that_describe_nothing_are_refused() -> None:
    with pytest.raises(SettingsError, match="unexpected"):
        SimulatorSettings.from_json('{"sead": 1}')
    with pytest.raises(SettingsError, match="no time zone"):
        CompanySettings("c", "C", "x", time_zone="Mars/North")
    with pytest.raises(SettingsError, match="same id"):
        SimulatorSettings(companies=(CompanySettings("c", "C", "x"), CompanySettings("c", "D", "y")))


def test_the_command_serves_the_demo_and_ends_with_its_pipe() -> None:
    child = subprocess.Popen(
        [sys.executable, "-m", "ledgerpost.simulators.codat", "--settings", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(demo_settings().to_json().encode() + b"\n")
    child.stdin.flush()
    ready = json.loads(child.stdout.readline())
    assert ready["simulator"] == "codat"
    assert OverHttp(ready["url"]).call("GET", COMPANY).status == 200

    child.stdin.close()

    assert child.wait(10) == 0
    child.stdout.close()


def test_the_command_line_serves_the_demo_until_it_is_told_to_stop() -> None:
    command = "from ledgerpost.cli.main import main; main()"
    child = subprocess.Popen(
        [sys.executable, "-c", command, "simulator", "codat", "--faults", "fail=1", "--push-latency-s", "0"],
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None
    caller = OverHttp(json.loads(child.stdout.readline())["url"])

    assert caller.push(invoice()).json["status"] == "Failed"
    child.send_signal(signal.SIGTERM)
    assert child.wait(10) == 0
    child.stdout.close()


def test_faults_that_cannot_be_read_stop_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--faults", "cut=2"]) == 2
    assert capsys.readouterr().err.startswith("codat simulator: ")
