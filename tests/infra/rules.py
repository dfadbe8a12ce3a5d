"""What must hold for every resource of a kind: each rule reads a template and gives a sentence per breach.

Rules are functions so that the tests can also spoil a template and see that the breach is told.
"""

from collections.abc import Iterator

from infra.stage import VISIBILITY_FACTOR
from ledgerpost.observability import NAMESPACE, SERVICE, Metric
from ledgerpost.settings import DeliverSettings, ExtractSettings, FunctionSettings, IntakeSettings, SettleSettings
from tests.infra.reading import (
    Template,
    as_list,
    dead_letter_queues,
    named_resource,
    of_type,
    properties_of,
    queue_sources,
    rule_targets,
    statements,
    stream_sources,
    target_of,
)

Breaches = Iterator[str]

SETTINGS: dict[str, type[FunctionSettings]] = {
    "IntakeFunction": IntakeSettings,
    "DeliverFunction": DeliverSettings,
    "SettleFunction": SettleSettings,
    "ExtractFunction": ExtractSettings,
}

FOURTEEN_DAYS_S = 1_209_600


def every_queue_has_a_dead_letter_queue(template: Template) -> Breaches:
    queues = properties_of(template, "AWS::SQS::Queue")
    letters = dead_letter_queues(template)
    for name, queue in queues.items():
        if name in letters:
            continue
        redrive = queue.get("RedrivePolicy")
        if redrive is None:
            yield f"{name} has no dead-letter queue: a poison message comes again until it is deleted after 14 days."
        elif target_of(redrive["deadLetterTargetArn"]) not in queues:
            yield f"{name} sends its failures to a queue that this stack does not hold, so no alarm will see them."
        elif redrive["maxReceiveCount"] < 5:
            receives = redrive["maxReceiveCount"]
            yield f"{name} gives a message up after {receives} receives: a short outage would do that to all of them."


def every_queue_keeps_messages_for_fourteen_days(template: Template) -> Breaches:
    for name, queue in properties_of(template, "AWS::SQS::Queue").items():
        if queue.get("MessageRetentionPeriod") != FOURTEEN_DAYS_S:
            yield f"{name} deletes messages before 14 days: an approval not yet claimed lives nowhere else."


def every_queue_is_encrypted(template: Template) -> Breaches:
    for name, queue in properties_of(template, "AWS::SQS::Queue").items():
        if target_of(queue.get("KmsMasterKeyId")) != KEY:
            yield f"{name} is not encrypted with the stage's own key: who may read approvals could not be told."
        elif queue.get("KmsDataKeyReusePeriodSeconds") != 86_400:
            yield f"{name} asks for a new data key more often than once a day: KMS bills each time."


def every_queue_refuses_plain_http(template: Template) -> Breaches:
    refusing = set()
    for policy in properties_of(template, "AWS::SQS::QueuePolicy").values():
        for statement in policy["PolicyDocument"]["Statement"]:
            condition = statement.get("Condition", {}).get("Bool", {})
            if statement["Effect"] == "Deny" and condition.get("aws:SecureTransport") == "false":
                refusing |= {target_of(queue) for queue in policy["Queues"]}
    for name in of_type(template, "AWS::SQS::Queue").keys() - refusing:
        yield f"{name} takes requests without TLS."


def every_visibility_outlasts_its_function(template: Template) -> Breaches:
    functions = properties_of(template, "AWS::Lambda::Function")
    queues = properties_of(template, "AWS::SQS::Queue")
    for source in queue_sources(template).values():
        queue, function = target_of(source["EventSourceArn"]), target_of(source["FunctionName"])
        window_s = source.get("MaximumBatchingWindowInSeconds", 0)
        least_s = VISIBILITY_FACTOR * functions[function]["Timeout"] + window_s
        visibility_s = queues[queue].get("VisibilityTimeout", 30)
        if visibility_s < least_s:
            yield (
                f"{queue} shows a message again after {visibility_s} s, and {function} with its batching window needs "
                f"{least_s} s: messages still being worked on would be handed to a second worker."
            )


def every_source_reports_failures_one_by_one(template: Template) -> Breaches:
    for name, source in properties_of(template, "AWS::Lambda::EventSourceMapping").items():
        if source.get("FunctionResponseTypes") != ["ReportBatchItemFailures"]:
            yield f"{name} lacks ReportBatchItemFailures: what a function reports as failed would be silently deleted."


def every_source_is_bounded(template: Template) -> Breaches:
    for name, source in queue_sources(template).items():
        if "MaximumConcurrency" not in source.get("ScalingConfig", {}):
            yield f"{name} has no MaximumConcurrency: a burst would open a thousand workers on one ledger."
        if source.get("BatchSize") != 10:
            yield f"{name} takes {source.get('BatchSize')} messages at once; the functions are built for batches of 10."


