"""Reads the wiring out of a synthesized CloudFormation template.

What has no part in running the pipeline (roles, alarms, log groups, archives) is passed over. What has one and is not
understood is refused with UsageError(template_unsupported): a run that silently left it out would prove nothing.
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ledgerpost.errors import UsageError
from ledgerpost.local.intrinsics import Resolver
from ledgerpost.local.pattern import compile_pattern
from ledgerpost.local.wiring import FunctionSpec, MappingSpec, QueueSpec, Redrive, RuleSpec, ScheduleSpec, Wiring

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_UNIT_MS = {"minute": 60_000, "hour": 3_600_000, "day": 86_400_000}
_BATCH_WITHOUT_WINDOW_MAX = 10


def read_template(path: Path) -> Wiring:
    """Read the template file; raises UsageError(template_unsupported) for what cannot be run as it says."""
    try:
        template = json.loads(path.read_text("utf-8"))
    except ValueError:
        raise UsageError("template_unsupported", f"{path.name} is not the JSON of a template.") from None
    return wiring_of(template)


def wiring_of(template: Mapping[str, Any]) -> Wiring:
    """Give the wiring of a template; raises UsageError(template_unsupported) for what cannot be run as it says."""
    return _Reader(template).wiring()


class _Reader:
    def __init__(self, template: Mapping[str, Any]) -> None:
        self._resources: Mapping[str, Any] = template.get("Resources", {})
        self._resolver = Resolver(template)
        self._queue_by_arn = {self._resolver.arn_of(id_): self._resolver.name_of(id_) for id_ in self._queue_ids()}
        self._function_ids = {self._resolver.arn_of(id_): id_ for id_, _ in self._of_type("AWS::Lambda::Function")}
        self._function_ids |= {self._resolver.name_of(id_): id_ for id_ in tuple(self._function_ids.values())}
        self._functions: dict[str, FunctionSpec] = {}

    def wiring(self) -> Wiring:
        queues = {spec.name: spec for spec in (self._queue(id_) for id_ in self._queue_ids())}
        mappings = {id_: self._mapping(id_, p) for id_, p in self._of_type("AWS::Lambda::EventSourceMapping")}
        rules: list[RuleSpec] = []
        schedules: dict[str, ScheduleSpec] = {}
        for id_, properties in self._of_type("AWS::Events::Rule"):
            if "ScheduleExpression" in properties:
                schedules[id_] = self._scheduled_rule(id_, properties)
            else:
                rules.append(self._rule(id_, properties))
        schedules |= {id_: self._schedule(id_, p) for id_, p in self._of_type("AWS::Scheduler::Schedule")}
        buses = frozenset(self._resolver.name_of(id_) for id_, _ in self._of_type("AWS::Events::EventBus"))
        return Wiring(
            buses=buses | {"default"},
            queues=queues,
            rules=tuple(rules),
            functions=dict(self._functions),
            mappings=mappings,
            schedules=schedules,
        )

    def _of_type(self, resource_type: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for id_, resource in self._resources.items():
            if resource.get("Type") == resource_type:
                if "Condition" in resource:
                    raise _unsupported(id_, "a resource under a condition is not known here")
                yield id_, resource.get("Properties", {})

    def _queue_ids(self) -> list[str]:
        return [id_ for id_, _ in self._of_type("AWS::SQS::Queue")]

    def _queue(self, id_: str) -> QueueSpec:
        properties = self._resolver.value(self._resources[id_].get("Properties", {}), id_)
        if _flag(properties.get("FifoQueue", False)):
            raise _unsupported(id_, "a FIFO queue is not known here")
        redrive = properties.get("RedrivePolicy")
        defaults = QueueSpec(name="")
        return QueueSpec(
            name=self._resolver.name_of(id_),
            url=self._resolver.url_of(id_),
            arn=self._resolver.arn_of(id_),
            visibility_ms=_milliseconds(properties, "VisibilityTimeout", defaults.visibility_ms),
            delay_ms=_milliseconds(properties, "DelaySeconds", defaults.delay_ms),
            retention_ms=_milliseconds(properties, "MessageRetentionPeriod", defaults.retention_ms),
            redrive=self._redrive(redrive, id_) if redrive else None,
        )

    def _redrive(self, policy: Mapping[str, Any], id_: str) -> Redrive:
        queue = self._queue_named(policy["deadLetterTargetArn"], f"{id_}.RedrivePolicy")
        return Redrive(queue, int(policy["maxReceiveCount"]))

    def _queue_named(self, arn: Any, where: str) -> str:
        if arn not in self._queue_by_arn:
            raise _unsupported(where, f"{arn} is no queue of the template")
        return self._queue_by_arn[arn]

    def _rule(self, id_: str, properties: Mapping[str, Any]) -> RuleSpec:
        targets = self._resolver.value(properties.get("Targets", []), f"{id_}.Targets")
        return RuleSpec(
            name=id_,
            bus=_bus_name(self._resolver.value(properties.get("EventBusName", "default"), id_)),
            pattern=compile_pattern(self._resolver.value(properties.get("EventPattern"), id_), f"{id_}.EventPattern"),
            queues=tuple(self._queue_of_target(target, f"{id_}.Targets[{i}]") for i, target in enumerate(targets)),
            enabled=properties.get("State", "ENABLED") != "DISABLED",
        )

    def _queue_of_target(self, target: Mapping[str, Any], where: str) -> str:
        for key in ("Input", "InputPath", "InputTransformer"):
            if key in target:
                raise _unsupported(where, f"{key} is not known here: a queue gets the event as it is")
        return self._queue_named(target.get("Arn"), where)

    def _scheduled_rule(self, id_: str, properties: Mapping[str, Any]) -> ScheduleSpec:
        targets = self._resolver.value(properties.get("Targets", []), f"{id_}.Targets")
        if len(targets) != 1:
            raise _unsupported(id_, "a scheduled rule has exactly one target here")
        return self._schedule_to(id_, properties, targets[0])

    def _schedule(self, id_: str, properties: Mapping[str, Any]) -> ScheduleSpec:
        return self._schedule_to(id_, properties, self._resolver.value(properties["Target"], f"{id_}.Target"))

    def _schedule_to(self, id_: str, properties: Mapping[str, Any], target: Mapping[str, Any]) -> ScheduleSpec:
        expression = str(self._resolver.value(properties.get("ScheduleExpression"), id_))
        rate = _RATE.fullmatch(expression)
        if rate is None or rate[1] == "0":
            raise _unsupported(id_, f"the schedule {expression} is not known here; rate(n minutes|hours|days) is")
        for key in ("InputPath", "InputTransformer"):
            if key in target:
                raise _unsupported(id_, f"{key} is not known here")
        return ScheduleSpec(
            name=id_,
            function=self._function(target.get("Arn"), id_).name,
            every_ms=int(rate[1]) * _UNIT_MS[rate[2]],
            payload=target.get("Input"),
            enabled=properties.get("State", "ENABLED") != "DISABLED",
        )

    def _mapping(self, id_: str, properties: Mapping[str, Any]) -> MappingSpec:
        p = self._resolver.value(properties, id_)
        if "FilterCriteria" in p:
            raise _unsupported(id_, "FilterCriteria is not known here")
        batch_size, window_ms = int(p.get("BatchSize", 10)), _milliseconds(p, "MaximumBatchingWindowInSeconds", 0)
        if batch_size > _BATCH_WITHOUT_WINDOW_MAX and not window_ms:
            raise _unsupported(id_, "Lambda refuses batches of more than 10 messages without a batching window")
        limit = p.get("ScalingConfig", {}).get("MaximumConcurrency")
        return MappingSpec(
            name=id_,
            queue=self._queue_named(p.get("EventSourceArn"), f"{id_}.EventSourceArn"),
            function=self._function(p.get("FunctionName"), f"{id_}.FunctionName").name,
            batch_size=batch_size,
            window_ms=window_ms,
            reports_failures="ReportBatchItemFailures" in p.get("FunctionResponseTypes", ()),
            concurrency_max=int(limit) if limit is not None else None,
            enabled=_flag(p.get("Enabled", True)),
        )

    def _function(self, arn_or_name: Any, where: str) -> FunctionSpec:
        """Only what a mapping or a schedule calls is read: a template may hold functions of the tool that made it."""
        id_ = self._function_ids.get(arn_or_name)
        if id_ is None:
            raise _unsupported(where, f"{arn_or_name} is no function of the template")
        p = self._resources[id_].get("Properties", {})
        if not str(p.get("Runtime", "")).startswith("python"):
            raise _unsupported(id_, f"a function of runtime {p.get('Runtime')} cannot be run here")
        variables = self._resolver.value(p.get("Environment", {}).get("Variables", {}), f"{id_}.Environment")
        reserved = p.get("ReservedConcurrentExecutions")
        spec = FunctionSpec(
            name=self._resolver.name_of(id_),
            arn=self._resolver.arn_of(id_),
            handler=str(self._resolver.value(p["Handler"], id_)),
            timeout_ms=_milliseconds(p, "Timeout", 3_000),
            memory_mb=int(p.get("MemorySize", 128)),
            environment={name: str(value) for name, value in variables.items()},
            concurrency_max=int(reserved) if reserved is not None else None,
        )
        return self._functions.setdefault(spec.name, spec)


def _bus_name(name_or_arn: str) -> str:
    return name_or_arn.rsplit("event-bus/", 1)[-1]


def _milliseconds(properties: Mapping[str, Any], name: str, default_ms: int) -> int:
    return int(properties[name]) * 1000 if name in properties else default_ms


def _flag(value: Any) -> bool:
    return value is True or str(value).lower() == "true"


def _unsupported(where: str, why: str) -> UsageError:
    return UsageError("template_unsupported", f"{where}: {why}.")
