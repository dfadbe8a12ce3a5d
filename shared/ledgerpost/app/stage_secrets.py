"""The secrets of a stage: one per connection, replaced only by one that the ledger has taken.

Two versions live side by side: the one in use, and the one before it. A container goes on with the old one for up to
ten minutes (five in the store of secrets, five in the connector), and reads anew at once where the ledger answers 401;
so nothing stops, whether the old one is revoked at once or later.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from ledgerpost.domain.event import TenantId
from ledgerpost.domain.outcome import AccountAbility, NotApplied, Unknown
from ledgerpost.domain.route import (
    AccountId,
    Connection,
    ConnectionId,
    PatAuth,
    SecretReference,
    TenantConfiguration,
)
from ledgerpost.errors import ConfigurationError, Problem, SecretError, describe
from ledgerpost.ports import LedgerTarget, Secrets
from ledgerpost.ports_setup import KeptSecret, SecretVault

ENVIRONMENT = "env:"
REFRESH_TOKEN = "refreshToken"  # noqa: S105 - the name of an option
"""The option of a connection that says where its first refresh token lies: a second secret beside the client's."""

Refusal = tuple[AccountId, NotApplied | Unknown]


class Put(StrEnum):
    """What came of putting a secret."""

    CREATED = "created"
    ROTATED = "rotated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class PutSecret:
    """A secret that is in use now, and for how many accounts the ledger let it in before."""

    put: Put
    reference: SecretReference
    accounts_tested: int


def secret_name(stage: str, tenant: TenantId, connection: ConnectionId) -> str:
    """Give the name under which a connection's secret lies; the delivery function may read those of its stage."""
    return f"ledgerpost/{stage}/{tenant}/{connection}"


def secret_reference(connection: Connection) -> SecretReference:
    """Give where the connection's one secret lies."""
    return connection.auth.token if isinstance(connection.auth, PatAuth) else connection.auth.client_secret


def refresh_token_holder(connection: ConnectionId) -> ConnectionId:
    """Give the id that a connection's first refresh token lies under; no connection can have such a one."""
    return ConnectionId(f"{connection}/{REFRESH_TOKEN}")


def secrets_of(connection: Connection) -> dict[ConnectionId, SecretReference]:
    """Give where the connection's secrets lie, by the ids that they are kept under: its own, and that of a first
    refresh token where it has one.
    """
    found = {connection.id: secret_reference(connection)}
    if REFRESH_TOKEN in connection.options:
        found[refresh_token_holder(connection.id)] = SecretReference(connection.options[REFRESH_TOKEN])
    return found


def with_secret(connection: Connection, reference: SecretReference, holder: ConnectionId | None = None) -> Connection:
    """Give the connection with its secret elsewhere, or that of `holder`, one of `secrets_of`."""
    if holder is not None and holder != connection.id:
        return replace(connection, options={**connection.options, REFRESH_TOKEN: str(reference)})
    if isinstance(connection.auth, PatAuth):
        return replace(connection, auth=replace(connection.auth, token=reference))
    return replace(connection, auth=replace(connection.auth, client_secret=reference))


def on_stage(
    configuration: TenantConfiguration, stage: str, find: Callable[[ConnectionId], SecretReference | None]
) -> TenantConfiguration:
    """Give the configuration with each `env:` secret replaced by the one that `find` gives for the id it is kept under.

    Raises ConfigurationError(config_secret_not_on_stage) naming each connection that it gives none for, and each whose
    secret is not the tenant's own: the functions may read those of their stage alone, and a document that named another
    tenant's would have that one's token sent to a base URL of its own choice.
    """
    own = secret_name(stage, configuration.tenant, ConnectionId(""))
    problems: list[Problem] = []
    connections: dict[ConnectionId, Connection] = {}
    for connection in configuration.connections.values():
        moved = connection
        for holder, reference in secrets_of(connection).items():
            found = find(holder) if reference.startswith(ENVIRONMENT) else reference
            if found is None:
                message = f"{reference} is a variable of this machine; the stage has no secret of its own yet."
                problems.append(_not_on_stage(connection, holder, message))
            elif found is reference and not reference.partition(":secret:")[2].startswith(own):
                message = f"Its secret is not under {own}, the tenant's own."
                problems.append(_not_on_stage(connection, holder, message))
            else:
                moved = with_secret(moved, found, holder)
        connections[connection.id] = moved
    if problems:
        raise ConfigurationError(problems)
    return replace(configuration, connections=connections)


