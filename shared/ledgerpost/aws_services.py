"""AWS around a function: one session, a client per service on first use. It puts adapters, connectors and wire forms
together, so it stands above them, beside `bootstrap`.
"""

import threading
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, cast

import botocore.session
from botocore.config import Config

from ledgerpost.adapters.clock import SystemClock
from ledgerpost.adapters.dynamodb.deliveries import DynamoDeliveryStore
from ledgerpost.adapters.dynamodb.pauses import DynamoPauseStore
from ledgerpost.adapters.dynamodb.rejections import DynamoRejectionStore
from ledgerpost.adapters.dynamodb.routes import DynamoRouteStore
from ledgerpost.adapters.first_use import MadeOnFirstUse
from ledgerpost.adapters.secrets import SecretsManagerSecrets
from ledgerpost.adapters.sqs import SqsQueue
from ledgerpost.observability import Log
from ledgerpost.ports import Clock, DeliveryJournal, LedgerTargets
from ledgerpost.settings import ActionsSettings

if TYPE_CHECKING:
    from ledgerpost.adapters.dynamodb.listing import DynamoListing
    from ledgerpost.connectors.pennylane.actions.connections import ActionConnections
    from ledgerpost.connectors.registry import ConnectorTargets, TransportFactory
    from ledgerpost.ports_commerce import CommerceStores

CONNECT_TIMEOUT_S = 2
READ_TIMEOUT_S = 5
TRIES_MAX = 3
CONNECTIONS_MAX = 32
"""A call of ours ends within about 20 s, every try included, and a whole batch may call at once."""


