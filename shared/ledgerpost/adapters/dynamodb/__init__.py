"""The stores in DynamoDB. A module is loaded when its store is asked for: no function needs them all."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ledgerpost.adapters.dynamodb.change_log import DynamoChangeLog
    from ledgerpost.adapters.dynamodb.deliveries import DynamoDeliveryStore
    from ledgerpost.adapters.dynamodb.listing import DynamoListing
    from ledgerpost.adapters.dynamodb.lookup import DynamoDeliveryLookup
    from ledgerpost.adapters.dynamodb.pauses import DynamoPauseStore
    from ledgerpost.adapters.dynamodb.rejections import DynamoRejectionStore
    from ledgerpost.adapters.dynamodb.routes import DynamoRouteStore

__all__ = [
    "DynamoChangeLog",
    "DynamoDeliveryLookup",
    "DynamoDeliveryStore",
    "DynamoListing",
    "DynamoPauseStore",
    "DynamoRejectionStore",
    "DynamoRouteStore",
]

_MODULES = {
    "DynamoChangeLog": "change_log",
    "DynamoDeliveryLookup": "lookup",
    "DynamoDeliveryStore": "deliveries",
    "DynamoListing": "listing",
    "DynamoPauseStore": "pauses",
    "DynamoRejectionStore": "rejections",
    "DynamoRouteStore": "routes",
}


def __getattr__(name: str) -> Any:
    """Give a store by its name (PEP 562)."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