def _not_on_stage(connection: Connection, holder: ConnectionId, message: str) -> Problem:
    key = "auth.token" if isinstance(connection.auth, PatAuth) else "auth.clientSecret"
    if holder != connection.id:
        key = f"options.{REFRESH_TOKEN}"
    code = "config_secret_not_on_stage"
    return Problem(f"connections[{connection.id}].{key}", message, describe(code).fix, code)


@dataclass(frozen=True, slots=True)
class CandidateSecrets:
    """Secrets in which one reference has another value, to try it before it is in use."""

    inner: Secrets
    reference: SecretReference
    value: str

    def read(self, reference: SecretReference, *, fresh: bool = False) -> str:
        """Give the candidate for its reference, else what the others give (port Secrets)."""
        return self.value if reference == self.reference else self.inner.read(reference, fresh=fresh)


def accounts_of(configuration: TenantConfiguration, connection: ConnectionId) -> tuple[AccountId, ...]:
    """Give the accounts that enabled routes post to through the connection, sorted."""
    routes = configuration.routes.values()
    return tuple(sorted({route.account for route in routes if route.enabled and route.connection == connection}))


def refusals_of(target: LedgerTarget, accounts: tuple[AccountId, ...]) -> tuple[Refusal, ...]:
    """Ask the ledger for each account; give those that it did not answer for, with why."""
    answers = ((account, target.ability(account)) for account in accounts)
    return tuple((account, answer) for account, answer in answers if not isinstance(answer, AccountAbility))


def put_secret(
    name: str,
    value: str,
    *,
    vault: SecretVault,
    secrets: Secrets,
    trial: Callable[[], tuple[Refusal, ...]] | None = None,
    accounts: int = 0,
) -> PutSecret:
    """Have `value` in use under `name`, where the ledger takes it: `trial` gives what it refuses; None asks nothing.

    Raises SecretError: secret_refused with the ledger's reason, or secret_not_written; the secret in use is then
    unchanged. The value that is in use already makes no new version.
    """
    kept = vault.find(name)
    if kept is not None and secrets.read(kept.reference, fresh=True) == value:
        return PutSecret(Put.UNCHANGED, kept.reference, 0)
    tested = accounts if trial is not None else 0
    if kept is None:
        _refuse_where_refused(name, trial)
        reference, _ = vault.keep(name, value)
        return PutSecret(Put.CREATED, reference, tested)
    reference, version = vault.keep(name, value)
    try:
        _refuse_where_refused(name, trial)
    except SecretError:
        vault.drop(reference, version)
        raise
    vault.use(reference, version, instead_of=kept.current)
    return PutSecret(Put.ROTATED, reference, tested)


def _refuse_where_refused(name: str, trial: Callable[[], tuple[Refusal, ...]] | None) -> None:
    refusals = trial() if trial is not None else ()
    if refusals:
        told = "; ".join(f"{account}: {answer.code}: {describe(answer.code).cause}" for account, answer in refusals)
        raise SecretError("secret_refused", f"{name} was not changed. {told}")


def roll_back(name: str, vault: SecretVault) -> KeptSecret:
    """Have the version before the present one read again, and give what is kept now.

    Raises SecretError(secret_not_written) where there is no secret or no earlier version.
    """
    kept = vault.find(name)
    if kept is None:
        raise SecretError("secret_not_written", f"There is no secret {name}.")
    if kept.previous is None:
        raise SecretError("secret_not_written", f"{name} has no version before the present one.")
    vault.use(kept.reference, kept.previous, instead_of=kept.current)
    return KeptSecret(kept.reference, kept.previous, kept.current)


def environment_names(configuration: TenantConfiguration) -> Mapping[ConnectionId, SecretReference]:
    """Give the secrets that are variables of this machine, by the ids that they are kept under."""
    return {
        holder: reference
        for connection in configuration.connections.values()
        for holder, reference in secrets_of(connection).items()
        if reference.startswith(ENVIRONMENT)
    }
