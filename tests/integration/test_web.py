"""A stage on the emulator that is reached from the web: the stream keeps the listing, the HTTP API lets in whom the
user pool names, the webhook ends in the ledger. All of it under the functions' own roles.
"""

import base64
import http.client
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from typer.testing import CliRunner

from infra.packaging import stand_in_package
from infra.stage import DEV
from infra.synthesis import rendered, snapshot_of, synthesize
from ledgerpost.adapters.secret_writer import SecretsManagerVault
from ledgerpost.adapters.secrets import SecretsManagerSecrets
from ledgerpost.app.webhook_keys import put_key
from ledgerpost.cli.main import command_line
from ledgerpost.domain.delivery import Status
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.signature import HEADER, sign
from ledgerpost.local.ministack import MinistackEngine, MinistackOptions
from ledgerpost.simulators.pennypipe import SimulatorProcess, demo_settings
from tests.contract.aws_emulators import MINISTACK_PYTHON
from tests.integration.conftest import SECRETS, an_entry, configuration
from tests.integration.deployment import until

pytestmark = pytest.mark.ministack

PASSWORD = "Correct-Horse-Battery-1"
KEY = b"k" * 32


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass(frozen=True)
class Site:
    """The stage's HTTP API, asked over HTTP."""

    engine: MinistackEngine

    def ask(self, method: str, address: str, body: str = "", **headers: str) -> Answer:
        host = urlsplit(self.engine.stack.outputs["WebUrl"]).netloc
        port = int(host.rpartition(":")[2])
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, address, body.encode(), {"Host": host} | named)
            answer = connection.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, told, answer.read().decode())
        finally:
            connection.close()

    def token_of(self, name: str, tenant: str, group: str | None) -> str:
        """Make a person and give the ID token that the user pool gives them."""
        cognito, outputs = self.engine.emulator.client("cognito-idp"), self.engine.stack.outputs
        pool = {"UserPoolId": outputs["UserPoolId"], "Username": name}
        attributes = {"email": name, "email_verified": "true", "custom:tenant": tenant}
        written = [{"Name": each, "Value": value} for each, value in attributes.items()]
        cognito.admin_create_user(**pool, UserAttributes=written, MessageAction="SUPPRESS")
        cognito.admin_set_user_password(**pool, Password=PASSWORD, Permanent=True)
        if group is not None:
            cognito.admin_add_user_to_group(**pool, GroupName=group)
        answer = cognito.admin_initiate_auth(
            UserPoolId=outputs["UserPoolId"],
            ClientId=outputs["ConsoleClientId"],
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": name, "PASSWORD": PASSWORD},
        )
        return str(answer["AuthenticationResult"]["IdToken"])


