"""What must hold for every resource of a kind: each rule reads a template and gives a sentence per breach.

Rules are functions so that the tests can also spoil a template and see that the breach is told. They stand in
`rules_of_queues.py` and its neighbours; here are all of them together.
"""

from tests.infra import rules_of_alarms, rules_of_functions, rules_of_keeping, rules_of_queues, rules_of_web

STATEFUL = (
    "AWS::Cognito::UserPool", "AWS::DynamoDB::Table", "AWS::Events::Archive", "AWS::Events::EventBus",
    "AWS::KMS::Key", "AWS::Logs::LogGroup", "AWS::SQS::Queue",
)  # fmt: skip

RULES = [
    *rules_of_queues.RULES,
    *rules_of_functions.RULES,
    *rules_of_keeping.RULES,
    *rules_of_alarms.RULES,
    *rules_of_web.RULES,
]
