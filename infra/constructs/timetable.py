"""What runs by the clock."""

from collections.abc import Mapping

import aws_cdk as cdk
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.logical_id import named

CALL_RETRIES = 2
"""Tries after the first to hand a call to the function's service. A run that then fails is not tried anew."""


class Timetable:
    """When the clock calls a function.

    A missed run is made good by the next one, which finds the same work, so an old call is not kept waiting; what could
    not even be started is set aside and seen.
    """

    def __init__(
        self, scope: Construct, function: lambda_.Function, *, undelivered: sqs.IQueue, call_lasts: cdk.Duration
    ) -> None:
        """Let a call of `function` wait for `call_lasts` and then lie in `undelivered`; as yet, none is made."""
        self._scope = scope
        self._function = function
        self._undelivered = undelivered
        self._call_lasts = call_lasts
        function.configure_async_invoke(max_event_age=call_lasts, retry_attempts=0)

    def call(
        self,
        logical_id: str,
        schedule: events.Schedule,
        *,
        description: str,
        event: Mapping[str, object] | None = None,
    ) -> None:
        """Call the function by `schedule` from now on, with `event` where there is one."""
        rule = events.Rule(self._scope, logical_id, description=description, schedule=schedule)
        named(rule, logical_id)
        rule.add_target(
            targets.LambdaFunction(
                self._function,
                event=events.RuleTargetInput.from_object(event) if event is not None else None,
                dead_letter_queue=self._undelivered,
                max_event_age=self._call_lasts,
                retry_attempts=CALL_RETRIES,
            )
        )
