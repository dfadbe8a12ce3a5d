"""What must hold for alarms."""

from ledgerpost.observability import NAMESPACE, SERVICE, Metric
from tests.infra.reading import (
    Breaches,
    Rule,
    Template,
    as_list,
    dead_letter_queues,
    of_type,
    properties_of,
    stream_sources,
    target_of,
)


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


TOPIC = "AlarmTopic"


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


RULES: list[Rule] = [
    every_stream_has_an_alarm_on_its_age,
    every_dead_letter_queue_has_an_alarm,
    every_work_queue_and_function_has_its_alarms,
    every_alarm_tells_somebody,
    every_alarm_of_ours_watches_what_is_emitted,
    only_a_heartbeat_takes_silence_for_trouble,
]
