"""Who goes before whom in the delivery queue.

The queue hands out the messages of a group that has few under way before those of one that has many, so one account's
flood does not hold up the others, and the past of an account does not hold up its present.
Source: Amazon SQS Developer Guide, "Fair queues".
"""

from ledgerpost.domain.delivery import DeliveryKey
from ledgerpost.domain.event import ApprovalEvent, TenantId
from ledgerpost.domain.route import AccountId, ConnectionId, Route


def group_of_approval(event: ApprovalEvent, route: Route) -> str:
    """Give the group of the message that delivers `event` on `route`: the account's, or that of the account's past."""
    present = _of_account(event.tenant, route.connection, route.account)
    return f"{present}/past" if event.in_bulk else present


def group_of_record(key: DeliveryKey) -> str:
    """Give the group of a wake-up call of the record under `key`."""
    return _of_account(key.tenant, key.connection, key.account)


def _of_account(tenant: TenantId, connection: ConnectionId, account: AccountId) -> str:
    return f"{tenant}/{connection}/{account}"
