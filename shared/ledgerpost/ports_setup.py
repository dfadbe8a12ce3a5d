"""What setting up needs of the world: configurations as people apply them, and where secrets are written."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ledgerpost.domain.event import TenantId
from ledgerpost.domain.route import AppliedConfiguration, SecretReference


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """One application of the past: who, when, and what it changed, one short line each."""

    revision: int
    by: str
    at: datetime
    changes: tuple[str, ...]


class ConfigurationStore(Protocol):
    """Configurations as people apply them: read as they are now, written whole or not at all."""

    def tenants(self) -> Sequence[TenantId]:
        """Give the tenants that have a configuration, sorted."""
        ...

    def applied(self, tenant: TenantId) -> AppliedConfiguration | None:
        """Give what is applied at this moment; None for an unknown tenant. Raises StoreError."""
        ...

    def apply(self, applying: AppliedConfiguration, changes: Sequence[str]) -> AppliedConfiguration | None:
        """Make `applying` the tenant's where the stored one is of the revision just before, and give None; where it is
        not, change nothing and give the stored one. A reader sees the one or the other, never a part of each.
        """
        ...

    def history(self, tenant: TenantId, limit: int) -> Sequence[Application]:
        """Give up to `limit` applications, the latest first."""
        ...


@dataclass(frozen=True, slots=True)
class KeptSecret:
    """A secret that is kept: its reference, the version in use and the one before it, None where there is none."""

    reference: SecretReference
    current: str
    previous: str | None


class SecretVault(Protocol):
    """Where secrets are written. Every method raises SecretError; no value is ever given back."""

    def find(self, name: str) -> KeptSecret | None:
        """Give what is kept under `name`; None where there is nothing."""
        ...

    def keep(self, name: str, value: str) -> tuple[SecretReference, str]:
        """Keep a version and give its reference and id. The first of a name is in use at once, another is not yet."""
        ...

    def use(self, reference: SecretReference, version: str, *, instead_of: str) -> None:
        """Have `version` read from now on in place of `instead_of`, which stays as the previous one."""
        ...

    def drop(self, reference: SecretReference, version: str) -> None:
        """Let go of a version that was kept and never used."""
        ...
