"""Least privilege, both ways: what a function asks for is allowed, and what it is allowed is asked for.

The emulator holds every call to the roles too, by an evaluator of its own. It does not know two of our conditions,
`dynamodb:LeadingKeys` and `kms:ViaService`; here they count.
"""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import pytest

from ledgerpost.domain.delivery import DeliveryRecord, Status
from ledgerpost.local.ministack_stack import DeploymentError
from tests.integration.aws_requests import Asked, asked_by
from tests.integration.chosen_run import ChosenRun, run_chosen
from tests.integration.conftest import an_entry
from tests.integration.deployed import DeployedTemplate
from tests.integration.deployment import Deployment
from tests.integration.iam_policy import as_list

pytestmark = pytest.mark.ministack

ALLOWED_THOUGH_UNUSED: dict[tuple[str, str], str] = {}
"""What a role is allowed though this run does not ask for it: (logical id of the role, action) → the reason.

Empty on purpose. What AWS does in a function's name, which no emulator shows, has its reasons in `aws_requests.py`,
which also says what of it is documented and what assumed.
"""


Statement = dict[str, Any]


@dataclass
class Recorded:
    """What the functions asked for in the run, and the template that they did it under."""

    deployed: DeployedTemplate
    asked: set[Asked]
    records: list[DeliveryRecord]
    deployment: Deployment
    chosen: ChosenRun

    def with_statements(self, role: str, change: Callable[[list[Statement]], list[Statement]]) -> DeployedTemplate:
        """Give the template with other statements in the policy of a role."""
        template = deepcopy(dict(self.deployment.template))
        (name,) = (each for each in template["Resources"] if each.startswith(f"{role}DefaultPolicy"))
        document = template["Resources"][name]["Properties"]["PolicyDocument"]
        document["Statement"] = change(document["Statement"])
        return DeployedTemplate(template, self.deployment.engine.stack.names)


@pytest.fixture(scope="module")
def recorded(deployment: Deployment) -> Recorded:
    """Run everything that a function may come upon."""
    engine, simulator = deployment.engine, deployment.simulator
    simulator.reset()
    simulator.set_faults("refuse=0.5:once:1,cut=0.5:once,expire=0.3:once,poison=L-poison")
    entries = [an_entry(f"L-sale-{number}", "1.00") for number in range(12)]
    entries += [an_entry(f"L-purchase-{number}", "1.00", "PurchaseDocument") for number in range(12)]
    entries += [
        an_entry("L-poison", "1.00"),
        an_entry("L-zero", "0.00"),
        an_entry("", "1.00"),
        an_entry("L-stranger", "1.00", tenantId="nobody"),
        {**an_entry("L-broken", "1.00"), "Detail": json.dumps({"tenantId": "acme"})},
        an_entry("L-sale-1", "1.00"),
    ]
    assert engine.run(entries).is_settled
    deployment.lose_wake_up_calls({"L-swept": an_entry("L-swept", "1.00")})
    deployment.sweep_until_delivered(["L-swept"])
    simulator.set_faults("")
    chosen = run_chosen(deployment)
    deployed = DeployedTemplate(deployment.template, engine.stack.names)
    asked = asked_by(deployment.recorder.calls(engine.stack.names), deployed)
    records = [record for record in engine.records() if record.key.reference.startswith("L-")]
    return Recorded(deployed, asked, records, deployment, chosen)


def test_the_run_came_upon_what_a_function_may_come_upon(recorded: Recorded) -> None:
    outcomes = {attempt.outcome for record in recorded.records for attempt in record.history}
    assert outcomes == {"applied", "not_applied", "unknown"}
    assert {record.status for record in recorded.records} == {Status.DELIVERED, Status.PARKED, Status.SKIPPED}
    assert {record.key.connection for record in recorded.records} == {"main", "second"}
    codes = {rejection.code for rejection in recorded.deployment.engine.rejections()}
    assert {"malformed_event", "no_reference", "unknown_tenant"} <= codes
    assert recorded.deployment.simulator.counts().token_requests > 0


def test_an_action_takes_its_token_from_the_secret_and_writes_its_file_to_the_bucket(recorded: Recorded) -> None:
    created, listed, rows = recorded.chosen.created, recorded.chosen.listed, recorded.chosen.file
    assert (created["code"], listed["code"]) == (200, 200), (created, listed)
    assert [row["label"] for row in rows] == ["Plan"]
    assert listed["outputs"]["file"]["rows"] == 1


def test_the_second_night_of_an_extract_by_consent_writes_nothing(recorded: Recorded) -> None:
    first, second = recorded.chosen.nights
    assert (first.answer["ending"], first.answer["open"], first.writes) == ("finished", 0, 5)
    assert (second.answer["ending"], second.answer["open"], second.writes) == ("finished", 0, 0)
    assert second.answer["night"] == first.answer["night"] != "2026-01-01"


def test_a_shops_day_is_closed_into_the_ledger_and_a_late_sale_becomes_an_adjustment(recorded: Recorded) -> None:
    assert recorded.chosen.closes == [{"count": 1, "failed": 0}] * 2
    assert recorded.chosen.posted == [["120.00"], ["12.00", "120.00"]]


def test_what_each_function_asks_for_is_allowed_by_its_role(recorded: Recorded) -> None:
    assert list(refusals(recorded.deployed, recorded.asked)) == []


def test_what_each_role_allows_is_asked_for_or_has_a_reason(recorded: Recorded) -> None:
    unused = dict(unused_grants(recorded.deployed, recorded.asked))
    assert [complaint for key, complaint in unused.items() if key not in ALLOWED_THOUGH_UNUSED] == []
    assert ALLOWED_THOUGH_UNUSED.keys() <= unused.keys(), "a reason is given for what is used, or not allowed at all"


