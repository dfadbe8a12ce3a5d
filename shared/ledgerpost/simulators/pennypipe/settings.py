"""What a simulator is started with: accounts, who may post to them, and how the server behaves."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from ledgerpost.simulators.pennypipe.faults import parse_faults
from ledgerpost.simulators.serving.settings import SettingsError, built


class FieldType(StrEnum):
    """The kind of value a custom field takes. Source: reference/pennypipe.md §3.3."""

    TEXT = "text"
    NUMBER = "number"
    DATE = "date"
    BOOLEAN = "boolean"


@dataclass(frozen=True, slots=True)
class FieldDefinition:
    """A custom field of one account. `id` is a GUID and is compared without regard to case."""

    id: str
    name: str
    type: FieldType = FieldType.TEXT
    required: bool = False
    active: bool = True

    def __post_init__(self) -> None:
        if self.type not in tuple(FieldType):
            raise SettingsError(f"field {self.id}: type '{self.type}' is none of {', '.join(FieldType)}")
        object.__setattr__(self, "type", FieldType(self.type))


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """One ledger account, its only currency (ISO 4217), and the OAuth clients it allow-lists."""

    id: str
    name: str
    currency: str
    fields: tuple[FieldDefinition, ...] = ()
    tags: tuple[str, ...] = ()
    oauth_clients: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.id or "/" in self.id:
            raise SettingsError(f"account id {self.id!r} must be text without '/'")

    @staticmethod
    def from_document(document: Mapping[str, Any]) -> "AccountSettings":
        """The account that a JSON object with this class's field names describes. Raises `SettingsError`."""
        return built(
            AccountSettings,
            document,
            fields=tuple(built(FieldDefinition, item) for item in document.get("fields", ())),
            tags=tuple(document.get("tags", ())),
            oauth_clients=tuple(document.get("oauth_clients", ())),
        )


@dataclass(frozen=True, slots=True)
class PersonalAccessToken:
    """A PAT and its rights. `accounts` None means every account of the tenant."""

    token: str = field(repr=False)
    accounts: tuple[str, ...] | None = None
    may_post: bool = True
    is_admin: bool = False


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `requests` calls of one token in any window of `window_s` seconds, counted from its first call."""

    requests: int
    window_s: float

    def __post_init__(self) -> None:
        if self.requests < 1 or self.window_s <= 0:
            raise SettingsError("a rate limit is at least one request in more than zero seconds")

    @staticmethod
    def parse(text: str) -> "RateLimit":
        """The limit written `REQUESTS/SECONDS`, as in `60/10`. Raises `SettingsError`."""
        requests, _, window_s = text.partition("/")
        try:
            return RateLimit(int(requests), float(window_s))
        except ValueError as error:
            raise SettingsError(f"rate limit '{text}' is not REQUESTS/SECONDS, as in '60/10'") from error


@dataclass(frozen=True, slots=True)
class SimulatorSettings:
    """All a simulator needs to start. `clients` maps OAuth client ids to their secrets.

    `upsert` False takes the capability `referenceIdUpsert` away: each post then makes a new entry. `discovery` False
    switches off the OpenID document, so that a client falls back to `/connect/token`. `rate_limit` None is no limit.
    """

    seed: int = 0
    faults: str = ""
    accounts: tuple[AccountSettings, ...] = ()
    upsert: bool = True
    clients: Mapping[str, str] = field(default_factory=dict, repr=False)
    pats: tuple[PersonalAccessToken, ...] = ()
    token_lifetime_s: int = 3600
    rate_limit: RateLimit | None = None
    discovery: bool = True

    def __post_init__(self) -> None:
        parse_faults(self.faults)
        if self.token_lifetime_s < 1:
            raise SettingsError(f"token_lifetime_s is {self.token_lifetime_s}; a token lives at least one second")
        ids = [account.id.lower() for account in self.accounts]
        if len(set(ids)) != len(ids):
            raise SettingsError("two accounts have the same id")

    def to_json(self) -> str:
        """The settings on one line of JSON, secrets included: for a pipe or a private file, never a command line."""
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str | bytes) -> "SimulatorSettings":
        """The settings that `to_json` wrote. Raises `SettingsError`, `FaultSpecError`."""
        document = json.loads(text)
        limit = document.get("rate_limit")
        return built(
            SimulatorSettings,
            document,
            accounts=tuple(AccountSettings.from_document(item) for item in document.get("accounts", ())),
            pats=tuple(_pat(item) for item in document.get("pats", ())),
            rate_limit=built(RateLimit, limit) if limit else None,
        )


def _pat(document: Mapping[str, Any]) -> PersonalAccessToken:
    accounts = document.get("accounts")
    return built(PersonalAccessToken, document, accounts=None if accounts is None else tuple(accounts))
