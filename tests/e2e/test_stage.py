"""Configuration on a stage, as an operator works on it: the emulator plays the stage, the simulator the ledger."""

import base64
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledgerpost.adapters.clock import SystemClock
from ledgerpost.adapters.secrets_environment import EnvironmentSecrets
from ledgerpost.adapters.webhook_keys import SecretsManagerWebhookKeys
from ledgerpost.app.change_log import check
from ledgerpost.cli.stage import Stage
from ledgerpost.domain.delivery import Status
from ledgerpost.domain.event import TenantId
from ledgerpost.local.ministack import MinistackEngine, MinistackOptions
from ledgerpost.simulators.pennypipe import SimulatorProcess
from ledgerpost.simulators.pennypipe.demo import DEMO_PAT, DEMO_PURCHASING_ACCOUNT
from tests.contract.aws_emulators import MINISTACK_PYTHON
from tests.e2e.conftest import CommandLine, Ended, approval, document

pytestmark = pytest.mark.ministack

WRONG = "canary-4711-is-no-token"


@pytest.fixture(scope="module")
def engine() -> Iterator[MinistackEngine]:
    options = MinistackOptions(
        python=Path(MINISTACK_PYTHON), configurations=[], secrets=EnvironmentSecrets({}), timeout_s=20
    )
    with MinistackEngine(options) as engine:
        yield engine


class Operator:
    """Works on the stage `dev`, for one tenant."""

    def __init__(self, ledgerpost: CommandLine, engine: MinistackEngine, tenant: str, url: str) -> None:
        self.run = ledgerpost
        self.engine = engine
        self.tenant = tenant
        self.document = document(url) | {"tenant": tenant}

    @property
    def route(self) -> Any:
        return self.document["routes"][0]

    def file(self) -> Path:
        return self.run.file(f"{self.tenant}.json", json.dumps(self.document))

    def apply(self, *options: str) -> Ended:
        return self.run("apply", self.file(), "--stage", "dev", "--yes", "--json", *options)

    def diff(self) -> Ended:
        return self.run("diff", self.file(), "--stage", "dev", "--json")

    def post(self, reference: str, total: str, revision: int = 1) -> None:
        detail = {"schemaVersion": "1", "tenantId": self.tenant, "revision": revision, "currency": "GBP"}
        detail |= {"approvedAt": "2026-03-01T09:30:00Z", "entity": {"Id": reference, "Total": "@"}}
        entry = {"Source": "stocksmart", "DetailType": "SaleDocumentApproved", "EventBusName": "ledgerpost"}
        text = json.dumps(detail).replace('"@"', total)
        assert self.engine.run([entry | {"Detail": text}]).is_settled, [
            line.get("code") for line in self.engine.stack.log_lines()
        ]

    def records(self) -> dict[str, Any]:
        found = self.engine.stack.deliveries.records(TenantId(self.tenant))
        return {record.key.reference: record for record in found}


@pytest.fixture
def operator(
    request: pytest.FixtureRequest,
    ledgerpost: CommandLine,
    engine: MinistackEngine,
    simulator: SimulatorProcess,
    monkeypatch: pytest.MonkeyPatch,
) -> Operator:
    environment = {
        "AWS_ENDPOINT_URL": engine.emulator.url,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    tenant = request.node.name.removeprefix("test_")[:60]
    return Operator(ledgerpost, engine, tenant, simulator.url)


def type_in(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))


