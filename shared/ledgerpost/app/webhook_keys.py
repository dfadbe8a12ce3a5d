"""The keys of the webhook: made here, shown once, rotated with two versions good at a time.

A key lies in the store of secrets as JSON: its tenant and its good versions, the newest first. The tenant stands in the
secret itself, so that no request can say whose it is.
"""

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass

from ledgerpost.app.webhook import WebhookKey
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.signature import SECRET_BYTES_MIN, VERSIONS_MAX, is_key_id
from ledgerpost.errors import UsageError
from ledgerpost.ports import Secrets
from ledgerpost.ports_setup import SecretVault

RandomBytes = Callable[[int], bytes]


def key_name(stage: str, key_id: str) -> str:
    """Give the name under which a key lies: apart from the connections' secrets, which delivering reads."""
    return f"ledgerpost-webhook/{stage}/{key_id}"


@dataclass(frozen=True, slots=True)
class NewKey:
    """A version that was just made: `secret` is the text that the sender is given, this once."""

    key_id: str
    secret: str

    def __repr__(self) -> str:
        """Leave the secret out."""
        return f"NewKey({self.key_id!r})"


def put_key(
    stage: str,
    tenant: TenantId,
    key_id: str,
    *,
    vault: SecretVault,
    secrets: Secrets,
    random_bytes: RandomBytes,
) -> NewKey:
    """Make a key, or the next version of one, which is good beside the version before it from then on.

    Raises UsageError, webhook_key_taken for a key of another tenant, and SecretError.
    """
    if not is_key_id(key_id):
        raise UsageError("usage", "A key's id is of letters, digits, dashes and underscores, 64 at most.")
    name = key_name(stage, key_id)
    kept = vault.find(name)
    present = key_of(key_id, secrets.read(kept.reference, fresh=True)) if kept is not None else None
    if present is not None and present.tenant != tenant:
        raise UsageError("webhook_key_taken", f"There is a key {key_id!r} already; choose another id.")
    made = random_bytes(SECRET_BYTES_MIN)
    versions = (made, *(present.secrets if present is not None else ()))[:VERSIONS_MAX]
    reference, version = vault.keep(name, key_text(tenant, versions))
    if kept is not None:
        vault.use(reference, version, instead_of=kept.current)
    return NewKey(key_id, _text(made))


def end_earlier_version(stage: str, tenant: TenantId, key_id: str, *, vault: SecretVault, secrets: Secrets) -> None:
    """Let only the newest version of a key be good, once the sender uses it. Raises UsageError where there is no such
    key of the tenant, and SecretError.
    """
    kept = vault.find(key_name(stage, key_id))
    present = key_of(key_id, secrets.read(kept.reference, fresh=True)) if kept is not None else None
    if kept is None or present is None or present.tenant != tenant:
        raise UsageError("webhook_key_unknown", f"There is no key {key_id!r}.")
    reference, version = vault.keep(key_name(stage, key_id), key_text(tenant, tuple(present.secrets)[:1]))
    vault.use(reference, version, instead_of=kept.current)


def key_text(tenant: TenantId, versions: tuple[bytes, ...]) -> str:
    """Give a key as the text that is kept."""
    return json.dumps({"tenant": tenant, "versions": [_text(version) for version in versions]})


def key_of(key_id: str, text: str) -> WebhookKey | None:
    """Read a key from the text that is kept; None for a text that is none, or a version that is too short."""
    try:
        values = json.loads(text)
        versions = tuple(base64.b64decode(version, validate=True) for version in values["versions"])
        tenant = TenantId(values["tenant"])
    except (ValueError, KeyError, TypeError, binascii.Error):
        return None
    if not versions or any(len(version) < SECRET_BYTES_MIN for version in versions):
        return None
    return WebhookKey(key_id, tenant, versions[:VERSIONS_MAX])


def _text(version: bytes) -> str:
    return base64.b64encode(version).decode()
