"""The simulator as a process, over real HTTP on loopback."""

import contextlib
import http.client
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from ledgerpost.simulators.pennypipe import (
    AccountSettings,
    FieldDefinition,
    PersonalAccessToken,
    RateLimit,
    SettingsError,
    SimulatorProcess,
    SimulatorSettings,
    SimulatorStartError,
    demo_settings,
)
from ledgerpost.simulators.pennypipe.__main__ import main
from tests.simulators.pennypipe_calls import SALES, SALES_ENTRIES, OverHttp, entry

CHILD = [sys.executable, "-m", "ledgerpost.simulators.pennypipe"]


@pytest.fixture(scope="module")
def process() -> Iterator[SimulatorProcess]:
    with SimulatorProcess(demo_settings()) as running:
        yield running


@pytest.fixture
def simulator(process: SimulatorProcess) -> SimulatorProcess:
    """The one process of this module, with nothing in its books and no fault."""
    process.set_faults("")
    process.set_upsert(True)
    process.reset()
    return process


def test_a_post_over_http_creates_and_then_updates(simulator: SimulatorProcess) -> None:
    caller = OverHttp(simulator.url)

    first, second = caller.post(entry()), caller.post(entry(amount="1"))

    assert (first.status, second.status, second.json["version"]) == (201, 200, 2)
    assert first.headers["Content-Type"] == "application/json"
    assert [item["amount"] for item in simulator.entries()] == ["1"]


def test_a_problem_over_http_has_its_own_media_type(simulator: SimulatorProcess) -> None:
    reply = OverHttp(simulator.url).post(entry(amount="0"))

    assert (reply.status, reply.headers["Content-Type"]) == (422, "application/problem+json")


def test_a_client_finds_the_token_endpoint_and_posts(simulator: SimulatorProcess) -> None:
    caller = OverHttp(simulator.url)
    document = caller.call("GET", "/.well-known/openid-configuration").json

    assert document["token_endpoint"] == f"{simulator.url}/connect/token"
    assert caller.post(entry(), token=caller.client_token()).status == 201


def test_a_cut_connection_gives_no_answer_though_the_entry_is_in_the_books(simulator: SimulatorProcess) -> None:
    simulator.set_faults("cut=1:once")
    caller = OverHttp(simulator.url)

    assert [caller.post(entry()).status, caller.post(entry()).status] == [0, 200]
    counts = simulator.counts()
    assert (counts.created, counts.unchanged, counts.faults) == (1, 1, {"cut": 1})
    assert counts.calls["post_entry"] == {"cut": 1, "200": 1}


def test_parallel_posts_of_one_reference_make_one_row(simulator: SimulatorProcess) -> None:
    caller = OverHttp(simulator.url)
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda number: caller.post(entry(amount=str(number + 1))).status, range(40)))

    counts = simulator.counts()
    assert sorted(statuses) == [200] * 39 + [201]
    assert (counts.entries, counts.duplicates, counts.created, counts.updated) == (1, 0, 1, 39)


def test_parallel_runs_of_one_seed_are_struck_alike(simulator: SimulatorProcess) -> None:
    caller = OverHttp(simulator.url)

    def run(order: list[int]) -> dict[int, int]:
        simulator.set_faults("cut=0.2,refuse=0.2,error_after=0.2")
        with ThreadPoolExecutor(4) as pool:
            return dict(zip(order, pool.map(lambda n: caller.post(entry(f"R-{n}")).status, order), strict=True))

    first = run(list(range(60)))
    simulator.reset()

    assert run(list(reversed(range(60)))) == first
    assert set(first.values()) == {0, 201, 500, 503}


def test_entries_of_many_pages_are_streamed(simulator: SimulatorProcess) -> None:
    caller = OverHttp(simulator.url)
    for start in range(0, 1200, 100):
        entries = [entry(f"R-{number}") for number in range(start, start + 100)]
        caller.call("POST", f"{SALES_ENTRIES}/batch", {"entries": entries, "createMissingTags": True})

    assert len({item["referenceId"] for item in simulator.entries()}) == 1200


def test_an_account_may_be_added_while_it_runs(simulator: SimulatorProcess) -> None:
    field = FieldDefinition("f", "Flag", required=True)
    simulator.add_account(AccountSettings("new", "New", "JPY", fields=(field,), tags=("Sales",)))
    caller = OverHttp(simulator.url)

    assert caller.call("GET", "/api/accounts/new").json["currency"] == "JPY"
    assert [item["required"] for item in caller.call("GET", "/api/accounts/new/field-definitions").json["items"]] == [
        True
    ]
    assert [item["name"] for item in caller.call("GET", "/api/accounts/new/tags").json["items"]] == ["Sales"]


