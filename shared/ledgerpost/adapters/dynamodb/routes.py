"""The applied configuration in DynamoDB as the functions read it: all of one tenant by one Query, kept for a minute."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from ledgerpost.adapters.dynamodb.plain_items import PlainItem
from ledgerpost.adapters.dynamodb.tenant_items import read_tenant
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.route import AppliedConfiguration, TenantConfiguration
from ledgerpost.errors import StoreError
from ledgerpost.ports import Clock

CACHE_S = 60
"""A change of routes reaches every container within this many seconds (port RouteStore)."""

TENANTS_CACHED_MAX = 1000

APPLICATIONS_TRIED_MAX = 5

FromItems = Callable[[Sequence[PlainItem]], TenantConfiguration]
ToItems = Callable[[TenantConfiguration], Sequence[PlainItem]]


class DynamoRouteStore:
    """The table of routes (port RouteStore), each tenant's kept for a minute. Every fault is a StoreError.

    `from_items` and `to_items` know what an item says; here they are plain JSON values under `tenant` and `item`.
    """

    def __init__(self, client: Any, table: str, *, clock: Clock, from_items: FromItems, to_items: ToItems) -> None:
        self._client = client
        self._table = table
        self._clock = clock
        self._from_items = from_items
        self._to_items = to_items
        self._cache: dict[TenantId, tuple[datetime, TenantConfiguration]] = {}

    def tenant(self, tenant: TenantId) -> TenantConfiguration | None:
        """Give the tenant's configuration, at most a minute old; None for an unknown tenant.

        An unknown tenant is asked for anew each time: it may have been applied a second ago.
        """
        cached = self._cache.get(tenant)
        now = self._clock.now()
        if cached is not None and now - cached[0] < timedelta(seconds=CACHE_S):
            return cached[1]
        items = read_tenant(self._client, self._table, tenant)
        if items is None:
            self._cache.pop(tenant, None)
            return None
        configuration = self._from_items([items.head, *items.members])
        if len(self._cache) >= TENANTS_CACHED_MAX:
            self._cache.clear()
        self._cache[tenant] = (now, configuration)
        return configuration

    def apply(self, configuration: TenantConfiguration) -> None:
        """Make `configuration` the tenant's whatever is there, its route revisions as they are given: for an emulator,
        which starts empty. A stage is applied to by `app/apply.py`.
        """
        # Only emulators come here: a function's cold start does not pay for the writing side.
        from ledgerpost.adapters.dynamodb.configurations import DynamoConfigurationStore  # noqa: PLC0415

        store = DynamoConfigurationStore(
            self._client, self._table, from_items=self._from_items, to_items=self._to_items
        )
        applied = store.applied(configuration.tenant)
        for _ in range(APPLICATIONS_TRIED_MAX):
            revision = applied.revision + 1 if applied else 1
            applied = store.apply(
                AppliedConfiguration(configuration=configuration, revision=revision, by="", at=self._clock.now()), ()
            )
            if applied is None:
                self._cache.pop(configuration.tenant, None)
                return
        raise StoreError("store_unavailable", f"{configuration.tenant} was applied by others with every try.")