def test_a_configuration_is_applied_and_edited_and_the_events_follow_it(
    operator: Operator, simulator: SimulatorProcess
) -> None:
    refused = operator.apply()
    assert (refused.code, "config_secret_not_on_stage" in refused.err) == (2, True)

    applied = operator.apply("--upload-secrets", "--by", "ada")
    assert applied.code == 0, applied.err
    assert applied.document["applied"]
    assert DEMO_PAT not in applied.out + applied.err
    assert (operator.diff().code, operator.diff().document["changes"]) == (0, [])
    operator.route["rules"]["SaleDocument"]["NoteTemplate"] = "Sale [{Id}]"
    differing = operator.diff()
    assert differing.code == 1
    [change] = differing.document["changes"]
    assert (change["id"], change["routeRevision"]) == ("sales-to-a", 2)
    assert operator.apply("--by", "grace").code == 0
    again = operator.apply()
    assert (again.code, again.document["applied"]) == (0, False)
    history = operator.run("config", "history", "--tenant", operator.tenant, "--stage", "dev", "--json").document
    assert [(each["revision"], each["by"]) for each in history] == [(2, "grace"), (1, "ada")]

    # The functions have not read this tenant's routes yet; what they have read they keep for a minute.
    operator.post("S-1", "10.10")
    record = operator.records()["S-1"]
    assert (record.status, record.version.route_revision) == (Status.DELIVERED, 2)
    [entry] = simulator.entries()
    assert (entry["referenceId"], entry["note"]) == ("S-1", "Sale [S-1]")

    doctor = operator.run("doctor", "--stage", "dev", "--tenant", operator.tenant, "--json")
    assert doctor.code == 0, doctor.out
    verdicts = {(check["area"], check["name"]): check["verdict"] for check in doctor.document["checks"]}
    assert verdicts["secrets", f"{operator.tenant}/main"] == "ok"
    looked_at = ("queues", "sources", "functions", "rules", "alarms")
    assert {verdict for (area, _), verdict in verdicts.items() if area in looked_at} == {"ok"}
    # What the emulator does not have is said to be unchecked: the archive, and the tables' recovery.
    unchecked = [check for check in doctor.document["checks"] if check["verdict"] == "warn"]
    assert {check["finding"].partition(":")[0] for check in unchecked} == {"not checked"}
    assert DEMO_PAT not in doctor.out


