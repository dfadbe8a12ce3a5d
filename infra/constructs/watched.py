"""What is looked after on a stage: each part says what it has, and `Watched` is all of it together."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Self

from aws_cdk import aws_apigatewayv2 as gateway
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

from infra.constructs.queues import WorkQueue


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one part of a stage has: functions and dead-letter queues by the name that their alarms begin with."""

    functions: Mapping[str, lambda_.IFunction] = field(default_factory=dict)
    dead_letters: Mapping[str, sqs.IQueue] = field(default_factory=dict)
    tables: tuple[dynamodb.ITable, ...] = ()
    web: gateway.HttpApi | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What the alarms and the dashboards look at. `dead_letters` and `functions` by the name that their alarms begin
    with; `web` where the stage has an HTTP API.
    """

    intake_queue: WorkQueue
    delivery_queue: WorkQueue
    dead_letters: Mapping[str, sqs.IQueue]
    functions: Mapping[str, lambda_.IFunction]
    tables: tuple[dynamodb.ITable, ...]
    web: gateway.HttpApi | None = None

    @classmethod
    def of(cls, parts: Iterable[Part], *, intake_queue: WorkQueue, delivery_queue: WorkQueue) -> Self:
        """Put `parts` together, in their order, which is that of the alarms and of the dashboards' rows."""
        parts = tuple(parts)
        return cls(
            intake_queue=intake_queue,
            delivery_queue=delivery_queue,
            dead_letters={name: queue for part in parts for name, queue in part.dead_letters.items()},
            functions={name: function for part in parts for name, function in part.functions.items()},
            tables=tuple(table for part in parts for table in part.tables),
            web=next((part.web for part in parts if part.web is not None), None),
        )
