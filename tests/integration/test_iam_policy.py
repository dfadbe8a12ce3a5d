"""The evaluator of policies allows what IAM allows, and refuses what it does not know."""

from typing import Any

import pytest

from tests.integration.iam_policy import Condition, Grant, NotUnderstoodError, Request, grants_of

TABLE = "arn:aws:dynamodb:us-east-1:000000000000:table/deliveries"
SECRETS = "arn:aws:secretsmanager:us-east-1:000000000000:secret:ledgerpost/dev/*"


def statement(**changes: Any) -> dict[str, Any]:
    made = {"Effect": "Allow", "Action": ["dynamodb:PutItem", "dynamodb:GetItem"], "Resource": TABLE} | changes
    return {"Version": "2012-10-17", "Statement": [made]}


def test_a_statement_makes_one_grant_of_each_action_and_resource() -> None:
    policy = statement(Resource=[TABLE, f"{TABLE}/index/attention"])
    assert len(set(grants_of(policy))) == 4


@pytest.mark.parametrize(
    ("request_", "is_allowed"),
    [
        (Request("dynamodb:PutItem", TABLE), True),
        (Request("DynamoDB:putitem", TABLE), True),
        (Request("dynamodb:DeleteItem", TABLE), False),
        (Request("dynamodb:PutItem", f"{TABLE}2"), False),
        (Request("dynamodb:PutItem", f"{TABLE}/index/attention"), False),
        (Request("dynamodb:PutItem", TABLE.upper()), False),
    ],
)
def test_the_name_of_an_action_knows_no_case_and_a_resource_is_exact(request_: Request, is_allowed: bool) -> None:
    assert any(grant.allows(request_) for grant in grants_of(statement())) is is_allowed


@pytest.mark.parametrize(
    ("name", "is_allowed"),
    [("dev/acme/main-a1b2c3", True), ("prod/acme/main-a1b2c3", False), ("dev", False)],
)
def test_a_star_stands_for_any_text(name: str, is_allowed: bool) -> None:
    request = Request("secretsmanager:GetSecretValue", SECRETS.replace("dev/*", name))
    assert Grant("secretsmanager:GetSecretValue", SECRETS).allows(request) is is_allowed


def with_keys(*keys: str) -> Request:
    return Request("dynamodb:PutItem", TABLE, (("dynamodb:LeadingKeys", keys),))


LOG = {"ForAllValues:StringNotLike": {"dynamodb:LeadingKeys": ["changes#*", "audit#*"]}}


@pytest.mark.parametrize(("key", "is_allowed"), [("acme", True), ("changes#acme", False), ("audit#acme", False)])
def test_what_is_bounded_by_not_like_is_refused_for_any_of_those(key: str, is_allowed: bool) -> None:
    grants = grants_of(statement(Action="dynamodb:PutItem", Condition=LOG))
    assert any(grant.allows(with_keys(key)) for grant in grants) is is_allowed


REJECTIONS = {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["rejected#*"]}}


@pytest.mark.parametrize(
    ("keys", "is_allowed"),
    [(["rejected#1"], True), (["rejected#1", "rejected#2"], True), (["rejected#1", "acme#main"], False)],
)
def test_for_all_values_holds_where_every_value_is_one_of_those(keys: list[str], is_allowed: bool) -> None:
    grants = grants_of(statement(Action="dynamodb:PutItem", Condition=REJECTIONS))
    assert any(grant.allows(with_keys(*keys)) for grant in grants) is is_allowed


def test_every_condition_has_to_hold() -> None:
    both = (Condition("StringEquals", "a", ("1",)), Condition("StringEquals", "b", ("2", "3")))
    grant = Grant("kms:Decrypt", TABLE, both)
    assert grant.allows(Request("kms:Decrypt", TABLE, (("a", ("1",)), ("b", ("3",)))))
    assert not grant.allows(Request("kms:Decrypt", TABLE, (("a", ("1",)), ("b", ("4",)))))


def test_a_condition_on_what_is_not_known_of_the_call_is_not_passed_over() -> None:
    (grant,) = grants_of(statement(Action="dynamodb:PutItem", Condition=REJECTIONS))
    with pytest.raises(NotUnderstoodError, match="LeadingKeys"):
        grant.allows(Request("dynamodb:PutItem", TABLE))


@pytest.mark.parametrize(
    "changes",
    [
        {"Effect": "Deny"},
        {"NotAction": "iam:*"},
        {"NotResource": TABLE},
        {"Action": "dynamodb:*"},
        {"Action": "*"},
        {"Resource": "*"},
        {"Resource": {"Fn::Sub": "unresolved"}},
    ],
)
def test_a_statement_that_cannot_be_judged_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(NotUnderstoodError):
        list(grants_of(statement(**changes)))


def test_a_comparison_that_is_not_known_is_refused() -> None:
    (grant,) = grants_of(
        statement(Action="dynamodb:PutItem", Condition={"StringNotEquals": {"dynamodb:LeadingKeys": "x"}})
    )
    with pytest.raises(NotUnderstoodError, match="StringNotEquals"):
        grant.allows(with_keys("y"))
