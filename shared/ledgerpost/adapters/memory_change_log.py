"""The change log in memory, and where a folder is given in a file of JSON Lines beside the records."""

import json
import os
import threading
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from ledgerpost.adapters.synced_file import make_folder, sync_folder, sync_to_disk
from ledgerpost.domain.access import Act
from ledgerpost.domain.change_log import Change, ChangeEntry
from ledgerpost.domain.event import TenantId
from ledgerpost.errors import StoreError


class MemoryChangeLog:
    """The chains of all tenants (port ChangeLog). `path` is the file that they are kept in; None for nowhere.

    Raises StoreError for a file that cannot be read. A line that a killed process left torn is cut off.
    """

    def __init__(self, path: Path | None = None) -> None:
        self._chains: dict[TenantId, list[ChangeEntry]] = {}
        self._path = path
        self._lock = threading.Lock()
        if path is not None and path.exists():
            self._read(path)

    def last(self, tenant: TenantId) -> ChangeEntry | None:
        """Give the tenant's last entry; None where there is none."""
        chain = self._chains.get(tenant)
        return chain[-1] if chain else None

    def append(self, entry: ChangeEntry) -> ChangeEntry | None:
        """Write `entry` where the tenant's last one is the one that it is chained to, and give None; where it is not,
        write nothing and give the last one.
        """
        with self._lock:
            last = self.last(entry.change.tenant)
            follows = (last.number, last.digest) == (entry.number - 1, entry.before) if last else entry.number == 1
            if not follows:
                return last
            if self._path is not None:
                self._keep(self._path, entry)
            self._chains.setdefault(entry.change.tenant, []).append(entry)
            return None

    def latest(self, tenant: TenantId, limit: int, before: int | None = None) -> Sequence[ChangeEntry]:
        """Give up to `limit` entries, the latest first."""
        chain = self._chains.get(tenant, [])
        end = len(chain) if before is None else max(0, min(before - 1, len(chain)))
        return chain[max(0, end - limit) : end][::-1]

    def from_number(self, tenant: TenantId, first: int, limit: int) -> Sequence[ChangeEntry]:
        """Give up to `limit` entries from number `first` on, in their order."""
        return self._chains.get(tenant, [])[first - 1 : first - 1 + limit]

    def _keep(self, path: Path, entry: ChangeEntry) -> None:
        make_folder(path.parent)
        line = json.dumps(entry_to_json(entry), ensure_ascii=True, separators=(",", ":"))
        with path.open("ab") as file:
            file.write(line.encode() + b"\n")
            file.flush()
            sync_to_disk(file.fileno())
        if entry.number == 1:
            sync_folder(path.parent)

    def _read(self, path: Path) -> None:
        content = path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        for number, line in enumerate(whole.splitlines(), start=1):
            try:
                entry = entry_from_json(json.loads(line))
            except (ValueError, KeyError, TypeError):
                raise StoreError("store_unavailable", f"{path.name}, line {number}, is damaged.") from None
            self._chains.setdefault(entry.change.tenant, []).append(entry)
        if len(whole) < len(content):
            os.truncate(path, len(whole))


def entry_to_json(entry: ChangeEntry) -> dict[str, Any]:
    """Give an entry as JSON values; `entry_from_json` gives the same entry back."""
    change = entry.change
    return {
        "tenant": change.tenant,
        "number": entry.number,
        "act": change.act.value,
        "by": change.by,
        "at": change.at.isoformat(),
        "facts": dict(change.facts),
        "refused": change.refused,
        "before": entry.before,
        "digest": entry.digest,
    }


def entry_from_json(values: dict[str, Any]) -> ChangeEntry:
    """Read an entry back. Raises ValueError, KeyError or TypeError for what is none."""
    change = Change(
        tenant=TenantId(values["tenant"]),
        act=Act(values["act"]),
        by=values["by"],
        at=datetime.fromisoformat(values["at"]),
        facts=values["facts"],
        refused=values["refused"],
    )
    return ChangeEntry(change, values["number"], values["before"], values["digest"])
