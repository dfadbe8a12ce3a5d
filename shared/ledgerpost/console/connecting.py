"""Saving a connection and its secret, and asking its ledger: the guide's step 2.

The secret goes straight into the store of secrets, where the ledger takes it; the configuration has only where it lies.
"""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from ledgerpost.app import acts
from ledgerpost.app.stage_secrets import (
    REFRESH_TOKEN,
    CandidateSecrets,
    PutSecret,
    accounts_of,
    put_secret,
    refusals_of,
    secret_reference,
    with_secret,
)
from ledgerpost.console.caller import Caller
from ledgerpost.console.editing import (
    Saved,
    applied_or_empty,
    document_of,
    refuse_what_was_not_seen,
    save,
    with_item,
)
from ledgerpost.console.ledgers import auth_type_of, kept_refresh_token, refresh_token_name
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.outcome import AccountAbility, NotApplied, Unknown
from ledgerpost.domain.route import (
    AccountId,
    Connection,
    ConnectionId,
    TenantConfiguration,
)
from ledgerpost.errors import ConfigurationError, Problem, UsageError
from ledgerpost.ports import LedgerTarget, Secrets
from ledgerpost.wire.configuration import read_configuration

ID_LENGTH_MAX = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionForm:
    """A connection as a person fills it in. `id` is blank for a new one; a blank secret leaves the kept one.

    `password` goes with `user_name` for an authority that knows users alone, `refresh_token` is what a consent gave.
    `options` are the target's own settings; None leaves them as they are.
    """

    id: str = ""
    label: str
    target: str = "pennypipe"
    base_url: str
    auth_type: str
    identity_authority: str = ""
    client_id: str = ""
    scopes: str = ""
    credentials_expire_on: str = ""
    secret: str = ""
    user_name: str = ""
    password: str = ""
    refresh_token: str = ""
    options: Mapping[str, str] | None = None


def save_connection(
    form: ConnectionForm, caller: Caller, ports: ConsolePorts, *, revision: int | None
) -> tuple[str, Saved]:
    """Save the connection, its secret first; give its id.

    Raises ConfigurationError, StoreError, and SecretError(secret_refused) where the ledger does not take the secret for
    an account that a route already posts to; nothing is changed then.
    """
    configuration, _ = applied_or_empty(ports, caller.tenant)
    id_ = ConnectionId(form.id or _id_of(form.label, configuration))
    known = configuration.connections.get(id_)
    if form.id and known is None:
        raise UsageError("page_not_found", f"There is no connection {form.id!r}.")
    _refuse_without_secret(form, known)
    document = document_of(configuration, ports.plain)
    # Checked with a stand-in first: a secret is not kept for a connection that is refused.
    stand_in = secret_reference(known) if known else "env:CHECKED_BEFORE_IT_IS_KEPT"
    refresh = kept_refresh_token(known) or (str(stand_in) if form.refresh_token else "")
    _check(with_item(document, "connections", _item(form, id_, stand_in, known, refresh)), id_, caller.tenant, ports)
    refuse_what_was_not_seen(ports, caller.tenant, revision)
    reference = str(stand_in)
    if form.secret:
        reference = _put(id_, _secret_of(form), configuration, caller, ports).reference
    if form.refresh_token:
        refresh = _put_refresh_token(id_, form.refresh_token, caller, ports).reference
    item = _item(form, id_, reference, known, refresh)
    return id_, save(with_item(document, "connections", item), caller, ports, revision=revision)


def rotate_secret(id_: str, value: str, caller: Caller, ports: ConsolePorts, *, password: str = "") -> PutSecret:
    """Replace a connection's secret, where the ledger takes the new one; `password` is that of the user whom the client
    signs in as, if any. Raises SecretError, UsageError.
    """
    configuration, _ = applied_or_empty(ports, caller.tenant)
    connection = _known(configuration, id_)
    if not value or (auth_type_of(connection) == "OAuthPassword" and not password):
        raise UsageError("request_unreadable", "The new secret, or a part of it, is blank.")
    if auth_type_of(connection) == "OAuthPassword":
        value = json.dumps({"clientSecret": value, "password": password})
    put = _put(connection.id, value, configuration, caller, ports)
    if put.reference != secret_reference(connection):
        # It lay elsewhere until now, such as in a variable of this machine: the connection has to name the new place.
        moved = with_secret(connection, put.reference)
        changed = replace(configuration, connections={**configuration.connections, connection.id: moved})
        save(document_of(changed, ports.plain), caller, ports, revision=None)
    return put


def ask_accounts(
    tenant: TenantId, id_: str, accounts: tuple[AccountId, ...], ports: ConsolePorts
) -> tuple[tuple[AccountId, AccountAbility | NotApplied | Unknown], ...]:
    """Ask the ledger for each account; nothing is posted. Raises UsageError(page_not_found)."""
    configuration, _ = applied_or_empty(ports, tenant)
    with target_of(tenant, _known(configuration, id_), ports, ports.secrets) as target:
        return tuple((account, target.ability(account)) for account in accounts)


