"""The console of a stage, put together once per container: its tables, queues, secrets, and the claims of a token."""

import os
import time
from collections.abc import Mapping
from functools import cache, partial

import httpx

from ledgerpost.adapters.announcer import QueueAnnouncer
from ledgerpost.adapters.checkpoints import DynamoCheckpoints
from ledgerpost.adapters.column_maps import DynamoColumnMaps
from ledgerpost.adapters.dynamodb import DynamoChangeLog, DynamoDeliveryLookup, DynamoListing
from ledgerpost.adapters.dynamodb.budgets import DynamoRequestBudget
from ledgerpost.adapters.dynamodb.configurations import DynamoConfigurationStore
from ledgerpost.adapters.dynamodb.token_pairs import DynamoTokenPairs
from ledgerpost.adapters.event_bus import EventBridgeBus
from ledgerpost.adapters.formulas import RuleEngineFormulas
from ledgerpost.adapters.queue_depth import SqsDepth
from ledgerpost.adapters.secret_writer import SecretsManagerVault
from ledgerpost.adapters.secrets import SecretsManagerSecrets
from ledgerpost.app.backfill import BackfillPorts
from ledgerpost.app.browse import BrowsePorts
from ledgerpost.app.close_day import ClosePorts
from ledgerpost.app.operate import OperatePorts
from ledgerpost.app.stage_secrets import secret_name
from ledgerpost.aws_services import AwsServices
from ledgerpost.connectors.http import HttpLimits, HttpSender
from ledgerpost.connectors.registry import ConnectorTargets
from ledgerpost.connectors.transport import SocketTransport
from ledgerpost.console.caller import caller_of_claims
from ledgerpost.console.host import Console
from ledgerpost.console.login.front import Front
from ledgerpost.console.login.provider import LIMITS, HostedLogin
from ledgerpost.console.login.tokens import IdTokens, SigningKeys
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.observability import Log
from ledgerpost.settings import ConsoleSettings, GroupingSettings, LoginSettings
from ledgerpost.wire.commerce_document import event_for
from ledgerpost.wire.message import wake_up_for
from ledgerpost.wire.stored_configuration import from_items, to_items

LEDGER_LIMITS = HttpLimits(connect_s=3.0, read_s=8.0, total_s=10.0)
"""A page asks a ledger once or twice, for a token before, and is cut off after 29 s; a delivery has its own limits."""


@cache
def stage_console() -> Front:
    """Give the console of this Lambda environment. Raises ValueError for an environment that lacks a variable."""
    return front_of(os.environ, AwsServices(), SocketTransport())


def front_of(environment: Mapping[str, str], services: AwsServices, transport: httpx.BaseTransport) -> Front:
    """Give the console that `environment` asks for, with its sign-in; `transport` is what the user pool is asked over.
    Nothing is called until a page is.
    """
    settings = LoginSettings.from_environment(environment)
    login = HostedLogin(
        issuer=settings.login_issuer,
        client_id=settings.login_client_id,
        url=settings.login_url,
        origin=settings.console_origin,
        sender=HttpSender(transport, LIMITS),
    )
    keys = SigningKeys(login.key_set, services.clock())
    tokens = IdTokens(issuer=settings.login_issuer, client_id=settings.login_client_id, keys=keys)
    console_settings = ConsoleSettings.from_environment(environment)
    log = services.log("console", console_settings.log_level)
    console = _console(console_settings, services, log, _commerce_table(environment))
    return Front(console, login, tokens, log)


def console_of(environment: Mapping[str, str], services: AwsServices) -> Console:
    """Give the console behind the sign-in; nothing is called until a page is."""
    settings = ConsoleSettings.from_environment(environment)
    return _console(settings, services, services.log("console", settings.log_level), _commerce_table(environment))


def _commerce_table(environment: Mapping[str, str]) -> str:
    return GroupingSettings.from_environment(environment).commerce_table


def _console(settings: ConsoleSettings, services: AwsServices, log: Log, commerce_table: str) -> Console:
    return Console(_ports(settings, services, log, commerce_table), caller_of_claims, log, signs_in=True)


def _ports(settings: ConsoleSettings, services: AwsServices, log: Log, commerce_table: str) -> ConsolePorts:
    dynamodb, secretsmanager, clock = services.client("dynamodb"), services.client("secretsmanager"), services.clock()
    changes = DynamoChangeLog(dynamodb, settings.routes_table)
    deliveries = services.deliveries(settings.deliveries_table)
    listing = DynamoListing(dynamodb, settings.listing_table, clock)
    return ConsolePorts(
        place=settings.stage,
        configurations=DynamoConfigurationStore(
            dynamodb, settings.routes_table, from_items=from_items, to_items=to_items
        ),
        listing=deliveries,
        operate=OperatePorts(
            wake_up_for=wake_up_for,
            records=deliveries,
            rejections=services.rejections(settings.deliveries_table),
            approvals=services.queue(settings.intake_queue_url),
            deliveries=services.queue(settings.delivery_queue_url),
            clock=clock,
            notices=log,
        ),
        pauses=services.pauses(settings.deliveries_table),
        secrets=SecretsManagerSecrets(secretsmanager, clock),
        vault=SecretsManagerVault(secretsmanager),
        secret_name=partial(secret_name, settings.stage),
        targets=lambda secrets: ConnectorTargets(
            secrets,
            clock,
            limits=LEDGER_LIMITS,
            # As delivering has them: a test takes from the same budget, and rotates the same pair of tokens.
            budget=DynamoRequestBudget(dynamodb, settings.deliveries_table, clock),
            token_pairs=DynamoTokenPairs(dynamodb, settings.deliveries_table),
        ),
        plain=to_items,
        changes=changes,
        browse=BrowsePorts(records=DynamoDeliveryLookup(dynamodb, settings.deliveries_table), listing=listing),
        formulas=RuleEngineFormulas(),
        grouping=_grouping(settings, services, commerce_table) if commerce_table else None,
        uploads=_uploads(settings, services),
        column_maps=DynamoColumnMaps(dynamodb, settings.routes_table),
    )


def _uploads(settings: ConsoleSettings, services: AwsServices) -> BackfillPorts:
    """Give what sending a file's approvals needs."""
    return BackfillPorts(
        bus=EventBridgeBus(services.client("events"), settings.event_bus_name),
        checkpoints=DynamoCheckpoints(services.client("dynamodb"), settings.routes_table),
        depth=SqsDepth(services.client("sqs"), (settings.intake_queue_url, settings.delivery_queue_url)),
        clock=services.clock(),
        pause=time.sleep,
    )


def _grouping(settings: ConsoleSettings, services: AwsServices, table: str) -> ClosePorts:
    """Give what companies and their days need: the stage's own records, and intake for the documents."""
    stores = services.commerce(table)
    return ClosePorts.over(
        stores,
        announcer=QueueAnnouncer(services.queue(settings.intake_queue_url)),
        event_for=event_for,
        clock=services.clock(),
    )
