"""The committed JSON Schemas: generated, sound, and of one mind with the code."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator

from ledgerpost.errors import ConfigurationError
from ledgerpost.wire.extract_document import extract_from
from ledgerpost.wire.schemas import (
    approval_event_schema,
    configuration_schema,
    extract_schema,
    main,
    schema_files,
)

EVENTS = Path(__file__).parents[2] / "events"
SEED_RULES = Path(__file__).parents[1] / "golden" / "seed_rules"


@pytest.mark.parametrize("name", schema_files())
def test_the_committed_schema_is_the_generated_one(name: str) -> None:
    assert (EVENTS / name).read_text(encoding="utf-8") == schema_files()[name], "run `make schemas`"


def test_the_check_tells_a_stale_schema_and_writing_mends_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--into", str(tmp_path), "--check"]) == 1
    assert "run `make schemas`" in capsys.readouterr().err
    assert main(["--into", str(tmp_path)]) == 0
    assert main(["--into", str(tmp_path), "--check"]) == 0


@pytest.mark.parametrize(
    "schema",
    [approval_event_schema(), configuration_schema(), extract_schema()],
    ids=["event", "configuration", "extract"],
)
def test_a_schema_is_itself_sound(schema: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(schema)


def test_the_example_configuration_fits_the_schema() -> None:
    assert _faults(_example()) == []


@pytest.mark.parametrize("path", sorted(SEED_RULES.glob("*.json")), ids=lambda path: path.stem)
def test_the_rules_of_the_guide_fit_the_schema_in_both_casings(path: Path) -> None:
    rules = json.loads(path.read_text(encoding="utf-8"))
    for written in (rules, _in_camel_case(rules)):
        document = _example()
        document["routes"][0]["rules"] = written
        assert _faults(document) == []


def test_the_schema_refuses_what_the_check_refuses_by_its_form() -> None:
    for change in (
        {"tenant": 12},
        {"foo": 1},
        {"routes": [_example()["routes"][0] | {"accountId": 123}]},
        {"routes": [_example()["routes"][0] | {"rules": {"SaleDocument": {"Enabled": True}}}]},
        {"routes": [_example()["routes"][0] | {"rules": {"SaleDocument": {"Enabled": True, "enabled": True}}}]},
        {"connections": [_example()["connections"][0] | {"auth": {"type": "PAT", "token": "literal"}}]},
    ):
        assert _faults(_example() | change)


CONSENT = {
    "identityAuthority": "https://app.pennylane.com/oauth",
    "clientId": "id",
    "clientSecret": "env:C",
    "refreshToken": "env:R",
}
BOTH_WAYS_IN = {"kind": "pennylane", "baseUrl": "https://app.pennylane.com", "token": "env:T", "oauth": CONSENT}
EXTRACTS = ["extract.example.yaml", "extract.simulator.yaml", "extract.stage.example.json"]


@pytest.mark.parametrize("name", EXTRACTS)
def test_the_example_extracts_fit_the_schema_and_are_accepted(name: str) -> None:
    document = _extract(name)
    assert _extract_faults(document) == []
    assert extract_from(document, allow_loopback="simulator" in name).id == "acme/fincome"


@pytest.mark.parametrize(
    "change",
    [
        {"tenant": 12},
        {"foo": 1},
        {"baseCurrency": 978},
        {"statuses": {"archived": "gone"}},
        {"changesOnly": "yes"},
        {"source": {"kind": "pennylane", "baseUrl": "https://app.pennylane.com"}},
        {"source": {"kind": "pennylane", "baseUrl": "https://app.pennylane.com", "token": "literal"}},
        {"source": BOTH_WAYS_IN},
        {"target": {"kind": "fincome", "baseUrl": "https://api2.fincome.co/product"}},
    ],
    ids=str,
)
def test_the_schema_of_extracts_refuses_what_the_reader_refuses_by_its_form(change: dict[str, Any]) -> None:
    document = _extract("extract.stage.example.json") | change
    assert _extract_faults(document)
    with pytest.raises(ConfigurationError):
        extract_from(document)


def _extract(name: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((EVENTS / name).read_text(encoding="utf-8"))
    return document


def _extract_faults(document: dict[str, Any]) -> list[str]:
    return [error.message for error in Draft202012Validator(extract_schema()).iter_errors(document)]


def _example() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((EVENTS / "configuration.example.yaml").read_text(encoding="utf-8"))
    return document


def _faults(document: dict[str, Any]) -> list[str]:
    return [error.message for error in Draft202012Validator(configuration_schema()).iter_errors(document)]


def _in_camel_case(value: Any) -> Any:
    if isinstance(value, dict):
        return {key[0].lower() + key[1:]: _in_camel_case(inner) for key, inner in value.items()}
    return [_in_camel_case(inner) for inner in value] if isinstance(value, list) else value