@pytest.fixture(scope="module")
def site(artefact: bytes, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("web")
    stage = replace(DEV, serves_console=True, takes_webhooks=True)
    template = synthesize(stage, stand_in_package(folder), folder / "out", checked=False)
    (folder / "template.json").write_text(rendered(snapshot_of(template)))
    with SimulatorProcess(demo_settings()) as simulator:
        options = MinistackOptions(
            python=Path(MINISTACK_PYTHON),
            configurations=[configuration(simulator.url)],
            secrets=SECRETS,
            code=artefact,
            template=folder / "template.json",
            # A minute is long for a test; what the window does to the rows is shown elsewhere.
            properties={"ListingSource": {"MaximumBatchingWindowInSeconds": 0}},
            timeout_s=40,
        )
        with MinistackEngine(options) as engine:
            yield Site(engine)


def test_what_is_delivered_is_found_by_its_day_through_the_api(site: Site) -> None:
    token = site.token_of("ada@acme.example", "acme", "viewer")
    assert site.engine.run([an_entry(f"W-{number}", "1.00") for number in range(5)]).is_settled
    assert {record.status for record in site.engine.records()} == {Status.DELIVERED}

    def found() -> set[str]:
        page = site.ask("GET", "/v1/deliveries?route=sales&day=2026-03-01", authorization=f"Bearer {token}")
        assert page.status == 200, page.text
        return {row["referenceId"] for row in page.json["deliveries"]}

    until(lambda: found() == {f"W-{number}" for number in range(5)}, "the listing did not follow the stream")
    by_receipt = site.ask("GET", "/v1/deliveries?receipt=W-3", authorization=f"Bearer {token}").json["deliveries"]
    assert [row["referenceId"] for row in by_receipt] == ["W-3"]


def test_the_command_makes_the_listing_anew(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dynamodb, table = site.engine.emulator.client("dynamodb"), site.engine.stack.outputs["ListingTableName"]
    assert site.engine.run([an_entry(f"W-anew-{number}", "1.00") for number in range(3)]).is_settled

    def counted() -> int:
        key = {"part": {"S": "count#acme"}, "at": {"S": "all#sales"}}
        item = dynamodb.get_item(TableName=table, Key=key, ConsistentRead=True).get("Item", {})
        return int(item.get("delivered", {"N": "0"})["N"])

    def delivered_sales() -> int:
        return sum(record.route == "sales" and record.status is Status.DELIVERED for record in site.engine.records())

    until(lambda: counted() == delivered_sales(), "the listing did not follow the stream")
    day = {"part": {"S": "count#acme"}, "at": {"S": "2026-03-01#sales"}}
    dynamodb.put_item(TableName=table, Item=day | {"delivered": {"N": "4711"}})
    for name, value in {"ENDPOINT_URL": site.engine.emulator.url, "DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
        monkeypatch.setenv(f"AWS_{name}", "test")
    work = tmp_path / "work.sqlite"
    ended = CliRunner().invoke(command_line(), ["listing", "rebuild", "--stage", "dev", "--work", str(work), "--json"])
    assert ended.exit_code == 0, ended.output
    assert json.loads(ended.stdout)["records"] == len(site.engine.records())
    assert counted() == delivered_sales()
    assert dynamodb.get_item(TableName=table, Key=day)["Item"]["delivered"]["N"] == str(delivered_sales())
    assert not work.exists()


def test_the_api_lets_in_who_has_a_token_of_the_pool_and_only_as_far_as_their_group_goes(site: Site) -> None:
    assert site.ask("GET", "/v1/routes").status == 401
    viewer = site.token_of("vera@acme.example", "acme", "viewer")
    assert site.ask("GET", "/v1/routes", authorization=f"Bearer {viewer}").json["revision"] == 1
    head, claims, signature = viewer.split(".")
    padded = claims + "=" * (-len(claims) % 4)
    changed = json.loads(base64.urlsafe_b64decode(padded)) | {"cognito:groups": ["admin"]}
    forged = base64.urlsafe_b64encode(json.dumps(changed).encode()).rstrip(b"=").decode()
    assert site.ask("GET", "/v1/routes", authorization=f"Bearer {head}.{forged}.{signature}").status == 401
    pausing = site.ask(
        "POST",
        "/v1/pauses",
        '{"connection": "main"}',
        authorization=f"Bearer {viewer}",
        content_type="application/json",
    )
    assert (pausing.status, pausing.json["code"]) == (403, "not_allowed")


def test_a_person_of_another_tenant_sees_none_of_this_one_s(site: Site) -> None:
    stranger = site.token_of("mallory@globex.example", "globex", "admin")
    assert site.ask("GET", "/v1/routes", authorization=f"Bearer {stranger}").json["routes"] == []
    found = site.ask("GET", "/v1/deliveries?reference=W-1", authorization=f"Bearer {stranger}")
    assert found.json["deliveries"] == []


def test_a_person_in_no_group_is_let_in_nowhere(site: Site) -> None:
    nobody = site.token_of("norman@acme.example", "acme", None)
    refused = site.ask("GET", "/v1/routes", authorization=f"Bearer {nobody}")
    assert (refused.status, refused.json["code"]) == (403, "not_assigned")


def test_a_browser_is_sent_to_the_pool_s_own_pages(site: Site) -> None:
    page = site.ask("GET", "/routes")
    assert (page.status, page.headers["location"]) == (303, "/login?next=%2Froutes")
    sent = site.ask("GET", "/login?next=%2Froutes")
    assert "/oauth2/authorize?response_type=code&client_id=" in sent.headers["location"]
    assert site.engine.stack.outputs["ConsoleClientId"] in sent.headers["location"]
    assert sent.headers["set-cookie"].startswith("__Host-ledgerpost_login=")
    assert site.ask("GET", "/static/console.css").status == 200


def test_a_signed_approval_ends_in_the_ledger(site: Site) -> None:
    secrets = site.engine.emulator.client("secretsmanager")
    clock = site.engine.operate_ports().clock
    put_key(
        "dev",
        TenantId("acme"),
        "acme-1",
        vault=SecretsManagerVault(secrets),
        secrets=SecretsManagerSecrets(secrets, clock),
        random_bytes=lambda _: KEY,
    )
    body = json.dumps({key: value for key, value in an_entry("W-signed", "2.50").items() if key != "EventBusName"})
    body = body.replace(json.dumps(an_entry("W-signed", "2.50")["Detail"]), an_entry("W-signed", "2.50")["Detail"])
    signature = sign("acme-1", KEY, body.encode(), clock.now())
    headers = {HEADER.replace("-", "_"): signature, "content_type": "application/json"}
    unsigned = site.ask("POST", "/v1/approvals", body)
    assert (unsigned.status, unsigned.json["code"]) == (401, "webhook_unsigned")
    taken = site.ask("POST", "/v1/approvals", body, **headers)
    assert (taken.status, taken.json) == (202, {"accepted": 1})
    until(lambda: delivered("W-signed", site), "the approval did not reach the ledger")


def delivered(reference: str, site: Site) -> bool:
    return any(
        record.key.reference == reference and record.status is Status.DELIVERED for record in site.engine.records()
    )
