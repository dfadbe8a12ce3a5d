"""What must hold for functions and for what each of them may do."""

from ledgerpost.settings import DeliverSettings, ExtractSettings, FunctionSettings, IntakeSettings, SettleSettings
from tests.infra.reading import Breaches, Rule, Template, as_list, named_resource, properties_of, statements, target_of

SETTINGS: dict[str, type[FunctionSettings]] = {
    "IntakeFunction": IntakeSettings,
    "DeliverFunction": DeliverSettings,
    "SettleFunction": SettleSettings,
    "ExtractFunction": ExtractSettings,
}


def every_function_runs_on_the_built_platform(template: Template) -> Breaches:
    for name, function in properties_of(template, "AWS::Lambda::Function").items():
        if function.get("Architectures") != ["arm64"] or function.get("Runtime") != "python3.13":
            yield f"{name} does not run python3.13 on arm64: the layer's wheels are built for that alone."
        layers = [target_of(layer) for layer in function.get("Layers", [])]
        if layers != ["DependencyLayer", *(["LoginLayer"] if name == "ConsoleFunction" else [])]:
            yield f"{name} lacks the layer of third-party packages and could not be imported."


def every_function_is_told_what_its_settings_ask(template: Template) -> Breaches:
    for name, function in properties_of(template, "AWS::Lambda::Function").items():
        variables = function.get("Environment", {}).get("Variables", {})
        wanted = set(SETTINGS[name].variables())
        for variable in sorted(wanted - variables.keys()):
            yield f"{name} is not told {variable}, which {SETTINGS[name].__name__} reads."
        for variable in sorted(variables.keys() - wanted):
            yield f"{name} is told {variable}, which {SETTINGS[name].__name__} does not know."


def every_function_has_its_own_role_and_log(template: Template) -> Breaches:
    functions = properties_of(template, "AWS::Lambda::Function")
    logs = properties_of(template, "AWS::Logs::LogGroup")
    roles = [target_of(function["Role"]) for function in functions.values()]
    for name, function in functions.items():
        if roles.count(target_of(function["Role"])) > 1:
            yield f"{name} shares its role: each of the sharers may do what any of them may."
        log = target_of(function.get("LoggingConfig", {}).get("LogGroup"))
        if "RetentionInDays" not in logs.get(log, {}):
            yield f"{name} writes to a log that is kept for ever."


def no_role_has_more_than_it_needs(template: Template) -> Breaches:
    for name, properties in properties_of(template, "AWS::IAM::Role").items():
        if properties.get("ManagedPolicyArns") or properties.get("Policies"):
            yield f"{name} has a policy that is not a grant: it would reach resources of the whole account."
    for role, statement in statements(template):
        for action in as_list(statement["Action"]):
            if "*" in action:
                yield f"{role} may do {action}: a wildcard grants what nobody thought of."
        for resource in as_list(statement["Resource"]):
            if not isinstance(resource, dict):
                yield f"{role} may reach {resource!r}: a grant must name one resource of this stack."


def every_function_may_do_its_part_and_no_more(template: Template) -> Breaches:
    granted: dict[str, dict[str, set[str]]] = {role: {} for role in GRANTS}
    for role, statement in statements(template):
        for resource in as_list(statement["Resource"]):
            granted[role].setdefault(named_resource(resource), set()).update(as_list(statement["Action"]))
    for role, grants in GRANTS.items():
        for resource in grants.keys() | granted[role].keys():
            wanted, got = grants.get(resource, set()), granted[role].get(resource, set())
            for action in sorted(got - wanted):
                yield f"{role} may do {action} on {resource}, which its function has no use for."
            for action in sorted(wanted - got):
                yield f"{role} may not do {action} on {resource}: its function would fail at the first call."


_LOG = {"logs:CreateLogStream", "logs:PutLogEvents"}
_WORK_OFF = {"sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"}

_READ_TABLE = {"kms:Decrypt", "kms:DescribeKey"}
WRITE_TABLE = _READ_TABLE | {
    "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
}  # fmt: skip
SEND = {"kms:Decrypt", "kms:GenerateDataKey"}

