"""Each handler starts through Lambda's own runtime client, in an interpreter that sees what is deployed and no more.

The artefact is the one that is deployed. The layer is this environment's copy of the packages that
`requirements/runtime.txt` names: the real one holds wheels for arm64 Linux and Python 3.13, which this machine may not
be able to load. That the real one holds those very packages is checked when it is built (`packaging.check_layer`).
"""

import importlib.metadata
import json
import queue
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.packaging.dynamodb_stub import dynamodb_stub
from tests.packaging.runtime_api import RuntimeApi, runtime_api

START = """
import json, sys
sys.path[:0] = json.loads(sys.argv[1])
from awslambdaric.__main__ import main
main(["awslambdaric", sys.argv[2]])
"""

SETTINGS = {
    "intake": {"ROUTES_TABLE": "routes", "DELIVERIES_TABLE": "deliveries"},
    "deliver": {"ROUTES_TABLE": "routes", "DELIVERIES_TABLE": "deliveries"},
    "settle": {"DELIVERIES_TABLE": "deliveries"},
    "actions": {"ROUTES_TABLE": "routes", "DELIVERIES_TABLE": "deliveries", "EXTRACTS_BUCKET": "files"},
    "close_day": {"COMMERCE_TABLE": "commerce", "INTAKE_QUEUE_URL": "http://127.0.0.1:9/000000000000/intake"},
    "extract": {"DELIVERIES_TABLE": "deliveries"},
}
NO_AWS = "http://127.0.0.1:9"
"""The port of `discard`, where nothing listens: a call to AWS would fail there."""


@pytest.fixture(scope="session")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Lambda itself brings: the runtime client and what that needs, beside the layer and not in it."""
    folder = tmp_path_factory.mktemp("runtime")
    for name in ("awslambdaric", "snapshot-restore-py", "simplejson"):
        distribution = importlib.metadata.distribution(name)
        for top in {file.parts[0] for file in distribution.files or () if file.parts[0] != ".."}:
            source = Path(str(distribution.locate_file(top)))
            if source.is_dir():
                shutil.copytree(source, folder / top, dirs_exist_ok=True)
            else:
                shutil.copy2(source, folder / top)
    return folder


@contextmanager
def started(name: str, api: RuntimeApi, path: list[Path], aws: str) -> Iterator["subprocess.Popen[str]"]:
    """Run the function as Lambda does; it sees the standard library, `path`, its settings, and nothing else."""
    environment = {
        "AWS_LAMBDA_RUNTIME_API": api.address,
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_ENDPOINT_URL": aws,
        "DELIVERY_QUEUE_URL": f"{aws}/000000000000/deliveries",
        **SETTINGS[name],
    }
    folders = json.dumps([str(folder) for folder in path])
    handler = f"functions.{name}.handler.lambda_handler"
    command = [sys.executable, "-I", "-S", "-B", "-c", START, folders, handler]
    process = subprocess.Popen(
        command, env=environment, cwd=path[0], text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def answer_of(name: str, event: dict[str, Any], path: list[Path], aws: str = NO_AWS) -> tuple[str, Any, str]:
    """Give where the answer came to (`response` or `error`), what it was, and what the function wrote."""
    with runtime_api(event) as api, started(name, api, path, aws) as process:
        try:
            kind, answer = api.answers.get(timeout=30)
        except queue.Empty:
            process.kill()
            pytest.fail(f"{name} gave no answer: {process.communicate()[0]}")
        process.kill()
        written = process.communicate()[0]
    return kind, answer, written


@pytest.mark.parametrize("name", ["intake", "deliver"])
def test_a_function_of_a_queue_answers_an_empty_batch_without_a_call_to_aws(
    name: str, artefact: Path, layer: Path, runtime: Path
) -> None:
    kind, answer, written = answer_of(name, {"Records": []}, [artefact, layer, runtime])
    assert (kind, answer) == ("response", {"batchItemFailures": []}), written


def test_a_message_that_cannot_be_read_is_reported_as_failed_and_counted(
    artefact: Path, layer: Path, runtime: Path
) -> None:
    event = {"Records": [{"messageId": "m-1", "body": "not ours"}]}
    kind, answer, written = answer_of("deliver", event, [artefact, layer, runtime])
    assert (kind, answer) == ("response", {"batchItemFailures": [{"itemIdentifier": "m-1"}]}), written
    assert "not ours" not in written, "a body reached the log"
    assert metrics_in(written) == {"RecordsFailed": [1.0]}


def test_settling_sweeps_the_index_and_tells_the_backlog(artefact: Path, layer: Path, runtime: Path) -> None:
    with dynamodb_stub() as dynamodb:
        kind, answer, written = answer_of("settle", {}, [artefact, layer, runtime], dynamodb.url)
    assert (kind, answer) == ("response", {"count": 0}), written
    asked = {(operation, request["TableName"], request["IndexName"]) for operation, request in dynamodb.calls}
    assert asked == {("Query", "deliveries", "attention")}, "its role allows nothing else"
    assert metrics_in(written)["BacklogParked"] == [0.0], "the alarm would think that the schedule has stopped"


def test_a_sweep_that_is_refused_ends_as_an_error_and_leaves_no_heartbeat(
    artefact: Path, layer: Path, runtime: Path
) -> None:
    with dynamodb_stub(refuses=True) as dynamodb:
        kind, answer, written = answer_of("settle", {}, [artefact, layer, runtime], dynamodb.url)
    assert (kind, answer["errorType"]) == ("error", "StoreError"), written
    assert "_aws" not in written


def test_an_action_that_is_none_is_answered_as_the_seed_says(artefact: Path, layer: Path, runtime: Path) -> None:
    kind, answer, written = answer_of("actions", {"action": "list-products"}, [artefact, layer, runtime])
    assert (kind, answer["code"], answer["error"]) == ("response", 500, "pennylane_input_refused"), written


def test_closing_days_looks_for_companies_that_are_due(artefact: Path, layer: Path, runtime: Path) -> None:
    with dynamodb_stub() as dynamodb:
        kind, answer, written = answer_of("close_day", {}, [artefact, layer, runtime], dynamodb.url)
    assert (kind, answer) == ("response", {"count": 0, "failed": 0}), written
    asked = {(operation, request["TableName"], request["IndexName"]) for operation, request in dynamodb.calls}
    assert asked == {("Query", "commerce", "due")}


def test_an_extract_begins_with_its_checkpoint(artefact: Path, layer: Path, runtime: Path) -> None:
    token = "secretsmanager:arn:aws:secretsmanager:eu-west-1:000000000000:secret:ledgerpost/dev/acme/x-AbCdEf"
    document = {
        "tenant": "acme",
        "extract": "fincome",
        "source": {"kind": "pennylane", "baseUrl": "https://app.pennylane.example", "token": token},
        "target": {"kind": "fincome", "baseUrl": "https://fincome.example", "key": token},
    }
    with dynamodb_stub(refuses=True) as dynamodb:
        kind, answer, written = answer_of("extract", {"document": document}, [artefact, layer, runtime], dynamodb.url)
    assert (kind, answer["errorType"]) == ("error", "StoreError"), written
    assert [(operation, request["Key"]) for operation, request in dynamodb.calls] == [
        ("GetItem", {"key": {"S": "extract#acme/fincome"}})
    ]


def metrics_in(written: str) -> dict[str, list[float]]:
    """Give the values of the one metric line among what a function wrote."""
    lines = [json.loads(line) for line in written.splitlines() if line.startswith("{")]
    (document,) = (line for line in lines if "_aws" in line)
    return {name: value for name, value in document.items() if isinstance(value, list)}
