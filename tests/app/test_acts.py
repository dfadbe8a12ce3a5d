"""Every change goes by the person's role and stands in the change log before it is made."""

import pytest

from ledgerpost.adapters.memory_change_log import MemoryChangeLog
from ledgerpost.app import acts
from ledgerpost.app.acts import Doing
from ledgerpost.app.change_log import ActPorts, Person, acting, check
from ledgerpost.app.pausing import Scope
from ledgerpost.app.stage_secrets import Put, PutSecret
from ledgerpost.domain.access import Act, Role
from ledgerpost.domain.change_log import ChangeEntry
from ledgerpost.domain.delivery import Status
from ledgerpost.domain.outcome import NotApplied, Retry
from ledgerpost.domain.route import ConnectionId, SecretReference
from ledgerpost.errors import StoreError, UsageError
from tests.app.world import TENANT, World, event_text

REFUSED = NotApplied("tag_missing", Retry.NEVER, "Retail", status=422)
MAIN = ConnectionId("main")


class Desk:
    """A world, its change log, and somebody at work."""

    def __init__(self, role: Role = Role.OPERATOR) -> None:
        self.world = World()
        self.log = MemoryChangeLog()
        self.doing = Doing(
            person=Person("ann", role), ports=ActPorts(self.log, self.world.clock), reason="entered by hand"
        )

    def park(self, reference: str = "1") -> None:
        self.world.ledger.faults = [REFUSED]
        assert self.world.offer(event_text(reference=reference, event_id=reference)) == "parked"

    def entries(self) -> list[ChangeEntry]:
        return list(self.log.from_number(TENANT, 1, 100))

    def told(self) -> list[tuple[str, str]]:
        return [(entry.change.act.value, entry.change.refused) for entry in self.entries()]


def test_a_skip_is_kept_with_who_when_what_and_why() -> None:
    desk = Desk()
    desk.park()
    record = acts.skip(desk.world.key(), desk.world.operate, desk.doing)
    assert record.status is Status.SKIPPED
    [entry] = desk.entries()
    assert (entry.change.by, entry.change.at, entry.change.act) == ("ann", desk.world.clock.now(), Act.SKIP)
    assert entry.change.facts == {
        "account": "sales", "connection": "main", "reason": "entered by hand", "reference": "1",
    }  # fmt: skip


def test_a_viewer_changes_nothing_and_the_attempt_is_kept() -> None:
    desk = Desk(Role.VIEWER)
    desk.park()
    with pytest.raises(UsageError) as refusal:
        acts.redrive(desk.world.key(), desk.world.operate, desk.doing)
    assert refusal.value.code == "not_allowed"
    assert desk.world.record().status is Status.PARKED
    assert desk.told() == [("redrive", "not_allowed")]


def test_what_the_act_itself_refuses_is_kept_as_a_second_entry() -> None:
    desk = Desk()
    desk.world.offer(event_text())
    with pytest.raises(UsageError):
        acts.redrive(desk.world.key(), desk.world.operate, desk.doing)
    assert desk.told() == [("redrive", ""), ("redrive", "transition_refused")]


def test_where_the_log_cannot_be_written_nothing_is_changed() -> None:
    class Full(MemoryChangeLog):
        def append(self, entry: ChangeEntry) -> ChangeEntry | None:
            raise StoreError("store_unavailable", "The table does not answer.")

    desk = Desk()
    desk.park()
    doing = Doing(person=desk.doing.person, ports=ActPorts(Full(), desk.world.clock))
    with pytest.raises(StoreError):
        acts.redrive(desk.world.key(), desk.world.operate, doing)
    assert desk.world.record().status is Status.PARKED


def test_a_bulk_act_is_one_entry_with_its_number_routes_and_codes() -> None:
    desk = Desk()
    for reference in ("1", "2"):
        desk.park(reference)
    done = acts.redrive_all(TENANT, desk.world.records.records(TENANT, Status.PARKED), desk.world.operate, desk.doing)
    assert done.done == 2
    [entry] = desk.entries()
    assert (entry.change.facts["count"], entry.change.facts["route"], entry.change.facts["code"]) == (
        "2", "sales", "tag_missing",
    )  # fmt: skip


def test_a_pause_and_its_end_are_kept() -> None:
    desk = Desk()
    scope = Scope(TENANT, MAIN)
    assert acts.pause(scope, desk.world.pausing, desk.doing)
    assert desk.world.offer(event_text()) == "parked"
    ended, taken_up = acts.resume(scope, desk.world.pausing, desk.doing)
    assert ended is not None
    assert taken_up.done == 1
    assert desk.told() == [("pause", ""), ("resume", "")]


def test_of_a_secret_the_log_has_only_whose_it_is() -> None:
    desk = Desk(Role.ADMIN)
    put = PutSecret(Put.ROTATED, SecretReference("secretsmanager:arn"), 1)
    assert acts.put_secret(TENANT, MAIN, lambda: put, desk.doing) is put
    [entry] = desk.entries()
    assert entry.change.facts == {"connection": "main", "reason": "entered by hand"}


def test_an_operator_may_not_touch_a_secret() -> None:
    desk = Desk()
    with pytest.raises(UsageError):
        acts.put_secret(TENANT, MAIN, lambda: pytest.fail("it was put"), desk.doing)
    assert desk.told() == [("put_secret", "not_allowed")]


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("act", [act for act in Act if act.changes])
def test_no_act_passes_without_an_entry_whoever_does_it(act: Act, role: Role) -> None:
    desk = Desk(role)
    was_done = False
    try:
        with acting(desk.doing.person, act, TENANT, desk.doing.ports):
            assert len(desk.entries()) == 1, "the entry comes before the act"
            was_done = True
    except UsageError:
        pass
    assert desk.told() == [(act.value, "" if was_done else "not_allowed")]
    assert check(TENANT, desk.log).broken_at is None
