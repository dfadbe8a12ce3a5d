"""Routes: which approvals go to which account of which ledger, and by which rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, NewType
from zoneinfo import ZoneInfo

from ledgerpost.domain.event import ApprovalEvent, EventKind, StreamType, TenantId
from ledgerpost.domain.note import NoteTemplate

if TYPE_CHECKING:
    from ledgerpost.domain.collection import DocumentMapping  # few routes have one

ConnectionId = NewType("ConnectionId", str)
RouteId = NewType("RouteId", str)
AccountId = NewType("AccountId", str)
SecretReference = NewType("SecretReference", str)
"""Where a secret lies (`secretsmanager:<arn>` or `env:<NAME>`), never the secret."""


class EntryType(StrEnum):
    """The side of a ledger entry."""

    CREDIT = "credit"
    DEBIT = "debit"

    @property
    def flipped(self) -> "EntryType":
        """The other side, for a reversal."""
        return EntryType.DEBIT if self is EntryType.CREDIT else EntryType.CREDIT


@dataclass(frozen=True, slots=True)
class PatAuth:
    """A personal access token or an API key, sent as the ledger wants it: as a rule as a bearer token."""

    token: SecretReference


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthAuth:
    """OAuth 2.0 client credentials. Source: RFC 6749, section 4.4."""

    identity_authority: str
    client_id: str
    client_secret: SecretReference
    scopes: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthPasswordAuth(OAuthAuth):
    """OAuth 2.0 with a user's password, for an authority without client credentials. Source: RFC 6749, section 4.3.

    `client_secret` refers to the connection's one secret, JSON text with `clientSecret` and `password`.
    """

    user_name: str


def with_user(client: OAuthAuth, user_name: str) -> OAuthPasswordAuth:
    """Give the client as one that signs in as a user."""
    return OAuthPasswordAuth(
        identity_authority=client.identity_authority,
        client_id=client.client_id,
        client_secret=client.client_secret,
        scopes=client.scopes,
        user_name=user_name,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """A way into one ledger: its address and how to be let in. `options` are the target's own settings.

    `credentials_expire_on` is the last day that the token or client secret works, where people know of one.
    """

    id: ConnectionId
    label: str
    target: str
    base_url: str
    auth: PatAuth | OAuthAuth
    options: Mapping[str, str] = field(default_factory=dict)
    credentials_expire_on: date | None = None

    def credentials_days_left(self, today: date) -> int | None:
        """Give the days until the credentials end, negative after that; None where no end is known."""
        return None if self.credentials_expire_on is None else (self.credentials_expire_on - today).days


@dataclass(frozen=True, slots=True)
class CustomFieldMap:
    """One ledger field filled from one property of the entity."""

    field_definition_id: str
    source_property: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How one kind of transaction becomes an entry. Source: seed 000, "What each mapping field means"."""

    enabled: bool
    entry_type: EntryType
    tag_names: tuple[str, ...] = ()
    create_missing_tags: bool = False
    reference_source: str = "Id"
    note_template: NoteTemplate | None = None
    custom_fields: tuple[CustomFieldMap, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One business flow into one account. `revision` grows by one whenever the route's content changes.

    `collection` maps the transactions of its kind; the rules map those of the other kinds.
    """

    id: RouteId
    connection: ConnectionId
    stream: StreamType
    account: AccountId
    enabled: bool
    time_zone: ZoneInfo
    rules: Mapping[EventKind, Rule]
    revision: int = 1
    collection: "DocumentMapping | None" = None

    def collection_for(self, kind: EventKind) -> "DocumentMapping | None":
        """Give the collection that maps transactions of `kind`; None where rules do."""
        return self.collection if self.collection is not None and self.collection.kind is kind else None

    def verdict_on(self, kind: EventKind) -> str | None:
        """Give None where the route takes transactions of `kind`, else the code that says why not."""
        if self.stream is not kind.stream:
            return "no_matching_route"
        if not self.enabled:
            return "route_disabled"
        if kind is EventKind.COMMERCE_DOCUMENT:
            return None  # no rule maps it: the company's configuration did
        if self.collection_for(kind) is not None:
            return None
        rule = self.rules.get(kind)
        return None if rule is not None and rule.enabled else "rule_disabled"


Place = tuple[ConnectionId, AccountId]
"""One account behind one connection."""


def addressed_place(event: ApprovalEvent) -> Place | None:
    """Give the account that a document of a close is for; None for other approvals, which are for every route."""
    if event.kind is not EventKind.COMMERCE_DOCUMENT:
        return None
    connection, account = (event.entity.get(name) for name in ("Connection", "Account"))
    return ConnectionId(str(connection)), AccountId(str(account))


def is_addressed(event: ApprovalEvent, route: Route) -> bool:
    """Say whether an approval is for the route's account, as a document of a close is for one alone."""
    return addressed_place(event) in (None, (route.connection, route.account))


@dataclass(frozen=True, slots=True)
class TenantConfiguration:
    """All connections and routes of one tenant."""

    tenant: TenantId
    connections: Mapping[ConnectionId, Connection]
    routes: Mapping[RouteId, Route]
    _takers: dict[EventKind, Mapping[Place | None, tuple[Route, ...]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def routes_for(self, event: ApprovalEvent) -> tuple[Route, ...]:
        """Give the routes that take `event`, in the order of their ids.

        They are found once for each kind: a tenant may have ten thousand routes, and each event asks.
        """
        takers = self._takers.get(event.kind)
        if takers is None:
            takers = self._takers[event.kind] = self._takers_of(event.kind)
        return takers.get(addressed_place(event), ())

    def _takers_of(self, kind: EventKind) -> Mapping[Place | None, tuple[Route, ...]]:
        """Give the routes of a kind; those of a close's documents by the account that each document is for."""
        found: dict[Place | None, list[Route]] = {}
        for route in sorted(self.routes.values(), key=lambda route: route.id):
            if route.verdict_on(kind) is None:
                place = (route.connection, route.account) if kind is EventKind.COMMERCE_DOCUMENT else None
                found.setdefault(place, []).append(route)
        return {place: tuple(routes) for place, routes in found.items()}

    def why_not_taken(self, event: ApprovalEvent) -> str:
        """Give the code that says why no route takes `event`, the reason nearest to a delivery first."""
        verdicts = {route.verdict_on(event.kind) for route in self.routes.values()}
        return next((code for code in ("rule_disabled", "route_disabled") if code in verdicts), "no_matching_route")

    def connection_of(self, route: Route) -> Connection:
        """Give the connection that `route` posts through; the configuration check made sure that it is there."""
        return self.connections[route.connection]


@dataclass(frozen=True, slots=True, kw_only=True)
class AppliedConfiguration:
    """A tenant's configuration with its application: the how-manieth it is (from 1), by whom and when.

    `retired` holds the last revision of each route that was removed: a route of that name that comes again goes on from
    there, since records of the earlier one may be of that revision.
    """

    configuration: TenantConfiguration
    revision: int
    by: str
    at: datetime
    retired: Mapping[RouteId, int] = field(default_factory=dict)