@contextmanager
def target_of(
    tenant: TenantId, connection: Connection, ports: ConsolePorts, secrets: Secrets
) -> Iterator[LedgerTarget]:
    """Give the ledger behind the connection, asked anew: nothing is kept from before, and all is closed after."""
    targets = ports.targets(secrets)
    try:
        yield targets.target_of(tenant, connection)
    finally:
        close = getattr(targets, "close", None)
        if close is not None:
            close()


def _put(
    id_: ConnectionId, value: str, configuration: TenantConfiguration, caller: Caller, ports: ConsolePorts
) -> PutSecret:
    known = configuration.connections.get(id_)
    accounts = accounts_of(configuration, known.id) if known is not None else ()
    trial = None
    if known is not None and accounts:
        candidate = CandidateSecrets(ports.secrets, secret_reference(known), value)
        trial = partial(_refusals, configuration.tenant, known, accounts, candidate, ports)
    put = partial(
        put_secret,
        ports.secret_name(configuration.tenant, id_),
        value,
        vault=ports.vault,
        secrets=ports.secrets,
        trial=trial,
        accounts=len(accounts),
    )
    return acts.put_secret(configuration.tenant, id_, put, ports.doing(caller))


def _put_refresh_token(id_: ConnectionId, value: str, caller: Caller, ports: ConsolePorts) -> PutSecret:
    name = refresh_token_name(ports, caller.tenant, id_)
    put = partial(put_secret, name, value, vault=ports.vault, secrets=ports.secrets)
    return acts.put_secret(caller.tenant, id_, put, ports.doing(caller))


def _refusals(
    tenant: TenantId, connection: Connection, accounts: tuple[AccountId, ...], candidate: Secrets, ports: ConsolePorts
) -> Any:
    with target_of(tenant, connection, ports, candidate) as target:
        return refusals_of(target, accounts)


def _known(configuration: TenantConfiguration, id_: str) -> Connection:
    connection = configuration.connections.get(ConnectionId(id_))
    if connection is None:
        raise UsageError("page_not_found", f"There is no connection {id_!r}.")
    return connection


def _secret_of(form: ConnectionForm) -> str:
    """Give the connection's one secret: of a client that signs in as a user, JSON text with both."""
    return json.dumps({"clientSecret": form.secret, "password": form.password}) if form.password else form.secret


def _refuse_without_secret(form: ConnectionForm, known: Connection | None) -> None:
    if form.auth_type == "OAuthPassword" and bool(form.secret) != bool(form.password):
        message = "The client secret and the user's password are kept as one secret."
        raise ConfigurationError([Problem("auth.clientSecret", message, "Fill in both.", "config_wrong_value")])
    changed_kind = known is not None and auth_type_of(known) != form.auth_type
    if not form.secret and (known is None or changed_kind):
        key = "token" if form.auth_type == "PAT" else "clientSecret"
        message = "A connection needs its personal access token or client secret."
        raise ConfigurationError(
            [Problem(f"auth.{key}", message, "Fill it in; it is never shown again.", "config_wrong_value")]
        )


def _check(document: dict[str, Any], id_: ConnectionId, tenant: TenantId, ports: ConsolePorts) -> None:
    """Read the document, and build the connection's client, which knows its target's options; nothing is asked."""
    checked = read_configuration(json.dumps(document), allow_loopback=ports.is_local, formulas=ports.formulas)
    with target_of(tenant, checked.configuration.connections[id_], ports, ports.secrets):
        pass


def _item(form: ConnectionForm, id_: str, reference: str, known: Connection | None, refresh: str) -> dict[str, Any]:
    """Give the connection's part of the document. What the form does not have stays as it was."""
    auth: dict[str, Any] = {"type": form.auth_type, "token": reference}
    if form.auth_type != "PAT":
        auth = {
            "type": form.auth_type,
            "identityAuthority": form.identity_authority,
            "clientId": form.client_id,
            "clientSecret": reference,
            "scopes": form.scopes,
        }
    if form.auth_type == "OAuthPassword":
        auth["userName"] = form.user_name
    item: dict[str, Any] = {
        "id": id_,
        "label": form.label,
        "target": known.target if known is not None else form.target,
        "baseUrl": form.base_url,
        "auth": auth,
    }
    kept = known.options if known is not None else {}
    options = dict(kept if form.options is None else form.options) | ({REFRESH_TOKEN: refresh} if refresh else {})
    if options:
        item["options"] = options
    return item | ({"credentialsExpireOn": form.credentials_expire_on} if form.credentials_expire_on else {})


def _id_of(label: str, configuration: TenantConfiguration) -> str:
    """Make an id of a label: `Main Finance Account` → `main-finance-account`, with a number where it is taken."""
    return slug_of(label, [*configuration.connections], "connection")


def slug_of(text: str, taken: list[Any], otherwise: str) -> str:
    """Make an id of `text` that is not among `taken`, whatever the casing."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    base = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[: ID_LENGTH_MAX - 4] or otherwise
    known = {str(each).casefold() for each in taken}
    candidates = (base, *(f"{base}-{number}" for number in range(2, 1000)))
    return next(each for each in candidates if each not in known)
