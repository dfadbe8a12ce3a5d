"""The signed webhook: approvals from a source that cannot reach the bus itself, `POST /v1/approvals`.

Read from the top: `receive` verifies the signature over the raw body, reads the approvals, sees that all of them are of
the key's own tenant, and publishes them; it says 202 only once the bus has every one. Sent again they are duplicates,
so a sender that got no answer sends again.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from ledgerpost.app.change_log import ActPorts, keep
from ledgerpost.domain.access import Act
from ledgerpost.domain.change_log import change_of
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.signature import Flaw, flaw_of, read_signature
from ledgerpost.errors import EventError, StoreError, describe

BODY_BYTES_MAX = 262_144
"""Bytes of a request's body: those of one entry of the bus. Source: Amazon EventBridge, PutEvents entry size."""

APPROVALS_MAX = 100
"""Approvals of one request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BusEntry:
    """An approval ready for the bus; `detail` is JSON text, `time` ISO 8601 or None where the bus is to set it.

    `resources` are texts that the event carries beside its detail.
    """

    source: str
    detail_type: str
    detail: str
    tenant: TenantId
    time: str | None = None
    resources: Sequence[str] = ()


class EventBus(Protocol):
    """The bus to publish to."""

    def put(self, entries: Sequence[BusEntry]) -> None:
        """Publish every entry, any number of them; raises StoreError where one may not have been taken."""
        ...


@dataclass(frozen=True, slots=True)
class WebhookKey:
    """A key: whose approvals it may send, and its good versions, the newest first, two at most. Never shown."""

    id: str
    tenant: TenantId
    secrets: Sequence[bytes]

    def __repr__(self) -> str:
        """Leave the secrets out: what is shown may end up in a log."""
        return f"WebhookKey({self.id!r}, {self.tenant!r})"


class WebhookKeys(Protocol):
    """The keys that are good now."""

    def find(self, key_id: str) -> WebhookKey | None:
        """Give the key, at most five minutes old; None where there is none. Raises SecretError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookPorts:
    """What receiving needs. `read_approvals` gives the approvals of a body and raises EventError for the first that is
    none; `acting` is the change log, which keeps every attempt at another tenant.
    """

    keys: WebhookKeys
    bus: EventBus
    read_approvals: Callable[[bytes], Sequence[BusEntry]]
    acting: ActPorts


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the sender is told: the status of HTTP, how many approvals were taken, and else why none was.

    `code` is of the catalogue, `message` for a person; neither tells anything of a key or a tenant that exists.
    """

    status: int
    accepted: int = 0
    code: str | None = None
    message: str = ""
    path: str = ""


def receive(header: str | None, body: bytes, ports: WebhookPorts) -> Reply:
    """Take a request in: all of its approvals or none. Raises SecretError where the keys cannot be read.

    202: the bus has them. 422: not approvals. 401: not signed, not by a good key, or too long ago. 403: of another
    tenant. 413: too large. 503: the bus may not have all of them; send again.
    """
    if len(body) > BODY_BYTES_MAX:
        return _refusal(413, "webhook_too_large")
    key = _verified_key(header, body, ports)
    if isinstance(key, Flaw):
        return _refusal(401, key.value)
    try:
        entries = ports.read_approvals(body)
    except EventError as error:
        return Reply(status=422, code=error.code, message=error.message, path=error.path)
    if not 0 < len(entries) <= APPROVALS_MAX:
        return _refusal(422, "webhook_count")
    try:
        return _publish(entries, key, ports)
    except StoreError as error:
        return Reply(status=503, code=error.code, message="The bus may not have all approvals; send them again.")


def _publish(entries: Sequence[BusEntry], key: WebhookKey, ports: WebhookPorts) -> Reply:
    foreign = [entry for entry in entries if entry.tenant != key.tenant]
    if foreign:
        _keep_foreign(key, len(foreign), ports)
        return _refusal(403, "webhook_foreign_tenant")
    ports.bus.put(entries)
    return Reply(status=202, accepted=len(entries))


def _verified_key(header: str | None, body: bytes, ports: WebhookPorts) -> WebhookKey | Flaw:
    signature = read_signature(header)
    if signature is None:
        return Flaw.UNSIGNED
    key = ports.keys.find(signature.key_id)
    # For a key that there is not the digest is worked out all the same: the time of the answer tells nothing.
    secrets = key.secrets if key is not None else (b"\0" * 32,)
    flaw = flaw_of(signature, body, secrets, ports.acting.clock.now())
    if key is None:
        return Flaw.WRONG
    return flaw if flaw is not None else key


def _keep_foreign(key: WebhookKey, count: int, ports: WebhookPorts) -> None:
    """Keep the attempt in the log of the key's own tenant; of the other one nothing, not even its name."""
    change = change_of(
        Act.PUBLISH,
        key.tenant,
        f"webhook key {key.id}",
        ports.acting.clock.now(),
        {"key": key.id, "count": str(count)},
        refused="webhook_foreign_tenant",
    )
    keep(change, ports.acting.changes)


def _refusal(status: int, code: str) -> Reply:
    return Reply(status=status, code=code, message=describe(code).cause)
