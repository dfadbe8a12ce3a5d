"""What a connector tells of itself, so that the conformance suite can be run on it.

A new connector adds a case to `CASES` of `cases.py`; every test of this folder then holds for it.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

import httpx

from ledgerpost.domain.entry import LedgerEntry
from ledgerpost.domain.outcome import Retry, TargetClass
from ledgerpost.domain.route import AccountId, Connection


class RunningLedger(Protocol):
    """The connector's simulator, running: the ground on which its class is proved."""

    connection: Connection
    secrets: Mapping[str, str]
    account: AccountId
    currency: str

    def cut_replies(self, rate: float) -> None:
        """From now on apply this share of the posts and then cut the connection; 0 for none."""
        ...

    def effects_of(self, reference: str) -> int:
        """Give how many entries of `reference` the ledger holds."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemCase:
    """A refusal of the connector's contract, and what it has to come to."""

    status: int
    document: Any
    code: str
    retry: Retry | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorCase:
    """One connector.

    `answer_all` is a ledger that takes everything: token requests, questions of ability, posts and look-ups.
    `is_write` tells the posting request from the others. `ledgers` gives one running ledger per class the connector
    may find itself in.
    """

    name: str
    connection: Connection
    oauth_connection: Connection
    account: AccountId
    entry: LedgerEntry
    answer_all: Callable[[httpx.Request], httpx.Response]
    is_write: Callable[[httpx.Request], bool]
    is_token_request: Callable[[httpx.Request], bool]
    problems: tuple[ProblemCase, ...]
    ledgers: Mapping[TargetClass, Callable[[], AbstractContextManager[RunningLedger]]] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.name
