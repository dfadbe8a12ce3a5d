"""Putting a connection's secret onto a stage, tried at the ledger first."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

from ledgerpost.adapters.secrets_environment import EnvironmentSecrets
from ledgerpost.app import acts
from ledgerpost.app.acts import Doing
from ledgerpost.app.stage_secrets import (
    CandidateSecrets,
    PutSecret,
    Refusal,
    accounts_of,
    environment_names,
    on_stage,
    put_secret,
    refusals_of,
    secret_reference,
    secrets_of,
    with_secret,
)
from ledgerpost.cli.stage import Stage
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.route import ConnectionId, SecretReference, TenantConfiguration
from ledgerpost.errors import UsageError

TO_BE_UPLOADED = SecretReference("secretsmanager:(uploaded on applying)")
"""What stands in a plan for a secret that the stage does not have yet."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A secret of this machine that a document names: whose (a first refresh token has an id of its own), and what the
    stage has in its place, None for nothing.
    """

    connection: ConnectionId
    source: SecretReference
    replaces: SecretReference | None


def put_on_stage(
    stage: Stage,
    tenant: TenantId,
    connection: ConnectionId,
    value: str,
    *,
    configuration: TenantConfiguration | None,
    doing: Doing,
) -> PutSecret:
    """Have `value` in use for the connection. It is tried on each account that `configuration` posts to through it;
    without a configuration, or an account, nothing can be asked. Raises SecretError and UsageError.
    """
    checked = usable(value)
    accounts = accounts_of(configuration, connection) if configuration else ()
    trial = _trial(stage, configuration, connection, checked) if configuration and accounts else None
    put = partial(
        put_secret,
        stage.secret_name(tenant, connection),
        checked,
        vault=stage.vault,
        secrets=stage.secrets,
        trial=trial,
        accounts=len(accounts),
    )
    return acts.put_secret(tenant, connection, put, doing)


def usable(value: str) -> str:
    """Give the secret without the white space round it; raises UsageError for what no header can carry."""
    stripped = value.strip()
    if not stripped or not stripped.isascii() or not stripped.isprintable():
        raise UsageError("usage", "The secret is empty or holds signs that no header can carry; nothing was stored.")
    return stripped


def _trial(
    stage: Stage, configuration: TenantConfiguration, connection: ConnectionId, value: str
) -> Callable[[], tuple[Refusal, ...]]:
    tried = configuration.connections[connection]
    secrets = CandidateSecrets(stage.secrets, secret_reference(tried), value)

    def trial() -> tuple[Refusal, ...]:
        target = stage.targets(secrets).target_of(configuration.tenant, tried)
        return refusals_of(target, accounts_of(configuration, connection))

    return trial


def uploads_of(stage: Stage, configuration: TenantConfiguration) -> tuple[Upload, ...]:
    """Give the secrets of this machine that the document names, with what the stage has in their place."""
    tenant = configuration.tenant
    return tuple(
        Upload(connection, source, stage.secret_of(tenant, connection))
        for connection, source in environment_names(configuration).items()
    )


def as_planned(
    configuration: TenantConfiguration, stage: Stage, uploads: tuple[Upload, ...], *, upload: bool
) -> TenantConfiguration:
    """Give the configuration as it would be applied. Raises ConfigurationError where a secret is not on the stage and
    is not to be uploaded.
    """
    found = {each.connection: each.replaces or (TO_BE_UPLOADED if upload else None) for each in uploads}
    return on_stage(configuration, stage.name, found.get)


def upload_all(
    stage: Stage, configuration: TenantConfiguration, uploads: tuple[Upload, ...], doing: Doing
) -> dict[ConnectionId, PutSecret]:
    """Put each secret of `uploads` onto the stage, tried at the ledger by the very configuration that is applied."""
    environment = EnvironmentSecrets()
    values = {each.connection: usable(environment.read(each.source)) for each in uploads}
    done: dict[ConnectionId, PutSecret] = {}
    for upload in uploads:
        done[upload.connection] = put_on_stage(
            stage,
            configuration.tenant,
            upload.connection,
            values[upload.connection],
            configuration=configuration,
            doing=doing,
        )
    return done


def with_uploaded(configuration: TenantConfiguration, done: dict[ConnectionId, PutSecret]) -> TenantConfiguration:
    """Give the configuration with the references of what was uploaded."""
    connections = dict(configuration.connections)
    for id_, connection in connections.items():
        for holder in secrets_of(connection):
            if holder in done:
                connections[id_] = with_secret(connections[id_], done[holder].reference, holder)
    return replace(configuration, connections=connections)