class AwsServices:
    """What surrounds a function on a stage (`bootstrap.Services`), and on an emulator of AWS.

    Where it is built nothing is called and no client made: each is built once, on first use. A region and credentials
    come from the environment, as everywhere on AWS; so does AWS_ENDPOINT_URL for an emulator.

    Without a boto3 `session` the clients are botocore's own, the same objects: boto3 brings its resources and
    transfers along, a seventh of a cold start, and no function uses them. `transport_factory` gives another way to the
    ledgers than the project's own transport.
    """

    def __init__(self, session: Any = None, *, transport_factory: "TransportFactory | None" = None) -> None:
        self._create_client = session.client if session else botocore.session.get_session().create_client
        self._transport_factory = transport_factory
        self._clients: dict[str, Any] = {}
        # Building a client is not safe in several threads. Source: boto3 guide, "Multithreading".
        self._building = threading.Lock()

    @cached_property
    def _config(self) -> Config:
        return Config(
            connect_timeout=CONNECT_TIMEOUT_S,
            read_timeout=READ_TIMEOUT_S,
            retries={"mode": "standard", "total_max_attempts": TRIES_MAX},
            max_pool_connections=CONNECTIONS_MAX,
            # A request is checked by the service, and each of ours by the tests of its adapter, whose clients check it
            # too. To check it once more before it is sent is a fifteenth of the work of an entry.
            parameter_validation=False,
        )

    def client(self, service: str) -> Any:
        """Give the client of `service` (`dynamodb`, `sqs`, `secretsmanager`); the same one each time."""
        with self._building:
            if service not in self._clients:
                self._clients[service] = self._create_client(service, config=self._config)
            return self._clients[service]

    def client_on_first_use(self, service: str) -> Any:
        """Give what stands for the client of `service` and makes it at its first call: an invocation that never calls
        it does not wait for it.
        """
        return MadeOnFirstUse(partial(self.client, service))

    def clock(self) -> Clock:
        """Give the machine's clock."""
        return SystemClock()

    def log(self, service: str, level: str) -> Log:
        """Give the log of `service`, as JSON lines on stdout."""
        return Log(service, level)

    def journal(self, log: Log) -> DeliveryJournal:
        """Give the journal: the log itself."""
        return log

    def queue(self, url: str) -> SqsQueue:
        """Give the queue at `url`."""
        return SqsQueue(self.client_on_first_use("sqs"), url)

    def routes(self, table: str) -> DynamoRouteStore:
        """Give the store of routes."""
        from ledgerpost.wire.stored_configuration import from_items, to_items  # noqa: PLC0415 - not every function maps

        return DynamoRouteStore(
            self.client("dynamodb"), table, clock=self.clock(), from_items=from_items, to_items=to_items
        )

    def deliveries(self, table: str) -> DynamoDeliveryStore:
        """Give the store of delivery records."""
        return DynamoDeliveryStore(self.client("dynamodb"), table)

    def backlog(self, table: str) -> DynamoDeliveryStore:
        """Give the count of the delivery records."""
        return self.deliveries(table)

    def rejections(self, table: str) -> DynamoRejectionStore:
        """Give the store of rejections, which lie in the table of the delivery records."""
        return DynamoRejectionStore(self.client("dynamodb"), table)

    def listing(self, table: str) -> "DynamoListing":
        """Give the listing of the delivery records."""
        from ledgerpost.adapters.dynamodb.listing import DynamoListing  # noqa: PLC0415 - what posts lists nothing

        return DynamoListing(self.client("dynamodb"), table, self.clock())

    def pauses(self, table: str) -> DynamoPauseStore:
        """Give the store of pauses, which lie in the table of the delivery records."""
        return DynamoPauseStore(self.client("dynamodb"), table, self.clock())

    def commerce(self, table: str) -> "CommerceStores":
        """Give the stores of companies, their records, days and runs."""
        from ledgerpost.adapters.dynamodb.commerce import DynamoCommerceStore  # noqa: PLC0415 - grouping alone
        from ledgerpost.adapters.dynamodb.commerce_companies import (  # noqa: PLC0415
            DynamoCompanyStore,
            DynamoDayStore,
        )
        from ledgerpost.ports_commerce import CommerceStores  # noqa: PLC0415
        from ledgerpost.wire.company import read_stored_company  # noqa: PLC0415
        from ledgerpost.wire.company_text import company_text  # noqa: PLC0415

        client = self.client("dynamodb")
        days = DynamoDayStore(client, table)
        companies = DynamoCompanyStore(client, table, to_text=company_text, from_text=read_stored_company)
        return CommerceStores(records=DynamoCommerceStore(client, table), companies=companies, days=days, runs=days)

    def targets(self, *, allow_loopback: bool, table: str = "") -> LedgerTargets:
        """Give the ledgers behind the connections; `allow_loopback` for local engines alone. `table` is that of the
        delivery records, where budgets of requests and rotating tokens lie. The connectors, and HTTP with them, are
        loaded with the first entry that is posted.
        """
        connectors = partial(self._connectors, allow_loopback=allow_loopback, table=table)
        return cast("LedgerTargets", MadeOnFirstUse(connectors))

    def actions(self, settings: ActionsSettings) -> "ActionConnections":
        """Give the Pennylane actions of every connection."""
        from ledgerpost.adapters.extract_s3 import S3ExtractFiles  # noqa: PLC0415 - the actions alone need them
        from ledgerpost.connectors.pennylane.actions.connections import ActionConnections  # noqa: PLC0415
        from ledgerpost.connectors.pennylane.calls import FOR_A_FUNCTION  # noqa: PLC0415

        connectors = self._connectors(allow_loopback=settings.allow_loopback, table=settings.deliveries_table)
        files = S3ExtractFiles(self.client("s3"), settings.extracts_bucket, self.clock())
        return ActionConnections(
            self.routes(settings.routes_table),
            connectors,
            files,
            default_tenant=settings.tenant,
            patience=FOR_A_FUNCTION,
        )

    def _connectors(self, *, allow_loopback: bool, table: str) -> "ConnectorTargets":
        from ledgerpost.adapters.dynamodb.budgets import DynamoRequestBudget  # noqa: PLC0415
        from ledgerpost.adapters.dynamodb.customer_claims import DynamoCustomerClaims  # noqa: PLC0415
        from ledgerpost.adapters.dynamodb.token_pairs import DynamoTokenPairs  # noqa: PLC0415
        from ledgerpost.connectors.registry import ConnectorTargets  # noqa: PLC0415 - delivery alone needs HTTP

        secrets = SecretsManagerSecrets(self.client_on_first_use("secretsmanager"), self.clock())
        if not table:
            return ConnectorTargets(secrets, self.clock(), allow_loopback=allow_loopback)
        dynamodb = self.client("dynamodb")
        return ConnectorTargets(
            secrets,
            self.clock(),
            allow_loopback=allow_loopback,
            transport_factory=self._transport_factory,
            budget=DynamoRequestBudget(dynamodb, table, self.clock()),
            token_pairs=DynamoTokenPairs(dynamodb, table),
            customer_claims=DynamoCustomerClaims(dynamodb, table),
        )
