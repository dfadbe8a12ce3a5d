"""The two sides of an extract, built from its configuration: where the rows come from, and where they go."""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from ledgerpost.app.extract.ports import ExtractSource, RowTarget
from ledgerpost.connectors.authorized import AuthorizedSender
from ledgerpost.connectors.fincome import fincome_target, options_from
from ledgerpost.connectors.http import HttpSender
from ledgerpost.connectors.pennylane.calls import Pace, Patience, PennylaneCalls
from ledgerpost.connectors.pennylane.extract import PennylaneExtract
from ledgerpost.connectors.tokens import personal_access_token
from ledgerpost.connectors.transport import SocketTransport
from ledgerpost.domain.extract.configuration import ExtractConfiguration
from ledgerpost.ports import Clock, RequestBudget, Secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class SideParts:
    """What the sides are built from. `transport_of` gives the way to a base URL; `budget` is shared by every worker of
    the source's token.
    """

    secrets: Secrets
    clock: Clock
    budget: RequestBudget
    transport_of: Callable[[str], httpx.BaseTransport]
    pause: Callable[[float], None] = time.sleep
    draw: Callable[[], float] = field(default=random.random)


def loopback_or_public(*, allow_loopback: bool) -> Callable[[str], httpx.BaseTransport]:
    """Give the way to any base URL, over the project's own transport; loopback for local runs alone."""
    return lambda _: SocketTransport(allow_loopback=allow_loopback)


def source_of(configuration: ExtractConfiguration, parts: SideParts) -> ExtractSource:
    """Give the source."""
    side = configuration.source
    sender = HttpSender(parts.transport_of(side.base_url))
    tokens = personal_access_token(side.token, parts.secrets, parts.clock)
    pace = Pace(parts.budget, f"{configuration.tenant}/{side.token}")
    patience = Patience(pause=parts.pause, draw=parts.draw)
    calls = PennylaneCalls(side.base_url, AuthorizedSender(sender, tokens), pace, parts.clock, patience)
    return PennylaneExtract(calls)


def target_of(configuration: ExtractConfiguration, parts: SideParts) -> RowTarget:
    """Give the target. Raises ConfigurationError for options that it does not have."""
    side = configuration.target
    options = options_from(side.options, "target")
    sender = HttpSender(parts.transport_of(side.base_url))
    return fincome_target(side.base_url, side.token, options, sender=sender, secrets=parts.secrets, clock=parts.clock)
