"""What a connector is built from: the registry makes it of a connection, and each connector's builder takes it."""

from dataclasses import dataclass

from ledgerpost.connectors.authorized import AuthorizedSender
from ledgerpost.connectors.http import HttpSender
from ledgerpost.connectors.oauth import ClientAuthentication, ClientCredentials
from ledgerpost.connectors.tokens import CachedToken, basic_key, personal_access_token
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.route import Connection, PatAuth
from ledgerpost.errors import ConfigurationError, Problem
from ledgerpost.ports import Clock, CustomerClaims, RequestBudget, Secrets, TokenPairs


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """What a connector is built from."""

    connection: Connection
    base_url: str
    sender: HttpSender
    secrets: Secrets
    clock: Clock
    tenant: TenantId
    budget: RequestBudget
    token_pairs: TokenPairs | None = None
    customer_claims: CustomerClaims | None = None

    def authorized(self, preferred: ClientAuthentication = ClientAuthentication.BASIC) -> AuthorizedSender:
        """Give a sender with the tokens that the connection's `auth` asks for."""
        return AuthorizedSender(self.sender, self._tokens(preferred))

    def with_api_key(self) -> AuthorizedSender:
        """Give a sender whose secret goes as `Basic <base64 of the key>`.

        Raises ConfigurationError where the connection's `auth` is another one than PAT.
        """
        auth = self.connection.auth
        if not isinstance(auth, PatAuth):
            mend = "Write `type: PAT`, and the reference to the API key as `token`."
            raise refused(self.connection, "auth", "This ledger takes an API key and no OAuth client.", mend)
        key = personal_access_token(auth.token, self.secrets, self.clock, credentials=basic_key)
        return AuthorizedSender(self.sender, key)

    def _tokens(self, preferred: ClientAuthentication) -> CachedToken:
        auth = self.connection.auth
        if isinstance(auth, PatAuth):
            return personal_access_token(auth.token, self.secrets, self.clock)
        client = ClientCredentials(auth, self.sender, self.secrets, self.clock, preferred=preferred)
        return CachedToken(client.request_token, self.clock)


def place_of(connection: Connection) -> str:
    """Give the connection's path in its configuration document, for the problems found there."""
    return f"connections[{connection.id}]"


def refused(
    connection: Connection, key: str, message: str, mend: str, *, code: str = "config_wrong_value"
) -> ConfigurationError:
    """Give the error that says what is wrong at one key of the connection, and how to mend it."""
    return ConfigurationError([Problem(f"{place_of(connection)}.{key}", message, mend, code)])
