"""What differs between the ledgers that a connection may lead to: the kinds of credentials, and the options."""

from collections.abc import Mapping
from types import MappingProxyType

from ledgerpost.app.stage_secrets import REFRESH_TOKEN, refresh_token_holder
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.route import Connection, ConnectionId, OAuthPasswordAuth, PatAuth

AUTH_TYPES = ("OAuth", "PAT", "OAuthPassword")

LEDGERS: Mapping[str, str] = MappingProxyType(
    {
        "pennypipe": "PennyPipe: OAuth or a personal access token.",
        "codat": "Codat: the API key as PAT.",
        "acumatica": "Acumatica: OAuth with a user's password.",
        "pennylane": "Pennylane: the company's API token as PAT; on a stage also OAuth with a refresh token.",
    }
)
"""Each target, with the credentials that it takes. Source: codat.md, acumatica.md and pennylane.md of the docs."""

OPTIONS = (
    "connectionId", "timeoutInMinutes", "version", "referenceField", "manualNumbering", "duplicateChecking", "session",
    "concurrency", "companyHeader", "customerClass", "customerPrefix", "customerReferenceField", "taxZones", "taxIds",
    "journal", "counterAccount",
)  # fmt: skip
"""Names that the form offers; the target's own client says which of them it has."""


def auth_type_of(connection: Connection) -> str:
    """Give the kind of credentials, as the configuration document has it."""
    if isinstance(connection.auth, PatAuth):
        return "PAT"
    return "OAuthPassword" if isinstance(connection.auth, OAuthPasswordAuth) else "OAuth"


def plain_options(connection: Connection) -> dict[str, str]:
    """Give the options that may be shown: all but the one that leads to a secret, which is set by the token itself."""
    return {name: value for name, value in connection.options.items() if name != REFRESH_TOKEN}


def kept_refresh_token(connection: Connection | None) -> str:
    """Give where the connection's refresh token lies; blank where it has none."""
    return connection.options.get(REFRESH_TOKEN, "") if connection is not None else ""


def refresh_token_name(ports: ConsolePorts, tenant: TenantId, id_: ConnectionId) -> str:
    """Give the name that a connection's first refresh token is kept under, as `ledgerpost secret put` does."""
    return ports.secret_name(tenant, refresh_token_holder(id_))