def every_stream_goes_on_past_a_change_that_cannot_be_read(template: Template) -> Breaches:
    for name, source in stream_sources(template).items():
        if not source.get("BisectBatchOnFunctionError"):
            yield f"{name} does not cut a batch that failed: a change that cannot be read would take a thousand along."
        if not 0 <= source.get("MaximumRetryAttempts", -1) <= 10_000:
            yield f"{name} tries for ever: one change that cannot be read would stop the stream until it is lost."
        if "OnFailure" not in source.get("DestinationConfig", {}):
            yield f"{name} has no place for what it gives up: it would be gone without a trace."


def every_stream_has_an_alarm_on_its_age(template: Template) -> Breaches:
    watched = {
        target_of(dimension["Value"])
        for alarm in properties_of(template, "AWS::CloudWatch::Alarm").values()
        if alarm.get("MetricName") == "IteratorAge"
        for dimension in alarm["Dimensions"]
    }
    for name, source in stream_sources(template).items():
        if target_of(source["FunctionName"]) not in watched:
            yield f"{name} has no alarm on its age: a stream keeps its changes for a day, and then they are lost."


def every_queue_with_work_has_one_source(template: Template) -> Breaches:
    sources = [target_of(source["EventSourceArn"]) for source in queue_sources(template).values()]
    for name in of_type(template, "AWS::SQS::Queue").keys() - dead_letter_queues(template):
        if sources.count(name) != 1:
            yield f"{name} is worked off by {sources.count(name)} functions: messages would pile up, or be shared out."


def every_rule_target_has_a_dead_letter_queue(template: Template) -> Breaches:
    queues = of_type(template, "AWS::SQS::Queue")
    allowed = _senders_by_queue(template)
    for rule, target in rule_targets(template):
        letters = target_of(target.get("DeadLetterConfig", {}).get("Arn"))
        if letters not in queues:
            yield f"{rule} has a target without dead-letter queue: what the target does not take would be dropped."
        elif rule not in allowed.get(letters, set()):
            yield f"{rule} may not write to its dead-letter queue {letters}, which would so stay empty."
        if "MaximumRetryAttempts" not in target.get("RetryPolicy", {}):
            yield f"{rule} leaves the retries of its target to chance."


def _senders_by_queue(template: Template) -> dict[str, set[str]]:
    """Give which rules may send to each queue."""
    senders: dict[str, set[str]] = {}
    for policy in properties_of(template, "AWS::SQS::QueuePolicy").values():
        for statement in policy["PolicyDocument"]["Statement"]:
            source = statement.get("Condition", {}).get("ArnEquals", {}).get("aws:SourceArn")
            if statement["Effect"] == "Allow" and "sqs:SendMessage" in as_list(statement["Action"]):
                for queue in policy["Queues"]:
                    senders.setdefault(target_of(queue), set()).add(target_of(source))
    return senders


def every_event_of_the_bus_reaches_intake(template: Template) -> Breaches:
    rules = [rule for rule in properties_of(template, "AWS::Events::Rule").values() if "EventBusName" in rule]
    taking = [rule for rule in rules if rule["EventPattern"] == {"source": [{"prefix": ""}]}]
    if not any(target_of(target["Arn"]) == "IntakeQueue" for rule in taking for target in rule["Targets"]):
        yield "No rule takes every event of the bus to intake: an event of an unknown kind would vanish untraced."
    if any("InputTransformer" in target or "InputPath" in target for rule in rules for target in rule["Targets"]):
        yield "A rule rewrites the events: intake reads the whole envelope, and its id orders and traces the event."


def every_bus_is_archived_in_full(template: Template) -> Breaches:
    archives = properties_of(template, "AWS::Events::Archive").values()
    for name in of_type(template, "AWS::Events::EventBus"):
        mine = [archive for archive in archives if target_of(archive["SourceArn"]) == name]
        if not any(archive.get("EventPattern") == {"source": [{"prefix": ""}]} for archive in mine):
            yield f"{name} has no archive of all its events: nothing could be replayed."
        if any(archive.get("RetentionDays", 0) < 7 for archive in mine):
            yield f"{name} is archived for less than a week: a fault found on Monday could not be replayed."


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
_WRITE_TABLE = _READ_TABLE | {
    "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
}  # fmt: skip
_SEND = {"kms:Decrypt", "kms:GenerateDataKey"}

