"""What is tried again by itself, and what a person takes up again, over the real queues and tables."""

import pytest

from ledgerpost.app.operate import redrive
from ledgerpost.domain.delivery import Status
from tests.integration.conftest import an_entry
from tests.integration.deployment import Deployment

pytestmark = pytest.mark.ministack

POISON = "R-3"


def test_a_refused_entry_is_tried_again_and_a_parked_one_after_a_person_redrives_it(shared: Deployment) -> None:
    engine, simulator = shared.engine, shared.simulator
    simulator.set_faults(f"refuse=1:once:1,poison={POISON}")
    assert engine.run([an_entry(f"R-{number}", "1.00") for number in range(1, 11)]).is_settled
    records = {record.key.reference: record for record in engine.records() if record.key.reference.startswith("R-")}
    assert records["R-1"].attempts == 2
    assert [attempt.status for attempt in records["R-1"].history] == [503, None]
    assert {name for name, record in records.items() if record.status is not Status.DELIVERED} == {POISON}

    simulator.set_faults("")
    redrive(records[POISON].key, engine.operate_ports())
    assert engine.run([]).is_settled
    redriven = engine.deliveries.get(records[POISON].key)
    assert redriven is not None
    assert redriven.status is Status.DELIVERED
    assert simulator.counts().entries == 10
    # The schedule's own function runs there too, and finds nothing overdue.
    assert engine.stack.sweep() == 0