SETTLE, DELIVER, INTAKE = "SchedulingSettleRole", "PipelineDeliverRole", "PipelineIntakeRole"
ACTIONS, EXTRACT, CLOSE_DAY = "ActionsActionsRole", "ExtractsExtractRole", "GroupingCloseDayRole"


@pytest.mark.parametrize(
    ("role", "action", "sentence"),
    [
        (SETTLE, "sqs:SendMessage", "SettleRole does not allow sqs:SendMessage"),
        (SETTLE, "kms:GenerateDataKey", "sqs is taken to do it for sqs:SendMessage"),
        (DELIVER, "secretsmanager:GetSecretValue", "DeliverRole does not allow secretsmanager:GetSecretValue"),
        (DELIVER, "kms:ReEncryptTo", "dynamodb is taken to do it for dynamodb:PutItem"),
        (INTAKE, "sqs:ReceiveMessage", "Lambda works the queue off"),
        (INTAKE, "logs:PutLogEvents", "Lambda writes the function's log"),
        (INTAKE, "dynamodb:UpdateItem", "IntakeRole does not allow dynamodb:UpdateItem"),
        (ACTIONS, "s3:PutObject", "ActionsRole does not allow s3:PutObject"),
        (ACTIONS, "secretsmanager:GetSecretValue", "ActionsRole does not allow secretsmanager:GetSecretValue"),
        (EXTRACT, "dynamodb:BatchGetItem", "ExtractRole does not allow dynamodb:BatchGetItem"),
        (CLOSE_DAY, "dynamodb:DeleteItem", "CloseDayRole does not allow dynamodb:DeleteItem"),
    ],
)
def test_an_action_that_is_taken_away_is_missed(role: str, action: str, sentence: str, recorded: Recorded) -> None:
    narrowed = recorded.with_statements(role, lambda statements: [without(each, action) for each in statements])
    assert any(sentence in complaint for complaint in refusals(narrowed, recorded.asked))


@pytest.mark.parametrize(
    ("action", "table"),
    [("dynamodb:DeleteItem", "DeliveriesTable"), ("dynamodb:PutItem", "RoutesTable")],
)
def test_an_action_that_nobody_asks_for_is_told(action: str, table: str, recorded: Recorded) -> None:
    grant = {"Effect": "Allow", "Action": action, "Resource": {"Fn::GetAtt": [table, "Arn"]}}
    widened = recorded.with_statements(DELIVER, lambda statements: [*statements, grant])
    (complaint,) = dict(unused_grants(widened, recorded.asked)).values()
    assert complaint.startswith(f"DeliverRole allows {action} on arn:aws:dynamodb:us-east-1:000000000000:table/")


def test_intake_may_write_no_key_but_those_of_what_was_set_aside(recorded: Recorded) -> None:
    narrower = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["acme#*"]}}

    def narrow(statements: list[Statement]) -> list[Statement]:
        return [each | ({"Condition": narrower} if each["Action"] == "dynamodb:PutItem" else {}) for each in statements]

    complaints = list(refusals(recorded.with_statements(INTAKE, narrow), recorded.asked))
    assert complaints
    assert all("IntakeRole does not allow dynamodb:PutItem" in complaint for complaint in complaints)


def test_the_emulator_deployed_the_roles_that_are_read_here(recorded: Recorded) -> None:
    iam = recorded.deployment.engine.emulator.client("iam")
    for role in recorded.deployed.roles().values():
        name = recorded.deployment.engine.stack.names[role]
        resources = set()
        for policy in iam.list_role_policies(RoleName=name)["PolicyNames"]:
            for statement in iam.get_role_policy(RoleName=name, PolicyName=policy)["PolicyDocument"]["Statement"]:
                resources |= set(as_list(statement["Resource"]))
        assert resources == {grant.resource for grant in recorded.deployed.grants(role)}


def test_a_function_whose_role_lost_its_policy_is_refused(recorded: Recorded) -> None:
    stack, iam = recorded.deployment.engine.stack, recorded.deployment.engine.emulator.client("iam")
    role = stack.names["SettleRole"]
    (policy,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    document = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]
    iam.delete_role_policy(RoleName=role, PolicyName=policy)
    try:
        with pytest.raises(DeploymentError, match="settling function failed"):
            stack.sweep()
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=policy, PolicyDocument=json.dumps(document))
    assert stack.sweep() == 0


def refusals(deployed: DeployedTemplate, asked: set[Asked]) -> Iterator[str]:
    """Give a sentence for each request that no grant of the function's role allows."""
    for function, role in deployed.roles().items():
        grants = deployed.grants(role)
        for each in asked:
            if each.function == function and not any(grant.allows(each.request) for grant in grants):
                yield f"{role} does not allow {each.request}, which {function} needs: {each.reason}."


def unused_grants(deployed: DeployedTemplate, asked: set[Asked]) -> Iterator[tuple[tuple[str, str], str]]:
    """Give (role, action) and a sentence for each grant that allows none of the function's requests."""
    for function, role in deployed.roles().items():
        requests = [each.request for each in asked if each.function == function]
        for grant in deployed.grants(role):
            if not any(grant.allows(request) for request in requests):
                complaint = f"{role} allows {grant}, which {function} never asks for: take it away, or say why not."
                yield (role, grant.action), complaint


def without(statement: Statement, action: str) -> Statement:
    return statement | {"Action": [each for each in as_list(statement["Action"]) if each != action]}
