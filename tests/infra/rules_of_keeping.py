"""What must hold for what is kept, and for the key that it is kept under."""

from tests.infra.reading import Breaches, Rule, Template, as_list, properties_of, statements, target_of


def every_table_can_be_recovered(template: Template) -> Breaches:
    for name, table in properties_of(template, "AWS::DynamoDB::Table").items():
        if not table.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled"):
            yield f"{name} has no point-in-time recovery: a faulty write could not be taken back."
        if target_of(table.get("SSESpecification", {}).get("KMSMasterKeyId")) != KEY:
            yield f"{name} is encrypted with a key that nobody can audit."
        if "TimeToLiveSpecification" in table and name != "ListingTable":
            yield f"{name} forgets items by itself: a redelivery after that would post the entry a second time."


KEY = "Key"


def every_log_and_the_topic_are_under_the_own_key(template: Template) -> Breaches:
    for name, group in properties_of(template, "AWS::Logs::LogGroup").items():
        if target_of(group.get("KmsKeyId")) != KEY:
            yield f"{name} is not encrypted with the stage's own key, though it names references and accounts."
    for name, topic in properties_of(template, "AWS::SNS::Topic").items():
        if target_of(topic.get("KmsMasterKeyId")) != KEY:
            yield f"{name} is not encrypted with the stage's own key."


def the_key_rotates_and_lets_in_who_writes_in_its_own_name(template: Template) -> Breaches:
    key = properties_of(template, "AWS::KMS::Key").get(KEY, {"KeyPolicy": {"Statement": []}})
    if not key.get("EnableKeyRotation"):
        yield f"{KEY} never rotates: one stolen copy would read everything for ever."
    let_in = _services_let_in(key["KeyPolicy"]["Statement"])
    if not {"kms:Decrypt", "kms:GenerateDataKey*"} <= let_in.get("events.amazonaws.com", set()):
        yield f"{KEY} does not let EventBridge in: each event would silently end in no queue, nor in its dead letters."
    if not {"kms:Decrypt", "kms:GenerateDataKey*"} <= let_in.get("cloudwatch.amazonaws.com", set()):
        yield f"{KEY} does not let CloudWatch in: every alarm would go off unheard."
    if "kms:Encrypt" not in let_in.get("logs", set()):
        yield f"{KEY} does not let the logs in: no log group could be created."


def _services_let_in(policy: list[dict[str, object]]) -> dict[str, set[str]]:
    """Give the actions allowed to each service without a condition; `logs` for the region's log service."""
    let_in: dict[str, set[str]] = {}
    for statement in policy:
        principal = statement["Principal"]
        assert isinstance(principal, dict)
        for service in as_list(principal.get("Service", [])):
            is_log_service = isinstance(service, dict) and service["Fn::Join"][1][0] == "logs."
            if is_log_service or "Condition" not in statement:
                name = "logs" if is_log_service else str(service)
                let_in.setdefault(name, set()).update(as_list(statement["Action"]))
    return let_in


def every_use_of_the_key_goes_through_a_service(template: Template) -> Breaches:
    for role, statement in statements(template):
        if any(str(action).startswith("kms:") for action in as_list(statement["Action"])):
            via = statement.get("Condition", {}).get("StringEquals", {}).get("kms:ViaService")
            if via is None:
                yield f"{role} may use the key by itself, and so read what it was never sent."


RULES: list[Rule] = [
    every_table_can_be_recovered,
    every_log_and_the_topic_are_under_the_own_key,
    the_key_rotates_and_lets_in_who_writes_in_its_own_name,
    every_use_of_the_key_goes_through_a_service,
]
