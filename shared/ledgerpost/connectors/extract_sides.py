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
from ledgerpost.connectors.pennylane.rotating import RotatingGrant, RotatingTokens
from ledgerpost.connectors.tokens import TokenSource, personal_access_token
from ledgerpost.connectors.transport import SocketTransport
from ledgerpost.domain.extract.configuration import Consent, ExtractConfiguration
from ledgerpost.errors import ConfigurationError, Problem
from ledgerpost.ports import Clock, RequestBudget, Secrets, TokenPairs


@dataclass(frozen=True, slots=True, kw_only=True)
class SideParts:
    """What the sides are built from. `transport_of` gives the way to a base URL; `budget` is shared by every worker of
    the source's token, and so are `pairs`, None where no consent can be used.
    """

    secrets: Secrets
    clock: Clock
    budget: RequestBudget
    transport_of: Callable[[str], httpx.BaseTransport]
    pairs: TokenPairs | None = None
    pause: Callable[[float], None] = time.sleep
    draw: Callable[[], float] = field(default=random.random)


def loopback_or_public(*, allow_loopback: bool) -> Callable[[str], httpx.BaseTransport]:
    """Give the way to any base URL, over the project's own transport; loopback for local runs alone."""
    return lambda _: SocketTransport(allow_loopback=allow_loopback)


def source_of(configuration: ExtractConfiguration, parts: SideParts) -> ExtractSource:
    """Give the source. Raises ConfigurationError for a consent where token pairs cannot be stored."""
    side = configuration.source
    sender = HttpSender(parts.transport_of(side.base_url))
    tokens = _tokens_of(configuration, sender, parts)
    pace = Pace(parts.budget, f"{configuration.id}/source")
    patience = Patience(pause=parts.pause, draw=parts.draw)
    calls = PennylaneCalls(side.base_url, AuthorizedSender(sender, tokens), pace, parts.clock, patience)
    return PennylaneExtract(calls)


def _tokens_of(configuration: ExtractConfiguration, sender: HttpSender, parts: SideParts) -> TokenSource:
    auth = configuration.source.auth
    if not isinstance(auth, Consent):
        return personal_access_token(auth, parts.secrets, parts.clock)
    if parts.pairs is None:
        message = "A consent needs a place that keeps its tokens, and there is none here."
        mend = "Name a state folder, or use an API token: a refreshed pair that is not kept locks the company out."
        raise ConfigurationError([Problem("source.oauth", message, mend, "config_wrong_value")])
    grant = RotatingGrant(auth=auth.auth, first_refresh_token=auth.refresh_token, key=f"{configuration.id}/source")
    return RotatingTokens(grant, parts.pairs, sender, parts.secrets, parts.clock, pause=parts.pause)


def target_of(configuration: ExtractConfiguration, parts: SideParts) -> RowTarget:
    """Give the target. Raises ConfigurationError for options that it does not have."""
    side = configuration.target
    options = options_from(side.options, "target")
    assert not isinstance(side.auth, Consent), "the document has no consent for a target"
    sender = HttpSender(parts.transport_of(side.base_url))
    return fincome_target(side.base_url, side.auth, options, sender=sender, secrets=parts.secrets, clock=parts.clock)
