"""What people set up on a local engine: its configurations and secrets, gone with the process."""

import threading
from collections.abc import Sequence

from ledgerpost.adapters.memory_configurations import MemoryConfigurationStore
from ledgerpost.adapters.secrets_environment import SCHEME
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.route import SecretReference, TenantConfiguration
from ledgerpost.errors import SecretError
from ledgerpost.local.services import LocalTables
from ledgerpost.ports import Application, AppliedConfiguration, Clock, KeptSecret, Secrets


class LocalConfigurations:
    """Configurations as people apply them (port ConfigurationStore); the functions read them at once."""

    def __init__(self, tables: LocalTables) -> None:
        self._tables = tables
        self._store = MemoryConfigurationStore()

    def start_with(self, configuration: TenantConfiguration, by: str, clock: Clock) -> None:
        """Apply the configuration that the engine was opened with, as the first one."""
        first = AppliedConfiguration(configuration=configuration, revision=1, by=by, at=clock.now())
        self.apply(first, ("the configuration that the engine was opened with",))

    def tenants(self) -> Sequence[TenantId]:
        """Give the tenants that have a configuration, sorted."""
        return self._store.tenants()

    def applied(self, tenant: TenantId) -> AppliedConfiguration | None:
        """Give what is applied at this moment; None for an unknown tenant."""
        return self._store.applied(tenant)

    def apply(self, applying: AppliedConfiguration, changes: Sequence[str]) -> AppliedConfiguration | None:
        """Make `applying` the tenant's, for people and for the functions; see the port."""
        winner = self._store.apply(applying, changes)
        if winner is None:
            self._tables.apply(applying.configuration)
        return winner

    def history(self, tenant: TenantId, limit: int) -> Sequence[Application]:
        """Give up to `limit` applications, the latest first."""
        return self._store.history(tenant, limit)


class LocalVault:
    """Secrets that people put (ports SecretVault and Secrets), in memory; any other is read from `behind`."""

    def __init__(self, behind: Secrets) -> None:
        self._behind = behind
        self._references: dict[str, SecretReference] = {}
        self._versions: dict[SecretReference, dict[str, str]] = {}
        self._current: dict[SecretReference, str] = {}
        self._previous: dict[SecretReference, str] = {}
        self._lock = threading.Lock()

    def read(self, reference: SecretReference, *, fresh: bool = False) -> str:
        """Give the secret's value. Raises SecretError."""
        current = self._current.get(reference)
        if current is None:
            return self._behind.read(reference, fresh=fresh)
        return self._versions[reference][current]

    def find(self, name: str) -> KeptSecret | None:
        """Give what is kept under `name`; None where there is nothing."""
        reference = self._references.get(name)
        if reference is None:
            return None
        return KeptSecret(reference, self._current[reference], self._previous.get(reference))

    def keep(self, name: str, value: str) -> tuple[SecretReference, str]:
        """Keep a version and give its reference and id. The first of a name is in use at once, another is not yet."""
        with self._lock:
            number = len(self._references) + 1
            reference = self._references.setdefault(name, SecretReference(f"{SCHEME}LEDGERPOST_KEPT_SECRET_{number}"))
            versions = self._versions.setdefault(reference, {})
            version = f"v{len(versions) + 1}"
            versions[version] = value
            self._current.setdefault(reference, version)
            return reference, version

    def use(self, reference: SecretReference, version: str, *, instead_of: str) -> None:
        """Have `version` read from now on in place of `instead_of`. Raises SecretError where another one is in use."""
        with self._lock:
            if self._current.get(reference) != instead_of:
                raise SecretError("secret_not_written", "Another version is in use by now.")
            self._current[reference], self._previous[reference] = version, instead_of

    def drop(self, reference: SecretReference, version: str) -> None:
        """Let go of a version that was kept and never used."""
        with self._lock:
            if self._current.get(reference) != version:
                self._versions[reference][version] = ""
