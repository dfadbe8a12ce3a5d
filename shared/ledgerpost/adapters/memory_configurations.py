"""Applied configurations in memory, gone with the process."""

import threading
from collections.abc import Sequence

from ledgerpost.domain.event import TenantId
from ledgerpost.domain.route import AppliedConfiguration
from ledgerpost.ports_setup import Application


class MemoryConfigurationStore:
    """Configurations as people apply them (port ConfigurationStore)."""

    def __init__(self) -> None:
        self._applied: dict[TenantId, AppliedConfiguration] = {}
        self._history: dict[TenantId, list[Application]] = {}
        self._lock = threading.Lock()

    def restore(self, applied: AppliedConfiguration, history: Sequence[Application]) -> None:
        """Take in what an earlier process kept of a tenant; `history` has the latest first."""
        with self._lock:
            self._applied[applied.configuration.tenant] = applied
            self._history[applied.configuration.tenant] = list(history)

    def tenants(self) -> Sequence[TenantId]:
        """Give the tenants that have a configuration, sorted."""
        return sorted(self._applied)

    def applied(self, tenant: TenantId) -> AppliedConfiguration | None:
        """Give what is applied at this moment; None for an unknown tenant."""
        return self._applied.get(tenant)

    def apply(self, applying: AppliedConfiguration, changes: Sequence[str]) -> AppliedConfiguration | None:
        """Make `applying` the tenant's where the stored one is of the revision just before, and give None; where it is
        not, change nothing and give the stored one.
        """
        tenant = applying.configuration.tenant
        with self._lock:
            stored = self._applied.get(tenant)
            if (stored.revision if stored else 0) != applying.revision - 1:
                return stored
            self._applied[tenant] = applying
            line = Application(revision=applying.revision, by=applying.by, at=applying.at, changes=tuple(changes))
            self._history.setdefault(tenant, []).insert(0, line)
            return None

    def history(self, tenant: TenantId, limit: int) -> Sequence[Application]:
        """Give up to `limit` applications, the latest first."""
        return self._history.get(tenant, [])[:limit]
