"""Calling again: the delayed messages that bring a delivery back to its turn. Any of them may be lost; `settle` finds
what is overdue.
"""

from datetime import datetime

from ledgerpost.app.delivery_line import line_of_work
from ledgerpost.app.delivery_work import Approval, DeliverPorts, Task
from ledgerpost.app.fair_group import group_of_approval, group_of_record
from ledgerpost.domain.claim import Result, WaitUntil
from ledgerpost.domain.delivery import DeliveryKey, DeliveryRecord
from ledgerpost.ports import DeliveryLine, OutgoingMessage

DELAY_S_MAX = 900
"""The longest delay of a queue message. Source: Amazon SQS, DelaySeconds."""

BUSY_DELAY_S = 5
"""How long a message waits for another worker's claim at most before it looks again."""


def call_again(record: DeliveryRecord, now: datetime, ports: DeliverPorts) -> None:
    """Send a delayed wake-up call for a short wait; `settle` finds the long ones, and those whose call was lost."""
    if record.due_at is None:
        return
    delay_s = max(0, -(-(record.due_at - now).total_seconds() // 1))
    if delay_s <= DELAY_S_MAX:
        send_wake_up(record.key, int(delay_s), ports)


def send_wake_up(key: DeliveryKey, delay_s: int, ports: DeliverPorts, *, doubted: bool = False) -> None:
    """Send a wake-up call for the record under `key`."""
    message = OutgoingMessage(ports.wake_up_for(key, doubted), group=group_of_record(key), delay_s=delay_s)
    ports.deliveries.send([message])


def postpone(task: Task, wait: WaitUntil, ports: DeliverPorts) -> DeliveryLine:
    """Send the message once more for then. A wake-up call for later than a message can wait is left to `settle`."""
    left = wait.at - ports.clock.now()
    delay_s = max(1, int(left.total_seconds()) + 1)
    if wait.result is Result.BUSY:
        # The claim mostly ends long before its lease does: look again when it has lasted twice as long as now.
        lasted_s = int((ports.lease - left).total_seconds())
        delay_s = min(delay_s, max(1, lasted_s), BUSY_DELAY_S)
    if isinstance(task.message, Approval):
        # There may be no record yet, and then this message is all there is of the entry.
        delay_s = min(delay_s, DELAY_S_MAX)
    if delay_s <= DELAY_S_MAX:
        ports.deliveries.send([OutgoingMessage(task.message.body, group=_group_of(task), delay_s=delay_s)])
    return line_of_work(task.work, wait.result)


def _group_of(task: Task) -> str:
    if isinstance(task.message, Approval):
        return group_of_approval(task.message.event, task.route)
    return group_of_record(task.message.key)
