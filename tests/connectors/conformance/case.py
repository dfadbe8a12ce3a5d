"""What a connector tells of itself, so that the conformance suite can be run on it.

A new connector adds a case to `CASES` of `cases.py`; every test of this folder then holds for it.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx

from ledgerpost.domain.document import Postable
from ledgerpost.domain.outcome import Retry, TargetClass
from ledgerpost.domain.route import AccountId, Connection
from ledgerpost.simulators.serving.process import SimulatorChild


class RunningLedger(Protocol):
    """The connector's simulator, running: the ground on which its class is proved.

    `currency` is that of what is posted, `stated_currency` the one that the account itself states, if it does.
    """

    connection: Connection
    secrets: Mapping[str, str]
    account: AccountId
    currency: str
    stated_currency: str | None

    def cut_replies(self, rate: float) -> None:
        """From now on apply this share of the posts and then cut the connection; 0 for none."""
        ...

    def effects_of(self, reference: str) -> int:
        """Give how many entries of `reference` the ledger holds."""
        ...


@dataclass(kw_only=True)
class RunningSimulator:
    """A running ledger that is one of our simulators; `reference_property` names the reference in its books."""

    simulator: SimulatorChild
    connection: Connection
    secrets: Mapping[str, str]
    account: AccountId
    currency: str
    stated_currency: str | None
    reference_property: str

    def cut_replies(self, rate: float) -> None:
        self.simulator.set_faults(f"cut={rate}" if rate else "")

    def effects_of(self, reference: str) -> int:
        return sum(entry[self.reference_property] == reference for entry in self.simulator.entries())


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemCase:
    """A refusal of the connector's contract, and what it has to come to."""

    status: int
    document: Any
    code: str
    retry: Retry | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorCase:
    """One connector, or one more way into it, whose `name` is the connector's, a slash and its own.

    `oauth_connection` is None for a ledger that takes no OAuth client. `entry` is what the connector posts, an entry or
    a document, and `posting` makes another one of it, by reference and currency. `credentials` gives what the header
    Authorization says of a token or key, `secret_text` how the connection's secret is written of a client secret.

    `answer_all` is a ledger that takes everything: token requests, questions of ability, posts and look-ups.
    `is_write` tells the posting request from the others. `ledgers` gives one running ledger per class the connector
    may find itself in. `refuses_doubles` says of a ledger that is searched that it also refuses a second one itself.
    """

    name: str
    connection: Connection
    account: AccountId
    entry: Postable
    posting: Callable[[str, str], Postable]
    answer_all: Callable[[httpx.Request], httpx.Response]
    is_write: Callable[[httpx.Request], bool]
    is_token_request: Callable[[httpx.Request], bool]
    problems: tuple[ProblemCase, ...]
    oauth_connection: Connection | None = None
    credentials: Callable[[str], str] = "Bearer {}".format
    secret_text: Callable[[str], str] = str
    refuses_doubles: bool = False
    ledgers: Mapping[TargetClass, Callable[[], AbstractContextManager[RunningLedger]]] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name
