"""What wakes a person. Each alarm has its paragraph in `docs/operations.md`, under the alarm's own name."""

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as gateway
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.constructs.logical_id import named
from infra.constructs.watched import Watched
from infra.stage import Stage
from ledgerpost.observability import NAMESPACE, SERVICE, Metric

MINUTE = cdk.Duration.minutes(1)
FIVE_MINUTES = cdk.Duration.minutes(5)
HOUR = cdk.Duration.hours(1)

ERROR_RATE = 0.05
"""The share of invocations that raised or were cut off: the average of `Errors`, which Lambda sets to 0 or 1 for each.
What a handler reports as failed is not among them; that is counted by `Metric.RECORDS_FAILED`.
"""


def own_metric(
    metric: Metric, statistic: str, period: cdk.Duration = FIVE_MINUTES, label: str | None = None
) -> cloudwatch.Metric:
    """Give a metric that the functions emit themselves."""
    return cloudwatch.Metric(
        namespace=NAMESPACE,
        metric_name=metric.value,
        dimensions_map={"service": SERVICE},
        statistic=statistic,
        period=period,
        label=label,
    )


class Alarms(Construct):
    """All alarms of a stage; each tells `topic` when it begins and when it is over."""

    def __init__(
        self, scope: Construct, construct_id: str, stage: Stage, *, watched: Watched, topic: sns.ITopic
    ) -> None:
        """Create the alarms. Silence is no alarm, but for what reports at each sweep."""
        super().__init__(scope, construct_id)
        self._stage = stage
        self._action = actions.SnsAction(topic)
        self.all: list[cloudwatch.Alarm] = []
        self._watch_dead_letters(watched)
        self._watch_ages(watched)
        self._watch_entries()
        self._watch_functions(watched)
        self._watch_schedule()
        if "close-day" in watched.functions:
            self._watch_days()
        if "listing" in watched.functions:
            self._watch_listing(watched.functions["listing"])
        if watched.web is not None:
            self._watch_web(watched.web)

    def _watch_dead_letters(self, watched: Watched) -> None:
        for name, queue in watched.dead_letters.items():
            self._alarm(
                f"{name}-dead-letters",
                "A message was given up and lies in the dead-letter queue.",
                queue.metric_approximate_number_of_messages_visible(statistic="Maximum", period=MINUTE),
                threshold=1,
            )

    def _watch_ages(self, watched: Watched) -> None:
        numbers = self._stage.alarms
        for name, queue, oldest_s in (
            ("intake", watched.intake_queue, numbers.intake_oldest_s),
            ("delivery", watched.delivery_queue, numbers.delivery_oldest_s),
        ):
            self._alarm(
                f"{name}-oldest-pending",
                f"A message has waited for {name} for {oldest_s // 60} minutes.",
                queue.queue.metric_approximate_age_of_oldest_message(statistic="Maximum", period=FIVE_MINUTES),
                threshold=oldest_s,
            )
        self._alarm(
            "oldest-retrying",
            "An entry could not be posted for hours and is still being tried.",
            own_metric(Metric.OLDEST_RETRYING_S, "Maximum"),
            threshold=numbers.retrying_oldest_s,
        )
        self._alarm(
            "oldest-unconfirmed",
            "It has not been known for an hour whether the ledger applied an entry.",
            own_metric(Metric.OLDEST_UNCONFIRMED_S, "Maximum"),
            threshold=numbers.unconfirmed_oldest_s,
        )

    def _watch_entries(self) -> None:
        self._alarm(
            "parked-entries",
            "An entry is parked: it will not be posted until a person acts.",
            own_metric(Metric.BACKLOG_PARKED, "Maximum"),
            threshold=1,
        )
        self._alarm(
            "events-set-aside",
            "An event could not be understood and was set aside.",
            own_metric(Metric.EVENTS_SET_ASIDE, "Sum"),
            threshold=1,
        )
        self._alarm(
            "connection-paused",
            "A ledger or its identity authority refuses a connection's credentials.",
            own_metric(Metric.CONNECTION_REFUSALS, "Sum"),
            threshold=1,
        )
        # Per hour: a quiet connection posts seldom, and the number changes once a day.
        self._alarm(
            "credentials-expiring",
            f"The credentials of a connection end within {self._stage.alarms.credentials_days} days.",
            own_metric(Metric.CREDENTIALS_DAYS_LEFT, "Minimum", HOUR),
            threshold=self._stage.alarms.credentials_days,
            comparison=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
        )
        # One failure comes again by itself; what fails for a quarter of an hour does not mend itself.
        self._alarm(
            "records-failing",
            "Messages have failed for a quarter of an hour; they come again until they are given up.",
            own_metric(Metric.RECORDS_FAILED, "Sum"),
            threshold=1,
            periods=3,
        )

    def _watch_functions(self, watched: Watched) -> None:
        for name, function in watched.functions.items():
            self._alarm(
                f"{name}-errors",
                f"Invocations of {name} end in errors or time-outs.",
                function.metric_errors(statistic="Average", period=FIVE_MINUTES),
                threshold=ERROR_RATE,
                periods=3,
                breaching=2,
            )
            self._alarm(
                f"{name}-throttled",
                f"Lambda refuses to run {name}: the account's concurrency is used up.",
                function.metric_throttles(statistic="Sum", period=FIVE_MINUTES),
                threshold=1,
                periods=3,
            )

    def _watch_schedule(self) -> None:
        self._alarm(
            "settle-not-running",
            "No sweep has ended for ten minutes: what is overdue is not called again.",
            own_metric(Metric.BACKLOG_PARKED, "SampleCount"),
            threshold=1,
            periods=2,
            comparison=cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
            missing=cloudwatch.TreatMissingData.BREACHING,
        )

    def _watch_days(self) -> None:
        self._alarm(
            "day-not-closed",
            "A company's day could not be closed; its documents are not in the books.",
            own_metric(Metric.CLOSES_FAILED, "Sum", HOUR),
            threshold=1,
        )

    def _watch_listing(self, listing: lambda_.IFunction) -> None:
        behind_s = self._stage.alarms.listing_behind_s
        self._alarm(
            "listing-behind",
            f"The console's listing is {behind_s // 60} minutes behind the deliveries.",
            listing.metric("IteratorAge", statistic="Maximum", period=FIVE_MINUTES),
            threshold=behind_s * 1000,
        )

    def _watch_web(self, api: gateway.HttpApi) -> None:
        self._alarm(
            "web-failing",
            "Requests of the console or the webhook are answered 5xx.",
            api.metric_server_error(statistic="Sum", period=FIVE_MINUTES),
            threshold=5,
            periods=3,
            breaching=2,
        )

    def _alarm(
        self,
        name: str,
        description: str,
        metric: cloudwatch.IMetric,
        *,
        threshold: float,
        periods: int = 1,
        breaching: int | None = None,
        comparison: cloudwatch.ComparisonOperator = cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING,
    ) -> None:
        logical_id = "".join(part.capitalize() for part in name.split("-")) + "Alarm"
        alarm = cloudwatch.Alarm(
            self,
            logical_id,
            alarm_name=f"ledgerpost-{self._stage.name}-{name}",
            alarm_description=f"{description} What to do: docs/operations.md#{name}",
            metric=metric,
            threshold=threshold,
            evaluation_periods=periods,
            datapoints_to_alarm=breaching or periods,
            comparison_operator=comparison,
            treat_missing_data=missing,
        )
        alarm.add_alarm_action(self._action)
        alarm.add_ok_action(self._action)
        self.all.append(named(alarm, logical_id))
