"""The actions as they are called: by the function, by the command, and where extracts go."""

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions.actions.handler import lambda_handler
from ledgerpost.adapters.extract_folder import FolderExtractFiles
from ledgerpost.adapters.extract_s3 import S3ExtractFiles
from ledgerpost.adapters.sqlite_token_pairs import TOKENS_FILE
from ledgerpost.bootstrap import Container, installed
from ledgerpost.connectors.pennylane.actions.run import ACTIONS
from ledgerpost.connectors.pennylane.wire_json import json_bytes, lossless
from ledgerpost.domain.route import ConnectionId, TenantConfiguration
from ledgerpost.errors import StoreError
from ledgerpost.local.services import LocalServices, LocalTables
from ledgerpost.simulators.pennylane import SimulatorProcess, demo_settings
from ledgerpost.simulators.pennylane.demo import DEMO_CLIENT_ID, DEMO_CLIENT_KEY, DEMO_REFRESH_TOKEN, DEMO_TOKEN
from tests.connectors.pennylane.company import Company
from tests.connectors.scripted import PAT_REFERENCE, TENANT, HeldSecrets, StoppedClock, a_connection

PRODUCT = {"label": "Pack 1", "unit": "piece", "priceWithoutTax": 123.45, "vatRate": "FR_200", "currency": "EUR"}
TITLES = [
    "List Product(s)", "Create Or Update Product", "List Billing Subscription(s)", "Create Invoice",
    "Create Or Update Supplier", "List Customer(s)", "List Supplier(s)", "Create Or Update Customer",
    "List Category(ies)", "Create Or Update Category", "Create Estimate", "Update Invoice", "List Estimate(s)",
    "List Invoice(s)", "Update Estimate Status", "Create Or Update Billing Subscription",
]  # fmt: skip
"""The seed's table of contents."""


@pytest.fixture(scope="module")
def pennylane() -> Iterator[SimulatorProcess]:
    with SimulatorProcess(replace(demo_settings(), window_requests=None)) as simulator:
        yield simulator


class Context:
    aws_request_id = "request-1"

    def get_remaining_time_in_millis(self) -> int:
        return 60_000


@pytest.fixture
def stage(pennylane: SimulatorProcess, tmp_path: Path) -> Iterator[Any]:
    """Call the function as a stage would, its environment and services around it; gives the log as well."""
    from ledgerpost.connectors.registry import ConnectorTargets

    connections = {
        ConnectionId("main"): a_connection("pennylane", base_url=pennylane.url),
        ConnectionId("other"): a_connection("pennypipe"),
    }
    configuration = TenantConfiguration(TENANT, connections, {})
    secrets = HeldSecrets({PAT_REFERENCE: DEMO_TOKEN})
    log_path = tmp_path / "log.jsonl"
    with log_path.open("w+", encoding="utf-8") as log:
        services = LocalServices(
            clock=StoppedClock(),
            tables=LocalTables([configuration]),
            send_to=lambda _, __: None,
            targets=lambda loopback: ConnectorTargets(secrets, StoppedClock(), allow_loopback=loopback),
            log_stream=log,
        )
        environment = {
            "ROUTES_TABLE": "routes", "DELIVERIES_TABLE": "deliveries", "EXTRACTS_BUCKET": str(tmp_path / "extracts"),
            "TENANT": TENANT, "ALLOW_LOOPBACK": "true",
        }  # fmt: skip
        with installed(Container(environment, services)):
            yield lambda event: lambda_handler(event, Context())
        log.flush()
        log.seek(0)
        assert DEMO_TOKEN not in log.read()


# The table.


def test_the_sixteen_actions_stand_in_the_order_of_the_seed_and_answer_to_its_titles():
    assert [action.title for action in ACTIONS] == TITLES
    assert len({action.name for action in ACTIONS}) == 16
    company = Company()
    for action in ACTIONS:
        for name in (action.name, action.title, action.title.lower()):
            assert company.run(name, unknown=1)["error"] == "pennylane_input_refused"


def test_an_action_that_there_is_not_is_refused_with_those_that_there_are():
    code, message = Company().refused("delete-invoice")

    assert code == "pennylane_action_unknown"
    assert "update-invoice" in message


@pytest.mark.parametrize("document", [None, [], "x", 7])
def test_an_input_that_is_no_object_is_refused(document: Any):
    given = Company().actions.answer("create-or-update-product", document)

    assert (given["code"], given["error"]) == (500, "pennylane_input_refused")


