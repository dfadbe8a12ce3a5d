"""A delivery waits in its record, and the message that should call it again is gone: the schedule finds it."""

import pytest

from ledgerpost.domain.delivery import Status
from tests.integration.conftest import an_entry
from tests.integration.deployment import Deployment, until

pytestmark = pytest.mark.ministack


def test_a_worker_that_dies_between_the_record_and_its_wake_up_call_is_made_good_by_the_schedule(
    shared: Deployment,
) -> None:
    shared.simulator.set_faults("refuse=1:once:1")
    order = shared.recorder.kill_before(shared.engine.stack.names["DeliverFunction"], "SendMessageBatch")
    shared.engine.stack.bus.put([an_entry("W-killed", "4.00")])
    until(lambda: not order.exists(), "no worker was about to send a wake-up call")
    assert shared.statuses(["W-killed"]) == {Status.RETRYING}
    # No message calls it: that of the dead worker stays hidden for as long as the template says, six minutes.
    shared.sweep_until_delivered(["W-killed"])
    assert [entry["amount"] for entry in shared.simulator.entries()] == ["4.00"]
    shared.purge_queues()


def test_wake_up_calls_that_the_queue_lost_are_made_good_by_the_schedule(shared: Deployment) -> None:
    entries = {f"W-lost-{number}": an_entry(f"W-lost-{number}", "5.00") for number in range(5)}
    shared.lose_wake_up_calls(entries)
    shared.sweep_until_delivered(entries)
    assert (shared.simulator.counts().entries, shared.simulator.counts().duplicates) == (5, 0)