def test_a_first_refresh_token_has_a_secret_of_its_own_and_is_not_tried(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert operator.apply("--upload-secrets").code == 0
    type_in(monkeypatch, WRONG)
    kept = operator.run(
        "secret", "put", "main", "--tenant", operator.tenant, "--stage", "dev", "--refresh-token", "--json"
    )
    assert (kept.code, kept.document["accountsTested"]) == (0, 0), kept.err
    assert f":secret:ledgerpost/dev/{operator.tenant}/main/refreshToken-" in kept.document["reference"]
    assert WRONG not in kept.out + kept.err
    assert operator.run("config", "check", operator.file(), "--stage", "dev").code == 0


def test_a_token_that_the_ledger_refuses_is_never_put_to_use(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert operator.apply("--upload-secrets").code == 0
    put = ("secret", "put", "main", "--tenant", operator.tenant, "--stage", "dev")
    type_in(monkeypatch, WRONG)
    refused = operator.run(*put)
    assert (refused.code, "secret_refused" in refused.err) == (2, True)
    assert WRONG not in refused.out + refused.err

    type_in(monkeypatch, WRONG)
    forced = operator.run(*put, "--untested")
    assert forced.code == 0, forced.err
    reference = forced.out.strip()
    assert reference.startswith("secretsmanager:arn:aws:secretsmanager:")
    assert operator.run("config", "check", operator.file(), "--stage", "dev").code == 1
    assert operator.run("doctor", "--stage", "dev", "--tenant", operator.tenant).code == 1

    assert operator.run("secret", "rollback", *put[2:]).code == 0
    checked = operator.run("config", "check", operator.file(), "--stage", "dev", "--json")
    assert (checked.code, {each["verdict"] for each in checked.document["checks"]}) == (0, {"ok"})
    type_in(monkeypatch, DEMO_PAT)
    assert operator.run(*put, "--json").document["result"] == "unchanged"


def test_what_would_double_or_drop_entries_has_to_be_agreed_to(operator: Operator, simulator: SimulatorProcess) -> None:
    assert operator.apply("--upload-secrets").code == 0
    removed = operator.document["routes"].pop()
    assert "config_removes_applied" in operator.apply().err
    operator.document["routes"].append(removed)
    operator.route["accountId"] = DEMO_PURCHASING_ACCOUNT
    operator.document["routes"][1]["enabled"] = False
    refused = operator.apply()
    assert (refused.code, "routes[sales-to-a].accountId" in refused.err) == (2, True)
    assert operator.apply("--accept-new-references").code == 0
    operator.document["routes"].pop()
    assert operator.apply("--prune").code == 0
    assert operator.diff().code == 0


def test_a_stage_that_is_not_there_is_told_as_such(operator: Operator) -> None:
    ended = operator.run("diff", operator.file(), "--stage", "nowhere")
    assert (ended.code, "stage_not_found" in ended.err) == (2, True)


def test_the_operator_is_asked_before_anything_is_written(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    type_in(monkeypatch, "n\n")
    declined = operator.run("apply", operator.file(), "--stage", "dev", "--upload-secrets")
    assert (declined.code, "sales-to-a" in declined.out) == (1, True)
    secret = f"ledgerpost/dev/{operator.tenant}/main"
    listed = operator.engine.emulator.client("secretsmanager").list_secrets()["SecretList"]
    assert secret not in [each["Name"] for each in listed]
    assert operator.diff().document["revision"] == 0


def test_a_file_of_the_past_is_published_a_change_previewed_and_the_day_undone(
    operator: Operator, simulator: SimulatorProcess
) -> None:
    run, tenant = operator.run, ("--stage", "dev", "--tenant", operator.tenant)
    assert operator.apply("--upload-secrets").code == 0
    lines = [approval(str(number), "10.00").replace("acme", operator.tenant) for number in range(3)]
    file = run.file("old.jsonl", "\n".join(lines))
    published = run("backfill", file, *tenant, "--post", "--rate", "1000", "--json")
    assert published.document["published"] == {"from": 0, "to": 3, "of": 3}
    assert run("backfill", file, *tenant, "--post", "--json").document["published"]["from"] == 3
    assert operator.engine.run(()).is_settled
    assert {record.status for record in operator.records().values()} == {Status.DELIVERED}

    operator.route["rules"]["SaleDocument"]["EntryType"] = "debit"
    seen = run("preview", operator.file(), "--stage", "dev", "--json").document
    assert (seen["counts"]["changed"], seen["sums"][0]["debit"], seen["sums"][0]["before"]) == (3, "30.00", "30.00")
    assert {entry["type"] for entry in simulator.entries()} == {"credit"}

    day = ("--route", "sales-to-a", "--day", "2010-12-01")
    assert len(run("undo", *day, *tenant, "--json").document["reversals"]) == 3
    run("undo", *day, *tenant, "--post", "--wait", "0", "--json")
    assert operator.engine.run(()).is_settled
    undone = run("undo", *day, *tenant, "--post", "--json").document
    assert (undone["cancelled"], undone["open"], undone["unread"]) == (3, [], [])
    assert operator.engine.run(()).is_settled
    assert len(list(simulator.entries())) == 6

    log = Stage("dev").changes
    entries = log.from_number(TenantId(operator.tenant), 1, 100)
    assert [entry.change.act.value for entry in entries] == [
        "put_secret", "apply", "backfill", "backfill", "undo", "undo",
    ]  # fmt: skip
    assert check(TenantId(operator.tenant), log).broken_at is None
    assert DEMO_PAT not in str(entries)


def test_a_webhooks_key_is_made_rotated_and_shown_once(operator: Operator) -> None:
    key = (operator.tenant[:40], "--stage", "dev", "--tenant", operator.tenant)
    first, second = (operator.run("webhook-key", "put", *key, "--json").document["secret"] for _ in range(2))
    client = Stage("dev").client("secretsmanager")

    def good() -> list[str]:
        kept = SecretsManagerWebhookKeys(client, "dev", SystemClock()).find(operator.tenant[:40])
        return [base64.b64encode(version).decode() for version in kept.secrets] if kept else []

    assert good() == [second, first]
    ended = operator.run("webhook-key", "end", *key)
    assert (ended.code, good()) == (0, [second])
    foreign = operator.run("webhook-key", "put", operator.tenant[:40], "--stage", "dev", "--tenant", "globex")
    assert (foreign.code, "webhook_key_taken" in foreign.err) == (2, True)
    told = str(Stage("dev").changes.from_number(TenantId(operator.tenant), 1, 10))
    assert first not in told
    assert second not in told