def test_no_answer_shows_the_token():
    company = Company()
    company.secrets.values[PAT_REFERENCE] = "canary-token-123"
    given = company.run("list-products")

    assert given["code"] == 500
    assert given["error"] == "token_refused"
    assert "canary" not in json.dumps(given)


# The function.


def test_the_function_answers_as_the_seed_says(stage: Any):
    made = stage({"action": "Create Or Update Product", "connection": "main", "input": PRODUCT})
    listed = stage({"action": "list-products", "tenant": "acme", "connection": "main", "input": {}})
    again = stage({"action": "list-products", "connection": "acme/main", "input": None})

    assert made["code"] == 200
    assert listed["outputs"]["products"][0]["id"] == made["outputs"]["productId"]
    assert json.dumps(listed["outputs"]["products"][0]["priceWithoutTax"]) == "123.45"
    assert again == listed


def test_the_function_keeps_extracts_in_their_place(stage: Any):
    stage({"action": "create-or-update-product", "connection": "main", "input": PRODUCT})
    given = stage({"action": "list-products", "connection": "main", "input": {"extractInMarjoryFile": True}})

    place = Path(given["outputs"]["file"]["place"])
    assert len(place.read_text(encoding="utf-8").splitlines()) == given["outputs"]["file"]["rows"]


@pytest.mark.parametrize(
    "event",
    [
        None, [], {}, {"action": "list-products"}, {"action": "list-products", "connection": "none"},
        {"action": "list-products", "connection": "other"}, {"action": "none", "connection": "main"},
        {"action": "list-products", "tenant": "nobody", "connection": "main"},
        {"action": "list-products", "connection": "main", "more": 1},
    ],
)  # fmt: skip
def test_an_event_that_names_no_action_or_no_connection_is_500_with_a_message(stage: Any, event: Any):
    given = stage(event)

    assert given["code"] == 500
    assert given["outputs"].keys() == {"message"}


# The command.


API_TOKEN = "auth: {type: PAT, token: env:PENNYLANE_TOKEN}"


def run(
    pennylane: SimulatorProcess, folder: Path, *arguments: str, auth: str = API_TOKEN
) -> subprocess.CompletedProcess[str]:
    config = folder / "config.yaml"
    config.write_text(
        f"tenant: acme\nconnections:\n  - {{id: main, label: Main, target: pennylane, baseUrl: '{pennylane.url}', "
        f"{auth}}}\nroutes: []\n",
        encoding="utf-8",
    )
    script = "import sys; from ledgerpost.cli.main import main; sys.exit(main())"
    command = [sys.executable, "-c", script, "pennylane", *arguments, "--config", str(config), "--connection", "main"]
    environment = os.environ | {
        "PENNYLANE_TOKEN": DEMO_TOKEN,
        "PENNYLANE_CLIENT": DEMO_CLIENT_KEY,
        "PENNYLANE_REFRESH": DEMO_REFRESH_TOKEN,
    }
    return subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment, check=False, cwd=folder)


def test_the_command_runs_an_action_and_prints_its_answer(pennylane: SimulatorProcess, tmp_path: Path):
    (tmp_path / "in.json").write_text('{"label": "By command", "unit": "piece", "priceWithoutTax": 12345678901234.567, '
                                      '"vatRate": "FR_200", "currency": "EUR"}', encoding="utf-8")  # fmt: skip

    ended = run(pennylane, tmp_path, "create-or-update-product", "--input", str(tmp_path / "in.json"))

    assert ended.returncode == 0, ended.stderr
    answer = json.loads(ended.stdout)
    assert answer["code"] == 200
    row = next(row for row in pennylane.rows("products") if row["label"] == "By command")
    assert row["price_before_tax"] == "12345678901234.567"


def test_the_command_ends_with_1_for_a_500_and_2_for_what_it_cannot_use(pennylane: SimulatorProcess, tmp_path: Path):
    (tmp_path / "in.json").write_text("{}", encoding="utf-8")

    refused = run(pennylane, tmp_path, "create-invoice", "--input", str(tmp_path / "in.json"))
    unknown = run(pennylane, tmp_path, "delete-invoice")

    assert refused.returncode == 1
    assert json.loads(refused.stdout)["error"] == "pennylane_input_refused"
    assert unknown.returncode == 2
    assert "pennylane_action_unknown" in unknown.stderr


