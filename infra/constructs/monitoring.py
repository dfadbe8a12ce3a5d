"""Who is told, of what, and where one looks then."""

from collections.abc import Iterable

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.constructs.alarms import Alarms
from infra.constructs.dashboards import Dashboards
from infra.constructs.encryption import EncryptionKey
from infra.constructs.logical_id import named
from infra.constructs.pipeline import Pipeline
from infra.constructs.watched import Part, Watched
from infra.stage import Stage

AN_EMAIL = r"[^@\s]+@[^@\s]+\.[^@\s]+"


class Monitoring(Construct):
    """The alarms' topic, the alarms, the dashboards."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        stage: Stage,
        *,
        key: EncryptionKey,
        pipeline: Pipeline,
        parts: Iterable[Part],
    ) -> None:
        """Watch `parts`, which exist already, and the way of an approval through `pipeline`."""
        super().__init__(scope, construct_id)
        self.topic = self._topic(key)
        self._tell_by_email(stage)
        watched = Watched.of(parts, intake_queue=pipeline.intake_queue, delivery_queue=pipeline.delivery_queue)
        alarms = Alarms(self, "Alarms", stage, watched=watched, topic=self.topic)
        Dashboards(
            self,
            "Dashboards",
            stage,
            watched=watched,
            alarms=alarms,
            bus_rule=pipeline.rule,
            log_groups=(pipeline.intake.log_group, pipeline.deliver.log_group),
        )

    def _topic(self, key: EncryptionKey) -> sns.Topic:
        """The topic that alarms publish to, and nobody else."""
        topic = sns.Topic(self, "AlarmTopic", display_name="Ledgerpost alarms", master_key=key.key, enforce_ssl=True)
        stack = cdk.Stack.of(self)
        # A topic that has a policy of its own loses the one by which the account's alarms may publish.
        topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[topic.topic_arn],
                conditions={"StringEquals": {"aws:SourceAccount": stack.account}},
            )
        )
        return named(topic, "AlarmTopic")

    def _tell_by_email(self, stage: Stage) -> None:
        """Subscribe the address that whoever deploys gives. A stage whose books are real does not deploy without one:
        alarms that nobody hears are none. SNS asks the address for its consent first.
        """
        email = cdk.CfnParameter(
            self,
            "AlarmEmail",
            type="String",
            description="Who is told of alarms" + (" (an e-mail address)." if stage.retain else "; blank for nobody."),
            default=None if stage.retain else "",
            allowed_pattern=AN_EMAIL if stage.retain else f"({AN_EMAIL})?",
            constraint_description="must be an e-mail address",
        )
        email.override_logical_id("AlarmEmail")
        subscription = sns.CfnSubscription(
            self,
            "AlarmSubscription",
            topic_arn=self.topic.topic_arn,
            protocol="email",
            endpoint=email.value_as_string,
        )
        subscription.override_logical_id("AlarmSubscription")
        if not stage.retain:
            given = cdk.Fn.condition_not(cdk.Fn.condition_equals(email.value_as_string, ""))
            condition = cdk.CfnCondition(self, "AlarmEmailGiven", expression=given)
            condition.override_logical_id("AlarmEmailGiven")
            subscription.cfn_options.condition = condition
