"""Saved column maps: how a tenant's CSV files become approvals, by a name, so that nobody writes one twice."""

from collections.abc import Sequence
from typing import Protocol

from ledgerpost.domain.event import TenantId


class ColumnMaps(Protocol):
    """The column maps of all tenants, each the text of its document. Every method raises StoreError."""

    def names(self, tenant: TenantId) -> Sequence[str]:
        """Give the names of the tenant's maps, sorted."""
        ...

    def read(self, tenant: TenantId, name: str) -> str | None:
        """Give the text of a map; None where there is none of that name."""
        ...

    def keep(self, tenant: TenantId, name: str, text: str) -> None:
        """Keep a map, in the place of an earlier one of that name."""
        ...
