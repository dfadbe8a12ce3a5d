"""What must hold for queues, for what works them off and for what sends to them."""

from infra.stage import VISIBILITY_FACTOR
from tests.infra.reading import (
    Breaches,
    Rule,
    Template,
    as_list,
    dead_letter_queues,
    of_type,
    properties_of,
    queue_sources,
    rule_targets,
    stream_sources,
    target_of,
)
from tests.infra.rules_of_keeping import KEY

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


RULES: list[Rule] = [
    every_queue_has_a_dead_letter_queue,
    every_queue_keeps_messages_for_fourteen_days,
    every_queue_is_encrypted,
    every_queue_refuses_plain_http,
    every_visibility_outlasts_its_function,
    every_source_reports_failures_one_by_one,
    every_source_is_bounded,
    every_stream_goes_on_past_a_change_that_cannot_be_read,
    every_queue_with_work_has_one_source,
    every_rule_target_has_a_dead_letter_queue,
    every_event_of_the_bus_reaches_intake,
    every_bus_is_archived_in_full,
]
