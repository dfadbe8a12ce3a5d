"""A Codat connection on the command line; the simulator is its own process."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledgerpost.simulators.codat import SimulatorProcess, demo_settings
from ledgerpost.simulators.codat.demo import DEMO_API_KEY, DEMO_COMPANY
from tests.e2e.conftest import CommandLine, document


@pytest.fixture(scope="module")
def codat() -> Iterator[SimulatorProcess]:
    with SimulatorProcess(demo_settings()) as simulator:
        yield simulator


@pytest.fixture
def codat_configuration(
    ledgerpost: CommandLine, codat: SimulatorProcess, monkeypatch: pytest.MonkeyPatch
) -> dict[str, Any]:
    """A configuration whose one enabled route posts to the simulator's company."""
    monkeypatch.setenv("CODAT_API_KEY", DEMO_API_KEY)
    configuration = document(codat.url, accountId=DEMO_COMPANY)
    configuration["connections"][0] |= {"target": "codat", "auth": {"type": "PAT", "token": "env:CODAT_API_KEY"}}
    del configuration["routes"][1]
    return configuration


def written(ledgerpost: CommandLine, configuration: dict[str, Any]) -> Path:
    return ledgerpost.file("codat.json", json.dumps(configuration))


def test_a_company_is_reached_and_told_to_be_looked_up(
    ledgerpost: CommandLine, codat_configuration: dict[str, Any]
) -> None:
    config = written(ledgerpost, codat_configuration)

    assert ledgerpost("connection", "test", "main", "--config", config, "--json").document["accounts"] == [
        {"account": DEMO_COMPANY, "reached": True, "class": "look-up", "currency": None}
    ]
    assert (
        "reached (no upsert: each post is looked up first)"
        in ledgerpost("connection", "test", "main", "--config", config).out
    )


def test_a_wrong_key_is_told_without_pennypipes_advice_and_without_the_key(
    ledgerpost: CommandLine, codat_configuration: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODAT_API_KEY", "a-wrong-key")

    ended = ledgerpost("connection", "test", "main", "--config", written(ledgerpost, codat_configuration))

    assert ended.code == 1
    assert "token_refused" in ended.out
    assert "PennyPipe" not in ended.out
    assert "a-wrong-key" not in ended.out + ended.err


def test_what_pennypipe_alone_has_is_refused_in_one_sentence(
    ledgerpost: CommandLine, codat_configuration: dict[str, Any]
) -> None:
    config = written(ledgerpost, codat_configuration)

    for command in (("fields", "main"), ("test-post", "main")):
        ended = ledgerpost(*command, "--account", DEMO_COMPANY, "--config", config)
        assert ended.code == 2
        assert "main does not lead to a PennyPipe" in ended.err


@pytest.mark.parametrize(
    ("connection", "says"),
    [
        ({"options": {"connection": "x"}}, "Codat has no such option"),
        (
            {
                "auth": {
                    "type": "OAuth",
                    "identityAuthority": "https://identity.example",
                    "clientId": "c",
                    "clientSecret": "env:CODAT_API_KEY",
                    "scopes": "s",
                }
            },
            "This ledger takes an API key",
        ),
    ],
)
def test_what_codat_does_not_take_is_refused_with_the_mend(
    connection: dict[str, Any], says: str, ledgerpost: CommandLine, codat_configuration: dict[str, Any]
) -> None:
    codat_configuration["connections"][0] |= connection

    ended = ledgerpost("connection", "test", "main", "--config", written(ledgerpost, codat_configuration))

    assert ended.code == 2
    assert says in ended.err