GRANTS: dict[str, dict[str, set[str]]] = {
    "IntakeRole": {
        "IntakeLog": _LOG,
        "IntakeQueue": _WORK_OFF,
        "DeliveryQueue": {"sqs:SendMessage"},
        "RoutesTable": {"dynamodb:Query"},
        "DeliveriesTable": {"dynamodb:PutItem"},
        "Key": WRITE_TABLE | SEND,
    },
    "DeliverRole": {
        "DeliverLog": _LOG,
        "DeliveryQueue": _WORK_OFF | {"sqs:SendMessage"},
        "RoutesTable": {"dynamodb:Query"},
        "DeliveriesTable": {"dynamodb:GetItem", "dynamodb:PutItem"},
        "secrets": {"secretsmanager:GetSecretValue"},
        "Key": WRITE_TABLE | SEND,
    },
    "SettleRole": {
        "SettleLog": _LOG,
        "DeliveryQueue": {"sqs:SendMessage"},
        "DeliveriesTable/index/attention": {"dynamodb:Query"},
        "Key": _READ_TABLE | SEND,
    },
}
"""What the adapters call, what Lambda itself does to work a queue off, and what DynamoDB and SQS do with the key for
both."""


def intake_writes_no_delivery_record(template: Template) -> Breaches:
    for role, statement in statements(template):
        if not any(target_of(resource) == "DeliveriesTable" for resource in as_list(statement["Resource"])):
            continue
        may_write = role == "IntakeRole" and "dynamodb:PutItem" in as_list(statement["Action"])
        if may_write and leading_keys(statement) != ["rejected#*"]:
            yield "IntakeRole may overwrite delivery records, which are the account of what was posted."


def leading_keys(statement: dict[str, object]) -> object:
    """Give the partitions that a statement is bounded to; None where it is to none."""
    condition = statement.get("Condition", {})
    assert isinstance(condition, dict)
    return condition.get("ForAllValues:StringLike", {}).get("dynamodb:LeadingKeys")


def nothing_may_delete_from_the_log_of_changes(template: Template) -> Breaches:
    for role, statement in statements(template):
        of_routes = any(target_of(resource) == "RoutesTable" for resource in as_list(statement["Resource"]))
        if of_routes and {"dynamodb:DeleteItem", "dynamodb:BatchWriteItem"} & set(as_list(statement["Action"])):
            bounds = statement.get("Condition", {}).get("ForAllValues:StringNotLike", {})
            if bounds.get("dynamodb:LeadingKeys") != ["changes#*"]:
                yield f"{role} may delete from the log of changes: who did what would be anybody's guess."


def no_function_may_change_the_configuration(template: Template) -> Breaches:
    for role, statement in statements(template):
        if any(target_of(resource) == "RoutesTable" for resource in as_list(statement["Resource"])):
            writes = set(as_list(statement["Action"])) - {"dynamodb:Query"}
            # People set routes up with the console; and the log of changes lies in the same table, under its own keys.
            if writes and role != "ConsoleRole" and leading_keys(statement) != ["changes#*"]:
                yield f"{role} may {sorted(writes)} on the routes: money would go where nobody decided."


def nothing_may_delete_a_delivery_record(template: Template) -> Breaches:
    for role, statement in statements(template):
        tables = {target_of(resource) for resource in as_list(statement["Resource"])}
        of_others = tables <= {"CommerceTable", "RoutesTable"} or leading_keys(statement) == ["rejected#*"]
        if {"dynamodb:DeleteItem", "dynamodb:BatchWriteItem"} & set(as_list(statement["Action"])) and not of_others:
            yield f"{role} may delete delivery records: a later redelivery would post the entry a second time."


RULES: list[Rule] = [
    every_function_runs_on_the_built_platform,
    every_function_is_told_what_its_settings_ask,
    every_function_has_its_own_role_and_log,
    no_role_has_more_than_it_needs,
    every_function_may_do_its_part_and_no_more,
    intake_writes_no_delivery_record,
    nothing_may_delete_from_the_log_of_changes,
    no_function_may_change_the_configuration,
    nothing_may_delete_a_delivery_record,
]
