"""Connections: the ways into the ledgers, as the guide's step 2 has them. A secret is never part of a view."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from ledgerpost.app.stage_secrets import Refusal
from ledgerpost.connectors.pennypipe.problems import advice_on
from ledgerpost.console.editing import applied_or_empty
from ledgerpost.console.ledgers import auth_type_of, plain_options
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.outcome import AccountAbility, NotApplied, TargetClass, Unknown
from ledgerpost.domain.pause import Pause
from ledgerpost.domain.route import AccountId, Connection, OAuthAuth, OAuthPasswordAuth, Route
from ledgerpost.errors import UsageError, describe


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionView:
    """One connection. `days_left` is None where no end of its credentials is known."""

    id: str
    label: str
    target: str
    base_url: str
    auth_type: str
    identity_authority: str
    client_id: str
    scopes: str
    user_name: str
    options: Mapping[str, str]
    credentials_expire_on: str
    days_left: int | None
    routes: tuple[Route, ...]
    pauses: tuple[Pause, ...]

    @property
    def accounts(self) -> tuple[AccountId, ...]:
        """The accounts that routes post to through it."""
        return tuple(sorted({route.account for route in self.routes}))

    @property
    def settings(self) -> tuple[tuple[str, str], ...]:
        """What is set, for whom it is not to change; the secret is not part of it."""
        oauth = (
            ("Identity Authority", self.identity_authority),
            ("Client ID", self.client_id),
            ("Scopes", self.scopes),
        )
        return (
            ("Target", self.target),
            ("API Base URL", self.base_url),
            ("Auth Type", self.auth_type),
            *(oauth if self.auth_type != "PAT" else ()),
            *((("User", self.user_name),) if self.user_name else ()),
            *self.options.items(),
            ("Credentials end on", self.credentials_expire_on),
        )


@dataclass(frozen=True, slots=True)
class Connections:
    """The page of all connections, and the revision that it shows."""

    connections: tuple[ConnectionView, ...]
    revision: int


@dataclass(frozen=True, slots=True)
class AccountTest:
    """What the ledger said of one account: a sentence, and what to check where it is out of reach."""

    account: str
    reached: bool
    finding: str
    code: str | None = None
    advice: tuple[str, ...] = ()


def connections(tenant: TenantId, ports: ConsolePorts) -> Connections:
    """Give all connections of the tenant."""
    configuration, revision = applied_or_empty(ports, tenant)
    pauses = ports.pauses.pauses(tenant, fresh=True)
    today = ports.clock.now().date()
    routes = tuple(configuration.routes.values())
    views = (_view(each, routes, pauses, today) for each in configuration.connections.values())
    return Connections(tuple(sorted(views, key=lambda view: view.label.casefold())), revision)


def connection_called(tenant: TenantId, id_: str, ports: ConsolePorts) -> tuple[ConnectionView, int]:
    """Give one connection and the revision it is of. Raises UsageError(page_not_found)."""
    page = connections(tenant, ports)
    for view in page.connections:
        if view.id == id_:
            return view, page.revision
    raise UsageError("page_not_found", f"There is no connection {id_!r}.")


def account_tests(
    answers: Sequence[tuple[AccountId, AccountAbility | NotApplied | Unknown]],
) -> tuple[AccountTest, ...]:
    """Give what the ledger's answers mean to a person."""
    return tuple(_account_test(account, answer) for account, answer in answers)


def refusal_sentence(refusals: Sequence[Refusal]) -> str:
    """Say in one sentence what the ledger refuses."""
    return " ".join(f"{account}: {describe(answer.code).cause}" for account, answer in refusals)


def _account_test(account: AccountId, answer: AccountAbility | NotApplied | Unknown) -> AccountTest:
    if isinstance(answer, AccountAbility):
        careful = (
            "" if answer.target_class is TargetClass.UPSERT else "; it has no upsert, so each post is looked up first"
        )
        return AccountTest(
            account, True, f"Reached; kept in {answer.currency or 'a currency it does not tell'}{careful}."
        )
    status = f" (the ledger answered {answer.status})" if answer.status else ""
    advice = advice_on(answer.code) or (describe(answer.code).fix,)
    return AccountTest(account, False, f"{describe(answer.code).cause}{status}", answer.code, advice)


def _view(connection: Connection, routes: Sequence[Route], pauses: Sequence[Pause], today: date) -> ConnectionView:
    auth = connection.auth
    return ConnectionView(
        id=connection.id,
        label=connection.label,
        target=connection.target,
        base_url=connection.base_url,
        auth_type=auth_type_of(connection),
        identity_authority=auth.identity_authority if isinstance(auth, OAuthAuth) else "",
        client_id=auth.client_id if isinstance(auth, OAuthAuth) else "",
        scopes=auth.scopes if isinstance(auth, OAuthAuth) else "",
        user_name=auth.user_name if isinstance(auth, OAuthPasswordAuth) else "",
        options=plain_options(connection),
        credentials_expire_on=connection.credentials_expire_on.isoformat() if connection.credentials_expire_on else "",
        days_left=connection.credentials_days_left(today),
        routes=tuple(route for route in routes if route.connection == connection.id),
        pauses=tuple(pause for pause in pauses if pause.connection == connection.id),
    )
