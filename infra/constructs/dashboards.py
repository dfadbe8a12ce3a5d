"""Two dashboards: is money stuck, and where does the machine stand. No amount is on either.

What splits by route or code is asked of the logs: their lines carry both, and a query costs when somebody looks, half a
cent per gigabyte, where a metric per route and outcome would cost $0.30 each, every month.
"""

from collections.abc import Iterable, Sequence

import aws_cdk as cdk
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.constructs.alarms import FIVE_MINUTES, Alarms, own_metric
from infra.constructs.logical_id import named
from infra.constructs.watched import Watched
from infra.stage import Stage
from ledgerpost.observability import Metric

ATTEMPTS = 'filter message = "delivery.attempted"'

BY_ROUTE_AND_OUTCOME = f"{ATTEMPTS} | stats count(*) as messages by route, result | sort messages desc"
BY_CODE = (
    f'{ATTEMPTS} and result = "parked" '
    "| stats count(*) as entries, latest(reference) as last_reference by code, route | sort entries desc"
)
LONGEST_TRIED = (
    f'{ATTEMPTS} and result in ["retrying", "unconfirmed"] '
    "| stats max(attempt) as attempts, latest(code) as last_code by route, reference | sort attempts desc | limit 20"
)

HALF, FULL = 12, 24


