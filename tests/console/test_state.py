"""What was set up and done on a served console is there after a restart with the same `--state`."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest

from ledgerpost.adapters.secrets_environment import EnvironmentSecrets
from ledgerpost.app.change_log import check
from ledgerpost.cli.demo import demo_configuration
from ledgerpost.cli.serve import Serving, opened_console, serve_demo
from ledgerpost.domain.event import TenantId
from ledgerpost.errors import StoreError, UsageError
from ledgerpost.simulators.pennypipe.demo import DEMO_PAT
from ledgerpost.simulators.pennypipe.process import SimulatorProcess
from tests.console.desk import A_MAP, ACCOUNT, Browser

HOST = {"host": "127.0.0.1:1"}


class Loopback(Browser):
    """A browser on the machine itself."""

    def send(self, method: str, address: str, body: str = "", headers: object = None) -> object:  # type: ignore[override]
        given = dict(headers or {})  # type: ignore[call-overload]
        return super().send(method, address, body, given | HOST | ({"origin": "http://127.0.0.1:1"} if body else {}))


def serving(simulator: SimulatorProcess, state: Path) -> Serving:
    empty = replace(demo_configuration(simulator.url), connections={}, routes={})
    return Serving(configuration=empty, entries=[], secrets=EnvironmentSecrets({}), state=state)


def test_everything_is_there_after_a_restart(simulator: SimulatorProcess, tmp_path: Path) -> None:
    simulator.reset()
    with opened_console(serving(simulator, tmp_path)) as (console, _):
        person = Loopback(console)
        made = person.call(
            "POST",
            "/v1/connections",
            {"label": "Main", "baseUrl": simulator.url, "authType": "PAT", "secret": DEMO_PAT},
        )
        assert made.status == 200, made.text
        person.call("POST", "/v1/routes", {"connection": "main", "streamType": "Sales", "accountId": ACCOUNT})
        person.call("PUT", "/v1/column-maps/till", {"columnMap": A_MAP})
        person.call("POST", "/v1/pauses", {"connection": "main", "reason": "audit"})
    with opened_console(serving(simulator, tmp_path)) as (console, _):
        person = Loopback(console)
        assert [each["id"] for each in person.get("/v1/connections").json["connections"]] == ["main"]
        assert [each["accountId"] for each in person.get("/v1/routes").json["routes"]] == [ACCOUNT]
        assert person.get("/v1/column-maps").json == {"columnMaps": ["till"]}
        assert person.get("/v1/pauses").json["pauses"][0]["reason"] == "audit"
        tested = person.call("POST", "/v1/connections/main/test", {}).json["accounts"]
        assert tested[0]["reached"], "the secret is there as well"
        assert len(person.get("/v1/audit").json["entries"]) >= 4
        assert check(TenantId("acme"), console._ports.changes).broken_at is None


def test_secrets_are_for_the_owner_alone(simulator: SimulatorProcess, tmp_path: Path) -> None:
    with opened_console(serving(simulator, tmp_path)) as (console, _):
        body = {"label": "Main", "baseUrl": simulator.url, "authType": "PAT", "secret": DEMO_PAT}
        Loopback(console).call("POST", "/v1/connections", body)
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    others = [path for path in tmp_path.iterdir() if path.name != "secrets.json"]
    assert others
    assert not [path.name for path in others if DEMO_PAT.encode() in path.read_bytes()]


def test_a_damaged_file_is_named_and_nothing_is_served(simulator: SimulatorProcess, tmp_path: Path) -> None:
    (tmp_path / "configurations.json").write_text("[{")
    with (
        pytest.raises(StoreError, match="is damaged"),
        opened_console(serving(simulator, tmp_path)),
    ):
        pass


def test_the_demo_keeps_no_state_since_its_ledger_does_not(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--state needs --config C or --empty"):
        serve_demo(0, everything_empty=False, log=None, state=tmp_path)
