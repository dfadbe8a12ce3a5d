"""The stores in DynamoDB."""

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