class Dashboards(Construct):
    """The business and the low-level dashboard."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        stage: Stage,
        *,
        watched: Watched,
        alarms: Alarms,
        bus_rule: events.IRule,
        log_groups: Iterable[logs.ILogGroup],
    ) -> None:
        """Create both."""
        super().__init__(scope, construct_id)
        business = self._dashboard(stage, "business")
        business.add_widgets(*_open_entries(), cloudwatch.AlarmStatusWidget(alarms=alarms.all, title="Alarms"))
        business.add_widgets(_outcomes(), _ages(watched))
        names = [group.log_group_name for group in log_groups]
        business.add_widgets(
            _query("Messages by route and outcome", BY_ROUTE_AND_OUTCOME, names),
            _query("Parked by code", BY_CODE, names),
            _query("Tried longest", LONGEST_TRIED, names),
            _graph("Days until a connection's credentials end", [own_metric(Metric.CREDENTIALS_DAYS_LEFT, "Minimum")]),
            *(
                (_graph("Days not closed", [own_metric(Metric.CLOSES_FAILED, "Sum")]),)
                if "close-day" in watched.functions
                else ()
            ),
        )
        low_level = self._dashboard(stage, "low-level")
        for name, function in watched.functions.items():
            low_level.add_widgets(*_function(name, function))
        for queue in (watched.intake_queue, watched.delivery_queue):
            low_level.add_widgets(*_queue(queue.name, queue.queue))
        low_level.add_widgets(_dead_letters(watched), _failures(), _rule(bus_rule))
        for table in watched.tables:
            low_level.add_widgets(*_table(table))

    def _dashboard(self, stage: Stage, name: str) -> cloudwatch.Dashboard:
        logical_id = "".join(part.capitalize() for part in name.split("-")) + "Dashboard"
        dashboard = cloudwatch.Dashboard(
            self,
            logical_id,
            dashboard_name=f"ledgerpost-{stage.name}-{name}",
            period_override=cloudwatch.PeriodOverride.AUTO,
        )
        return named(dashboard, logical_id)


def _graph(title: str, metrics: Sequence[cloudwatch.IMetric], width: int = HALF) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=width)


def _open_entries() -> list[cloudwatch.IWidget]:
    now = [
        own_metric(Metric.BACKLOG_PARKED, "Maximum", label="parked: a person has to act"),
        own_metric(Metric.BACKLOG_UNCONFIRMED, "Maximum", label="unconfirmed: being found out"),
        own_metric(Metric.BACKLOG_RETRYING, "Maximum", label="retrying: tried again by itself"),
    ]
    return [cloudwatch.SingleValueWidget(title="Not in the ledger yet", metrics=now, width=HALF)]


def _outcomes() -> cloudwatch.IWidget:
    outcomes = {
        Metric.ENTRIES_DELIVERED: "delivered",
        Metric.ENTRIES_SKIPPED: "skipped",
        Metric.ENTRIES_RETRYING: "to be tried again",
        Metric.ENTRIES_UNCONFIRMED: "outcome unknown",
        Metric.ENTRIES_PARKED: "parked",
        Metric.EVENTS_SET_ASIDE: "events set aside",
        Metric.CONNECTION_REFUSALS: "refused for the connection's credentials",
    }
    return _graph("Entries by outcome", [own_metric(metric, "Sum", label=label) for metric, label in outcomes.items()])


def _ages(watched: Watched) -> cloudwatch.IWidget:
    ages: list[cloudwatch.IMetric] = [
        own_metric(Metric.OLDEST_UNCONFIRMED_S, "Maximum", label="oldest unconfirmed, s"),
        own_metric(Metric.OLDEST_RETRYING_S, "Maximum", label="oldest retrying, s"),
    ]
    ages += [
        queue.queue.metric_approximate_age_of_oldest_message(
            statistic="Maximum", period=FIVE_MINUTES, label=f"waiting for {queue.name.lower()}, s"
        )
        for queue in (watched.intake_queue, watched.delivery_queue)
    ]
    return _graph("How long the oldest has waited", ages)


def _query(title: str, query: str, log_group_names: list[str]) -> cloudwatch.IWidget:
    return cloudwatch.LogQueryWidget(title=title, query_string=query, log_group_names=log_group_names, width=FULL // 3)


def _function(name: str, function: lambda_.IFunction) -> list[cloudwatch.IWidget]:
    calls = [
        function.metric_invocations(period=FIVE_MINUTES),
        function.metric_errors(period=FIVE_MINUTES),
        function.metric_throttles(period=FIVE_MINUTES),
        function.metric("ConcurrentExecutions", statistic="Maximum", period=FIVE_MINUTES),
    ]
    durations = [function.metric_duration(statistic=s, period=FIVE_MINUTES) for s in ("p50", "p99", "Maximum")]
    return [_graph(f"{name}: invocations", calls), _graph(f"{name}: duration, ms", durations)]


def _queue(name: str, queue: sqs.IQueue) -> list[cloudwatch.IWidget]:
    held = [
        queue.metric_approximate_number_of_messages_visible(statistic="Maximum", period=FIVE_MINUTES),
        queue.metric_approximate_number_of_messages_not_visible(statistic="Maximum", period=FIVE_MINUTES),
        queue.metric_approximate_number_of_messages_delayed(statistic="Maximum", period=FIVE_MINUTES),
    ]
    moved = [
        queue.metric_number_of_messages_sent(period=FIVE_MINUTES),
        queue.metric_number_of_messages_deleted(period=FIVE_MINUTES),
    ]
    return [_graph(f"{name} queue: messages in it", held), _graph(f"{name} queue: sent and deleted", moved)]


def _dead_letters(watched: Watched) -> cloudwatch.IWidget:
    letters = [
        queue.metric_approximate_number_of_messages_visible(statistic="Maximum", period=FIVE_MINUTES, label=name)
        for name, queue in watched.dead_letters.items()
    ]
    return _graph("Dead letters", letters, FULL // 3)


def _failures() -> cloudwatch.IWidget:
    return _graph("Messages that failed and come again", [own_metric(Metric.RECORDS_FAILED, "Sum")], FULL // 3)


def _rule(rule: events.IRule) -> cloudwatch.IWidget:
    # A reference to a rule of a bus gives both names, so they are had from its ARN: …:rule/<bus>/<rule>.
    _, bus, name = (cdk.Fn.select(part, cdk.Fn.split("/", rule.rule_arn)) for part in range(3))
    metrics: list[cloudwatch.IMetric] = [
        cloudwatch.Metric(
            namespace="AWS/Events",
            metric_name=metric,
            dimensions_map={"EventBusName": bus, "RuleName": name},
            statistic="Sum",
            period=FIVE_MINUTES,
        )
        for metric in ("MatchedEvents", "FailedInvocations")
    ]
    return _graph("Bus: events taken, failed", metrics, FULL // 3)


def _table(table: dynamodb.ITable) -> list[cloudwatch.IWidget]:
    units = [
        table.metric("ConsumedWriteCapacityUnits", statistic="Sum", period=FIVE_MINUTES, label="writes"),
        table.metric("ConsumedReadCapacityUnits", statistic="Sum", period=FIVE_MINUTES, label="reads"),
    ]
    troubles = [
        table.metric("WriteThrottleEvents", statistic="Sum", period=FIVE_MINUTES, label="writes throttled"),
        table.metric("ReadThrottleEvents", statistic="Sum", period=FIVE_MINUTES, label="reads throttled"),
    ]
    name = table.node.id
    return [_graph(f"{name}: units used", units), _graph(f"{name}: throttled", troubles)]
