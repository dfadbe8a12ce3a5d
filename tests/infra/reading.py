"""Finding one's way in a template: resources by type, and what a reference points to."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Template = Mapping[str, Any]

Breaches = Iterator[str]
"""What a rule gives: a sentence per breach."""

Rule = Callable[[Template], Breaches]


def of_type(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    """Give the resources of one type by logical id."""
    return {name: resource for name, resource in template["Resources"].items() if resource["Type"] == kind}


def properties_of(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    """Give the properties of the resources of one type by logical id."""
    return {name: resource["Properties"] for name, resource in of_type(template, kind).items()}


def target_of(reference: Any) -> str:
    """Give the logical id that a `Ref` or an `Arn` points to; blank where it is neither."""
    if isinstance(reference, dict):
        if "Ref" in reference:
            return str(reference["Ref"])
        if "Fn::GetAtt" in reference:
            return str(reference["Fn::GetAtt"][0])
    return ""


def dead_letter_queues(template: Template) -> set[str]:
    """Give the queues that other resources name as their dead-letter queue."""
    queues = properties_of(template, "AWS::SQS::Queue").values()
    redriven = {
        target_of(queue["RedrivePolicy"]["deadLetterTargetArn"]) for queue in queues if "RedrivePolicy" in queue
    }
    given_up = {
        target_of(source["DestinationConfig"]["OnFailure"]["Destination"])
        for source in stream_sources(template).values()
        if "DestinationConfig" in source
    }
    of_rules = {target_of(target.get("DeadLetterConfig", {}).get("Arn")) for _, target in rule_targets(template)}
    return redriven | given_up | of_rules


def queue_sources(template: Template) -> dict[str, dict[str, Any]]:
    """Give the mappings by which functions work queues off, by logical id."""
    sources = properties_of(template, "AWS::Lambda::EventSourceMapping")
    return {name: source for name, source in sources.items() if not _is_of_stream(source)}


def stream_sources(template: Template) -> dict[str, dict[str, Any]]:
    """Give the mappings by which functions follow the stream of a table, by logical id."""
    sources = properties_of(template, "AWS::Lambda::EventSourceMapping")
    return {name: source for name, source in sources.items() if _is_of_stream(source)}


def _is_of_stream(source: dict[str, Any]) -> bool:
    return bool(source["EventSourceArn"].get("Fn::GetAtt", ["", ""])[1] == "StreamArn")


def rule_targets(template: Template) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give each target of each rule with the rule's logical id."""
    for name, rule in properties_of(template, "AWS::Events::Rule").items():
        for target in rule["Targets"]:
            yield name, target


def statements(template: Template) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give each statement of each role's policies with the role's logical id."""
    for policy in properties_of(template, "AWS::IAM::Policy").values():
        for role in policy["Roles"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                yield target_of(role), statement


def as_list(value: Any) -> list[Any]:
    """Give a policy's one-or-many as many."""
    return value if isinstance(value, list) else [value]


def named_resource(resource: Any) -> str:
    """Give the logical id in a statement's resource with what follows it, or a secret's name pattern."""
    if isinstance(resource, dict) and "Fn::Join" in resource:
        parts = resource["Fn::Join"][1]
        return f"{target_of(parts[0])}{parts[-1]}" if target_of(parts[0]) else _secrets_or(parts)
    return target_of(resource)


def _secrets_or(parts: list[Any]) -> str:
    return "secrets" if ":secret:ledgerpost/" in str(parts[-1]) else str(parts)
