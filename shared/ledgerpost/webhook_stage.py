"""The webhook's function on a stage: its keys, the bus, the log of changes. Built once per container, on first use."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from ledgerpost.adapters.dynamodb import DynamoChangeLog
from ledgerpost.adapters.event_bus import EventBridgeBus
from ledgerpost.adapters.webhook_keys import SecretsManagerWebhookKeys
from ledgerpost.app.change_log import ActPorts
from ledgerpost.app.webhook import WebhookPorts
from ledgerpost.observability import Log
from ledgerpost.settings import WebhookSettings
from ledgerpost.wire.approvals import read_approvals

if TYPE_CHECKING:
    from ledgerpost.aws_services import AwsServices


@dataclass(frozen=True, slots=True)
class WebhookFunction:
    """All that `functions/webhook` works with."""

    log: Log
    ports: WebhookPorts


@cache
def webhook_function() -> WebhookFunction:
    """Give this container's function, from the environment's variables."""
    from ledgerpost.aws_services import AwsServices  # noqa: PLC0415 - loaded where it is used, for the cold start

    return build(os.environ, AwsServices())


def build(environment: Mapping[str, str], services: "AwsServices") -> WebhookFunction:
    """Build the function from its variables and what surrounds it; nothing is called before a request comes."""
    settings = WebhookSettings.from_environment(environment)
    clock = services.clock()
    changes = DynamoChangeLog(services.client("dynamodb"), settings.routes_table)
    return WebhookFunction(
        log=services.log("webhook", settings.log_level),
        ports=WebhookPorts(
            keys=SecretsManagerWebhookKeys(services.client("secretsmanager"), settings.stage, clock),
            bus=EventBridgeBus(services.client("events"), settings.event_bus_name),
            read_approvals=read_approvals,
            acting=ActPorts(changes, clock),
        ),
    )
