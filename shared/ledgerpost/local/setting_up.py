"""What people set up on a local engine, its configurations and secrets: in memory, or in files of a state folder."""

import json
import threading
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from ledgerpost.adapters.memory_configurations import MemoryConfigurationStore
from ledgerpost.adapters.secrets_environment import SCHEME
from ledgerpost.adapters.synced_file import replace_file
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.route import AppliedConfiguration, SecretReference, TenantConfiguration
from ledgerpost.errors import SecretError, StoreError
from ledgerpost.local.services import LocalTables
from ledgerpost.ports import Clock, Secrets
from ledgerpost.ports_setup import Application, KeptSecret
from ledgerpost.wire.stored_configuration import from_items, to_items

HISTORY_KEPT = 1000
OWNER_ALONE = 0o600


class LocalConfigurations:
    """Configurations as people apply them (port ConfigurationStore); the functions read them at once."""

    def __init__(self, tables: LocalTables, path: Path | None = None) -> None:
        """`path` is the file that they are kept in. Raises StoreError for one that cannot be read."""
        self._tables = tables
        self._store = MemoryConfigurationStore()
        self._path = path
        for kept in _read_json(path) if path is not None else ():
            applied, history = _applied_from(kept)
            self._store.restore(applied, history)
            tables.apply(applied.configuration)

    def start_with(self, configuration: TenantConfiguration, by: str, clock: Clock) -> None:
        """Apply the configuration that the engine was opened with, as the first one; what is kept of an earlier process
        goes on instead.
        """
        if self.applied(configuration.tenant) is not None:
            return
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
            self._keep()
        return winner

    def _keep(self) -> None:
        if self._path is None:
            return
        found = ((self._store.applied(tenant), self._store.history(tenant, HISTORY_KEPT)) for tenant in self.tenants())
        _write_json(self._path, [_plain(applied, history) for applied, history in found if applied is not None])

    def history(self, tenant: TenantId, limit: int) -> Sequence[Application]:
        """Give up to `limit` applications, the latest first."""
        return self._store.history(tenant, limit)


def _plain(applied: AppliedConfiguration, history: Sequence[Application]) -> dict[str, Any]:
    return {
        "revision": applied.revision,
        "by": applied.by,
        "at": applied.at.isoformat(),
        "items": to_items(applied.configuration),
        "history": [
            {"revision": each.revision, "by": each.by, "at": each.at.isoformat(), "changes": list(each.changes)}
            for each in history
        ],
    }


def _applied_from(kept: Mapping[str, Any]) -> tuple[AppliedConfiguration, list[Application]]:
    applied = AppliedConfiguration(
        configuration=from_items(kept["items"]),
        revision=kept["revision"],
        by=kept["by"],
        at=datetime.fromisoformat(kept["at"]),
    )
    history = [
        Application(
            revision=each["revision"],
            by=each["by"],
            at=datetime.fromisoformat(each["at"]),
            changes=tuple(each["changes"]),
        )
        for each in kept["history"]
    ]
    return applied, history


def _read_json(path: Path) -> Any:
    """Give what is kept in a file; an empty list where there is none. Raises StoreError for a damaged one."""
    if not path.exists():
        return []
    try:
        return json.loads(path.read_text("utf-8"))
    except ValueError:
        raise StoreError("store_unavailable", f"{path.name} is damaged.") from None


def _write_json(path: Path, value: Any) -> None:
    """Replace the file whole, on disk and readable by nobody but its owner."""
    replace_file(path, json.dumps(value, ensure_ascii=False), mode=OWNER_ALONE)


class LocalVault:
    """Secrets that people put (ports SecretVault and Secrets); any other is read from `behind`. In memory, or in a file
    that the owner alone may read: on a laptop there is no better place that every system has.
    """

    def __init__(self, behind: Secrets, path: Path | None = None) -> None:
        self._behind = behind
        self._path = path
        self._references: dict[str, SecretReference] = {}
        self._versions: dict[SecretReference, dict[str, str]] = {}
        self._current: dict[SecretReference, str] = {}
        self._previous: dict[SecretReference, str] = {}
        self._lock = threading.Lock()
        kept = _read_json(path) if path is not None else None
        if kept:
            self._references, self._versions = kept["references"], kept["versions"]
            self._current, self._previous = kept["current"], kept["previous"]

    def _keep(self) -> None:
        if self._path is not None:
            kept = {"references": self._references, "versions": self._versions}
            _write_json(self._path, kept | {"current": self._current, "previous": self._previous})

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
            self._keep()
            return reference, version

    def use(self, reference: SecretReference, version: str, *, instead_of: str) -> None:
        """Have `version` read from now on in place of `instead_of`. Raises SecretError where another one is in use."""
        with self._lock:
            if self._current.get(reference) != instead_of:
                raise SecretError("secret_not_written", "Another version is in use by now.")
            self._current[reference], self._previous[reference] = version, instead_of
            self._keep()

    def drop(self, reference: SecretReference, version: str) -> None:
        """Let go of a version that was kept and never used."""
        with self._lock:
            if self._current.get(reference) != version:
                self._versions[reference][version] = ""
                self._keep()
