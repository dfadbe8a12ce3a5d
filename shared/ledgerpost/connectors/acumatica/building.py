"""An Acumatica target, put together from a connection. Source: acumatica.md, section 2."""

from ledgerpost.connectors.acumatica.claiming import Claiming
from ledgerpost.connectors.acumatica.client import AcumaticaClient
from ledgerpost.connectors.acumatica.options import options_from
from ledgerpost.connectors.acumatica.password_grant import PasswordGrant
from ledgerpost.connectors.acumatica.sessions import Session
from ledgerpost.connectors.acumatica.target import AcumaticaTarget
from ledgerpost.connectors.building import Building, place_of
from ledgerpost.connectors.process_claims import ProcessClaims
from ledgerpost.connectors.tokens import CachedToken, Token, personal_access_token
from ledgerpost.domain.route import OAuthPasswordAuth, PatAuth
from ledgerpost.errors import ConfigurationError, Problem


def acumatica_target(building: Building) -> AcumaticaTarget:
    """Give the target behind the connection.

    Raises ConfigurationError for an option that is none, for an `auth` that Acumatica does not have, and for a client
    id that names no tenant.
    """
    place, clock = place_of(building.connection), building.clock
    options = options_from(building.connection.options, place)
    auth = building.connection.auth
    tenant: str | None = None
    grant: PasswordGrant | None = None
    if isinstance(auth, PatAuth):
        tokens = personal_access_token(auth.token, building.secrets, clock)
    elif isinstance(auth, OAuthPasswordAuth):
        tenant = _tenant_of(auth, place)

        def end_session(token: Token) -> None:
            session.end(token)

        grant = PasswordGrant(auth, building.sender, building.secrets, clock, end_session=end_session)
        tokens = CachedToken(grant.request_token, clock)
    else:
        message = "Acumatica has no client credentials: it knows users."
        raise _refused(place, "type", message, "Use OAuthPassword with a user of its own.")
    session = Session(building.base_url, building.sender, tokens, options, grant)
    client = AcumaticaClient(building.base_url, options.version, session, clock)
    owner = f"{building.tenant}\n{building.base_url}\n{tenant or ''}"
    claiming = Claiming(building.customer_claims or ProcessClaims(), owner, clock)
    return AcumaticaTarget(client, options, clock, tenant, claiming)


def _tenant_of(auth: OAuthPasswordAuth, place: str) -> str:
    _, _, tenant = auth.client_id.rpartition("@")
    if "@" not in auth.client_id or not tenant:
        mend = "Write it as Acumatica shows it, such as 4B9D7C1E-…@Company."
        raise _refused(place, "clientId", "The client id does not end in @ and the tenant.", mend)
    return tenant


def _refused(place: str, key: str, message: str, mend: str) -> ConfigurationError:
    return ConfigurationError([Problem(f"{place}.auth.{key}", message, mend, "config_wrong_value")])
