"""AWS around `functions/extract` (`bootstrap_extract.ExtractServices`)."""

from typing import Any

from ledgerpost.adapters.dynamodb.budgets import DynamoRequestBudget
from ledgerpost.adapters.dynamodb.extracts import DynamoExtractStore
from ledgerpost.adapters.dynamodb.token_pairs import DynamoTokenPairs
from ledgerpost.adapters.secrets import SecretsManagerSecrets
from ledgerpost.aws_services import AwsServices
from ledgerpost.connectors.extract_sides import SideParts, loopback_or_public
from ledgerpost.observability import Log
from ledgerpost.ports import Clock


class AwsExtractServices:
    """The same clients as the other functions have; the state lies in the table of the delivery records."""

    def __init__(self, session: Any = None) -> None:
        self._services = AwsServices(session)

    def clock(self) -> Clock:
        """Give the machine's clock."""
        return self._services.clock()

    def log(self, service: str, level: str) -> Log:
        """Give the log of `service`."""
        return self._services.log(service, level)

    def extract_store(self, table: str) -> DynamoExtractStore:
        """Give the store of checkpoints and marks."""
        return DynamoExtractStore(self._services.client("dynamodb"), table)

    def extract_parts(self, table: str, *, allow_loopback: bool) -> SideParts:
        """Give what the sides are built from; the budget of the source's token is shared by all containers."""
        clock = self.clock()
        return SideParts(
            secrets=SecretsManagerSecrets(self._services.client("secretsmanager"), clock),
            clock=clock,
            budget=DynamoRequestBudget(self._services.client("dynamodb"), table, clock),
            pairs=DynamoTokenPairs(self._services.client("dynamodb"), table),
            transport_of=loopback_or_public(allow_loopback=allow_loopback),
        )