def test_the_upsert_switch_may_be_turned_while_it_runs(simulator: SimulatorProcess) -> None:
    simulator.set_upsert(False)
    caller = OverHttp(simulator.url)

    assert [caller.post(entry()).status for _ in range(2)] == [201, 201]
    assert simulator.counts().duplicates == 1
    assert caller.call("GET", SALES).json["capabilities"] == ["batch"]


def test_the_log_keeps_the_request_ids(simulator: SimulatorProcess) -> None:
    reply = OverHttp(simulator.url).call("GET", SALES, X_Request_Id="r-1")

    assert reply.headers["X-Request-Id"] == "r-1"
    assert [line["requestId"] for line in simulator.requests()] == ["r-1"]


def test_a_plan_that_cannot_be_read_is_refused_with_the_reason(simulator: SimulatorProcess) -> None:
    with pytest.raises(ValueError, match="unknown fault 'cutt'"):
        simulator.set_faults("cutt=1")


def test_a_body_above_five_megabytes_is_refused(simulator: SimulatorProcess) -> None:
    assert OverHttp(simulator.url).post(entry(note="x" * 6_000_000)).status == 413


def test_settings_survive_the_way_to_the_child() -> None:
    settings = replace(
        demo_settings(),
        seed=4,
        faults="cut=0.1",
        upsert=False,
        rate_limit=RateLimit(60, 10.0),
        pats=(PersonalAccessToken("p", accounts=("a",), may_post=False),),
    )

    assert SimulatorSettings.from_json(settings.to_json()) == settings


def test_settings_that_describe_nothing_are_refused() -> None:
    with pytest.raises(SettingsError, match="unexpected"):
        SimulatorSettings.from_json('{"sead": 1}')
    with pytest.raises(SettingsError, match="'60 per 10' is not REQUESTS/SECONDS"):
        RateLimit.parse("60 per 10")
    with pytest.raises(SettingsError, match="same id"):
        SimulatorSettings(accounts=(AccountSettings("a", "", "EUR"), AccountSettings("A", "", "EUR")))
    with pytest.raises(SettingsError, match="none of text, number"):
        FieldDefinition("f", "F", "colour")  # type: ignore[arg-type]


def test_the_child_ends_when_its_parent_lets_go_of_the_pipe() -> None:
    child = subprocess.Popen([*CHILD, "--settings", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdin.write(demo_settings().to_json().encode() + b"\n")
    child.stdin.flush()
    ready = json.loads(child.stdout.readline())
    assert OverHttp(ready["url"]).call("GET", SALES).status == 200

    child.stdin.close()

    assert child.wait(10) == 0
    child.stdout.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_also_with_a_connection_open(number: signal.Signals) -> None:
    child = subprocess.Popen([*CHILD, "--faults", "cut=0.1", "--seed", "3"], stdout=subprocess.PIPE)
    assert child.stdout is not None
    ready = json.loads(child.stdout.readline())
    assert ready["simulator"] == "pennypipe"
    with contextlib.closing(http.client.HTTPConnection(ready["url"].removeprefix("http://"))) as connection:
        connection.request("GET", "/_simulator/counts")
        assert connection.getresponse().read()

        child.send_signal(number)

        assert child.wait(10) == 0
    child.stdout.close()


def test_a_block_that_fails_still_ends_the_child() -> None:
    process = SimulatorProcess(demo_settings())
    with contextlib.suppress(RuntimeError), process:
        url = process.url
        raise RuntimeError("of the block")

    assert process.pid is None
    with pytest.raises(ConnectionRefusedError):
        OverHttp(url).call("GET", SALES)


def test_a_taken_port_is_told_in_one_line(simulator: SimulatorProcess, capfd: pytest.CaptureFixture[str]) -> None:
    port = int(simulator.url.rpartition(":")[2])

    with pytest.raises(SimulatorStartError, match="exit code 2"), SimulatorProcess(demo_settings(), port=port):
        pass

    errors = capfd.readouterr().err
    assert errors.startswith("pennypipe simulator: ")
    assert errors.count("\n") == 1


def test_faults_that_cannot_be_read_stop_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--faults", "cut=2"]) == 2
    assert "above 1" in capsys.readouterr().err