def consent(url: str) -> str:
    return (
        f"auth: {{type: OAuth, identityAuthority: '{url}/oauth', clientId: {DEMO_CLIENT_ID}, "
        "clientSecret: env:PENNYLANE_CLIENT, scopes: products:all}, options: {refreshToken: env:PENNYLANE_REFRESH}"
    )


def test_commands_by_oauth_keep_the_rotated_pair_and_the_next_one_goes_on_with_it(tmp_path: Path):
    with SimulatorProcess(replace(demo_settings(), window_requests=None)) as pennylane:
        call = partial(run, pennylane, tmp_path, "list-products", "--state", str(tmp_path / "state"))
        first, second = call(auth=consent(pennylane.url)), call(auth=consent(pennylane.url))
        pennylane.expire_tokens()
        third = call(auth=consent(pennylane.url))
        counts = pennylane.counts()

    assert [each.returncode for each in (first, second, third)] == [0, 0, 0], third.stdout + third.stderr
    # The second took the token of the first; the third refreshed with the rotated one, the first one being dead.
    assert (counts["refreshes"], counts["reusedRefreshTokens"]) == (2, 0)
    kept = tmp_path / "state" / TOKENS_FILE
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert all(DEMO_REFRESH_TOKEN not in each.stdout + each.stderr for each in (first, second, third))


def test_a_command_by_oauth_without_a_place_for_its_tokens_is_refused_and_uses_none_up(
    pennylane: SimulatorProcess, tmp_path: Path
):
    before = pennylane.counts()["refreshes"]

    refused = run(pennylane, tmp_path, "list-products", auth=consent(pennylane.url))

    assert (refused.returncode, "--state" in refused.stderr) == (2, True)
    assert pennylane.counts()["refreshes"] == before


# Extracts.


def test_an_extract_of_a_folder_is_whole_private_and_of_its_own_name(tmp_path: Path):
    files = FolderExtractFiles(tmp_path / "new", StoppedClock())

    first, second = files.write("p.jsonl", ["1", "é"]), files.write("p.jsonl", [])

    assert first != second
    assert Path(first).read_bytes() == "1\né\n".encode()
    assert stat.S_IMODE(Path(first).stat().st_mode) == 0o600


def test_an_extract_that_breaks_off_leaves_no_file(tmp_path: Path):
    def breaking() -> Iterator[str]:
        yield "1"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        FolderExtractFiles(tmp_path, StoppedClock()).write("p.jsonl", breaking())
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_an_error_of_the_store(tmp_path: Path):
    (tmp_path / "file").write_text("", encoding="utf-8")

    with pytest.raises(StoreError):
        FolderExtractFiles(tmp_path / "file").write("p.jsonl", [])


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket="extracts")
        yield client


def test_an_extract_of_a_stage_is_an_object_under_a_name_of_its_own(bucket: Any):
    files = S3ExtractFiles(bucket, "extracts", StoppedClock())

    first, second = files.write("p.jsonl", ["1", "é"]), files.write("p.jsonl", ["2"])

    assert first != second
    assert first.startswith("s3://extracts/extracts/2026/03/01/")
    key = first.removeprefix("s3://extracts/")
    assert bucket.get_object(Bucket="extracts", Key=key)["Body"].read() == "1\né\n".encode()


def test_a_bucket_that_is_not_there_is_an_error_of_the_store(bucket: Any):
    with pytest.raises(StoreError):
        S3ExtractFiles(bucket, "none", StoppedClock()).write("p.jsonl", ["1"])


# Exact numbers.


@pytest.mark.parametrize("text", ["0.1", "123.45", "12345678901234567.89", "1", "-0.000001", "100"])
def test_a_number_goes_onto_the_wire_as_it_is(text: str):
    assert json_bytes({"n": Decimal(text)}) == f'{{"n":{text}}}'.encode()


@pytest.mark.parametrize("value", [0.1, Decimal("NaN"), {1}, {"a": [1.5]}])
def test_what_is_no_exact_number_is_no_json_of_ours(value: object):
    with pytest.raises(TypeError):
        json_bytes({"n": value})


def test_text_that_looks_like_the_mark_of_a_number_stays_text():
    assert json.loads(json_bytes({"n": "\x001.5\x00"})) == {"n": "1.5"}


def test_an_encoder_without_decimals_gets_the_number_or_its_text():
    given = lossless({"a": Decimal("123.45"), "b": [Decimal(7)], "c": Decimal("12345678901234567.89")})

    assert json.dumps(given) == '{"a": 123.45, "b": [7], "c": "12345678901234567.89"}'
