"""A deployed stage as commands see it: its stack's outputs, and the stores, secrets and ledgers behind them."""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from ledgerpost.adapters.memory_budget import MemoryRequestBudget
from ledgerpost.app.acts import Doing
from ledgerpost.app.apply import ApplyPorts
from ledgerpost.app.change_log import ActPorts, ChangeLog, Person
from ledgerpost.app.stage_secrets import secret_name
from ledgerpost.domain.access import Role
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.route import ConnectionId, SecretReference
from ledgerpost.errors import UsageError
from ledgerpost.ports import LedgerTargets, Secrets
from ledgerpost.ports_setup import ConfigurationStore, SecretVault

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})

NeededStage = Annotated[
    str, typer.Option("--stage", envvar="LEDGERPOST_STAGE", help="The deployed stage; or set LEDGERPOST_STAGE.")
]


class Stage:
    """One deployed stage. AWS is called where something is asked for, never before."""

    def __init__(self, name: str, session: Any = None) -> None:
        from ledgerpost.aws_services import AwsServices  # noqa: PLC0415 - local runs never load boto3

        self.name = name
        self.stack = f"ledgerpost-{name}"
        self.services = AwsServices(session)

    def output(self, name: str) -> str:
        """Give one output of the stack. Raises UsageError(stage_not_found), also where the stack lacks it."""
        if name not in self.outputs:
            raise UsageError("stage_not_found", f"The stack {self.stack} has no output {name}; deploy it again.")
        return self.outputs[name]

    def client(self, service: str) -> Any:
        """Give the client of an AWS service. Raises UsageError(stage_not_found) where none can be made."""
        from botocore.exceptions import BotoCoreError  # noqa: PLC0415

        try:
            return self.services.client(service)
        except BotoCoreError as error:
            raise _not_found(self.stack, type(error).__name__) from None

    @cached_property
    def outputs(self) -> Mapping[str, str]:
        """What the stack says of itself. Raises UsageError(stage_not_found)."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        from ledgerpost.adapters.aws_errors import name_of  # noqa: PLC0415

        try:
            [found] = self.client("cloudformation").describe_stacks(StackName=self.stack)["Stacks"]
        except (BotoCoreError, ClientError) as error:
            raise _not_found(self.stack, name_of(error)) from None
        return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", ())}

    @cached_property
    def is_emulated(self) -> bool:
        """Whether the stage runs on an emulator on this machine: only such a one may reach ledgers on this machine."""
        return urlsplit(self.client("cloudformation").meta.endpoint_url).hostname in LOOPBACK

    @cached_property
    def configurations(self) -> ConfigurationStore:
        """The configurations that were applied."""
        from ledgerpost.adapters.dynamodb.configurations import DynamoConfigurationStore  # noqa: PLC0415
        from ledgerpost.wire.stored_configuration import from_items, to_items  # noqa: PLC0415

        table = self.output("RoutesTableName")
        return DynamoConfigurationStore(self.client("dynamodb"), table, from_items=from_items, to_items=to_items)

    @cached_property
    def changes(self) -> ChangeLog:
        """The change log, beside the configurations."""
        from ledgerpost.adapters.dynamodb.change_log import DynamoChangeLog  # noqa: PLC0415

        return DynamoChangeLog(self.client("dynamodb"), self.output("RoutesTableName"))

    def doing(self, by: str | None, reason: str = "") -> Doing:
        """Give who acts here. Whoever may write to the stage's tables is an admin of it."""
        person = Person(by or self.caller(), Role.ADMIN)
        return Doing(person=person, ports=ActPorts(self.changes, self.services.clock()), reason=reason)

    @cached_property
    def vault(self) -> SecretVault:
        """Where secrets are written."""
        from ledgerpost.adapters.secret_writer import SecretsManagerVault  # noqa: PLC0415

        return SecretsManagerVault(self.client("secretsmanager"))

    @cached_property
    def secrets(self) -> Secrets:
        """The secrets as the stage's functions read them."""
        from ledgerpost.adapters.secrets import SecretsManagerSecrets  # noqa: PLC0415

        return SecretsManagerSecrets(self.client("secretsmanager"), self.services.clock())

    def targets(self, secrets: Secrets) -> LedgerTargets:
        """Give the ledgers behind the connections, with nothing kept from before."""
        from ledgerpost.connectors.registry import ConnectorTargets  # noqa: PLC0415

        clock = self.services.clock()
        return ConnectorTargets(secrets, clock, allow_loopback=self.is_emulated, budget=MemoryRequestBudget(clock))

    def apply_ports(self) -> ApplyPorts:
        """Give what applying needs."""
        from ledgerpost.wire.stored_configuration import to_items  # noqa: PLC0415

        return ApplyPorts(
            configurations=self.configurations,
            deliveries=self.services.deliveries(self.output("DeliveriesTableName")),
            clock=self.services.clock(),
            plain=to_items,
        )

    def caller(self) -> str:
        """Give the ARN of whoever is signed in. Raises UsageError(stage_not_found)."""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        from ledgerpost.adapters.aws_errors import name_of  # noqa: PLC0415

        try:
            return str(self.client("sts").get_caller_identity()["Arn"])
        except (BotoCoreError, ClientError) as error:
            raise UsageError("stage_not_found", f"Nobody is signed in: {name_of(error)}.") from None

    def secret_name(self, tenant: TenantId, connection: ConnectionId) -> str:
        """Give the name of a connection's secret."""
        return secret_name(self.name, tenant, connection)

    def secret_of(self, tenant: TenantId, connection: ConnectionId) -> SecretReference | None:
        """Give the reference of a connection's secret; None where the stage has none."""
        kept = self.vault.find(self.secret_name(tenant, connection))
        return kept.reference if kept else None


def _not_found(stack: str, why: str) -> UsageError:
    return UsageError("stage_not_found", f"The stack {stack} cannot be read: {why}.")