GRANTS: dict[str, dict[str, set[str]]] = {
    "IntakeRole": {
        "IntakeLog": _LOG,
        "IntakeQueue": _WORK_OFF,
        "DeliveryQueue": {"sqs:SendMessage"},
        "RoutesTable": {"dynamodb:Query"},
        "DeliveriesTable": {"dynamodb:PutItem"},
        "Key": _WRITE_TABLE | _SEND,
    },
    "DeliverRole": {
        "DeliverLog": _LOG,
        "DeliveryQueue": _WORK_OFF | {"sqs:SendMessage"},
        "RoutesTable": {"dynamodb:Query"},
        "DeliveriesTable": {"dynamodb:GetItem", "dynamodb:PutItem"},
        "secrets": {"secretsmanager:GetSecretValue"},
        "Key": _WRITE_TABLE | _SEND,
    },
    "SettleRole": {
        "SettleLog": _LOG,
        "DeliveryQueue": {"sqs:SendMessage"},
        "DeliveriesTable/index/attention": {"dynamodb:Query"},
        "Key": _READ_TABLE | _SEND,
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


def every_table_can_be_recovered(template: Template) -> Breaches:
    for name, table in properties_of(template, "AWS::DynamoDB::Table").items():
        if not table.get("PointInTimeRecoverySpecification", {}).get("PointInTimeRecoveryEnabled"):
            yield f"{name} has no point-in-time recovery: a faulty write could not be taken back."
        if target_of(table.get("SSESpecification", {}).get("KMSMasterKeyId")) != KEY:
            yield f"{name} is encrypted with a key that nobody can audit."
        if "TimeToLiveSpecification" in table and name != "ListingTable":
            yield f"{name} forgets items by itself: a redelivery after that would post the entry a second time."


KEY = "Key"
TOPIC = "AlarmTopic"


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


def every_dead_letter_queue_has_an_alarm(template: Template) -> Breaches:
    watched = {
        target_of(dimension["Value"])
        for alarm in properties_of(template, "AWS::CloudWatch::Alarm").values()
        if alarm.get("MetricName") == "ApproximateNumberOfMessagesVisible" and alarm["Threshold"] == 1
        for dimension in alarm["Dimensions"]
    }
    for name in dead_letter_queues(template) - watched:
        yield f"{name} has no alarm: what was given up there would be gone after 14 days, unseen."


def every_work_queue_and_function_has_its_alarms(template: Template) -> Breaches:
    watched = {
        (alarm.get("MetricName"), target_of(dimension["Value"]))
        for alarm in properties_of(template, "AWS::CloudWatch::Alarm").values()
        for dimension in alarm.get("Dimensions", ())
    }
    for name in of_type(template, "AWS::SQS::Queue").keys() - dead_letter_queues(template):
        if ("ApproximateAgeOfOldestMessage", name) not in watched:
            yield f"{name} has no alarm on its oldest message: approvals could wait for days unseen."
    for name in of_type(template, "AWS::Lambda::Function"):
        for metric in ("Errors", "Throttles"):
            if (metric, name) not in watched:
                yield f"{name} has no alarm on {metric}."


def every_alarm_tells_somebody(template: Template) -> Breaches:
    for name, alarm in properties_of(template, "AWS::CloudWatch::Alarm").items():
        if [target_of(action) for action in alarm.get("AlarmActions", [])] != [TOPIC]:
            yield f"{name} has no action: it would go off where nobody looks."
        if [target_of(action) for action in alarm.get("OKActions", [])] != [TOPIC]:
            yield f"{name} does not say when it is over."
        if alarm.get("ActionsEnabled") is False:
            yield f"{name} has its actions switched off."
    publishers = [
        statement
        for policy in properties_of(template, "AWS::SNS::TopicPolicy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow" and statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    ]
    if not any("sns:Publish" in as_list(statement["Action"]) for statement in publishers):
        yield f"{TOPIC} does not take what CloudWatch publishes: every alarm would go off unheard."


def every_alarm_of_ours_watches_what_is_emitted(template: Template) -> Breaches:
    for name, alarm in properties_of(template, "AWS::CloudWatch::Alarm").items():
        if alarm.get("Namespace") != NAMESPACE:
            continue
        if alarm["MetricName"] not in set(Metric):
            yield f"{name} watches {alarm['MetricName']}, which nobody emits: it could never go off."
        if alarm["Dimensions"] != [{"Name": "service", "Value": SERVICE}]:
            yield f"{name} watches another dimension than the one that is emitted: it could never go off."


def only_a_heartbeat_takes_silence_for_trouble(template: Template) -> Breaches:
    alarms = properties_of(template, "AWS::CloudWatch::Alarm")
    for name, alarm in alarms.items():
        if (alarm["TreatMissingData"] == "breaching") != (alarm.get("Statistic") == "SampleCount"):
            yield f"{name} reads silence the wrong way round."
    if not any(alarm.get("Statistic") == "SampleCount" for alarm in alarms.values()):
        yield "No alarm notices that the settling schedule has stopped: unknown outcomes would be forgotten."


def every_way_in_from_the_web_asks_who_comes(template: Template) -> Breaches:
    open_routes = {"ConsolePagesRoute": "$default", "WebhookRoute": "POST /v1/approvals"}
    for name, route in properties_of(template, "AWS::ApiGatewayV2::Route").items():
        if route["AuthorizationType"] != "JWT" and open_routes.get(name) != route["RouteKey"]:
            yield f"{name} is open to everybody: its function would have to know by itself who comes."
    for name, authorizer in properties_of(template, "AWS::ApiGatewayV2::Authorizer").items():
        told = authorizer.get("JwtConfiguration", {})
        if [target_of(each) for each in told.get("Audience", ())] != ["ConsoleClient"] or not told.get("Issuer"):
            yield f"{name} takes the tokens of other clients or pools."


def every_web_stage_is_throttled_and_logs_no_secret(template: Template) -> Breaches:
    for name, stage in properties_of(template, "AWS::ApiGatewayV2::Stage").items():
        if not stage.get("DefaultRouteSettings", {}).get("ThrottlingRateLimit"):
            yield f"{name} is not throttled: a flood of requests would take the concurrency that delivering needs."
        line = stage.get("AccessLogSettings", {}).get("Format", "")
        if not line:
            yield f"{name} keeps no log of who asked for what."
        for secret in ("querystring", "header", "authorizer.token", "requestOverride", "context.error.messageString"):
            if secret.lower() in line.lower():
                yield f"{name} logs {secret}, in which a sign-in's code or a token may come."


def nobody_gives_themselves_an_account_or_a_tenant(template: Template) -> Breaches:
    for name, pool in properties_of(template, "AWS::Cognito::UserPool").items():
        if not pool.get("AdminCreateUserConfig", {}).get("AllowAdminCreateUserOnly"):
            yield f"{name} lets anybody sign up."
        tenant = [each for each in pool["Schema"] if each["Name"] == "tenant"]
        if [each.get("Mutable") for each in tenant] != [False]:
            yield f"{name} lets a person's tenant be changed after the fact."
    for name, client in properties_of(template, "AWS::Cognito::UserPoolClient").items():
        if "custom:tenant" in client.get("WriteAttributes", ("custom:tenant",)):
            yield f"{name} lets people write their own tenant."
        if client["AllowedOAuthFlows"] != ["code"] or client["AllowedOAuthScopes"] != ["openid"]:
            yield f"{name} gives tokens in another way, or for more, than the console's sign-in needs."


STATEFUL = (
    "AWS::Cognito::UserPool", "AWS::DynamoDB::Table", "AWS::Events::Archive", "AWS::Events::EventBus",
    "AWS::KMS::Key", "AWS::Logs::LogGroup", "AWS::SQS::Queue",
)  # fmt: skip

RULES = [
    every_queue_has_a_dead_letter_queue,
    every_queue_keeps_messages_for_fourteen_days,
    every_queue_is_encrypted,
    every_queue_refuses_plain_http,
    every_visibility_outlasts_its_function,
    every_source_reports_failures_one_by_one,
    every_source_is_bounded,
    every_queue_with_work_has_one_source,
    every_rule_target_has_a_dead_letter_queue,
    every_event_of_the_bus_reaches_intake,
    every_bus_is_archived_in_full,
    every_function_runs_on_the_built_platform,
    every_function_is_told_what_its_settings_ask,
    every_function_has_its_own_role_and_log,
    no_role_has_more_than_it_needs,
    every_function_may_do_its_part_and_no_more,
    intake_writes_no_delivery_record,
    no_function_may_change_the_configuration,
    nothing_may_delete_a_delivery_record,
    every_table_can_be_recovered,
    every_log_and_the_topic_are_under_the_own_key,
    the_key_rotates_and_lets_in_who_writes_in_its_own_name,
    every_use_of_the_key_goes_through_a_service,
    every_dead_letter_queue_has_an_alarm,
    every_work_queue_and_function_has_its_alarms,
    every_alarm_tells_somebody,
    every_alarm_of_ours_watches_what_is_emitted,
    only_a_heartbeat_takes_silence_for_trouble,
    every_stream_goes_on_past_a_change_that_cannot_be_read,
    every_stream_has_an_alarm_on_its_age,
    nothing_may_delete_from_the_log_of_changes,
    every_way_in_from_the_web_asks_who_comes,
    every_web_stage_is_throttled_and_logs_no_secret,
    nobody_gives_themselves_an_account_or_a_tenant,
]
