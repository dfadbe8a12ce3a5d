"""Pausing a connection or one account: by a refusal that every entry would meet, or by a person."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ledgerpost.app.pausing import Scope, pause, resume, take_up
from ledgerpost.domain.delivery import Status
from ledgerpost.domain.outcome import NotApplied, Retry
from ledgerpost.domain.pause import Pause
from ledgerpost.domain.route import AccountId, ConnectionId
from tests.app.world import ACCOUNT, TENANT, World, event_text, route

TOKEN_REFUSED = NotApplied("token_refused", Retry.NEVER, status=401)
FORBIDDEN = NotApplied("account_forbidden", Retry.NEVER, status=403)
DOWN = NotApplied("ledger_unavailable", Retry.LATER, status=503)
MAIN = Scope(TENANT, ConnectionId("main"))
OTHER_ACCOUNT = AccountId("stores")


def _world(*faults: NotApplied) -> World:
    """Two routes of one connection, to an account each."""
    world = World()
    world.configure(route(), replace(route(route_id="to-stores"), account=OTHER_ACCOUNT))
    world.ledger.faults = list(faults)
    return world


def _resume(world: World, scope: Scope) -> list[str]:
    ended = resume(scope, world.pausing, by="ann")
    take_up(scope, ended, world.pausing, by="ann")
    return world.run_queue()


@pytest.mark.parametrize("code", ["token_refused", "oauth_client_refused"])
def test_a_refused_token_parks_the_entry_and_pauses_its_connection(code: str) -> None:
    world = _world(NotApplied(code, Retry.NEVER, status=401))
    assert world.offer(event_text()) == "parked"
    [made] = world.pauses.pauses(TENANT)
    assert (made.connection, made.account, made.code, made.by) == ("main", None, code, "ledgerpost")
    assert world.record().code == code
    assert world.notices.told == ["connection.paused"]
    assert world.notices.fields["connection.paused"]["connection"] == "main"


def test_what_comes_through_a_paused_connection_is_parked_without_a_call_whatever_its_account() -> None:
    world = _world(TOKEN_REFUSED)
    world.offer(event_text())
    for route_id in ("sales", "to-stores"):
        assert world.offer(event_text(reference="2"), route_id) == "parked"
    assert world.ledger.posts == 1
    held = world.record("2")
    assert (held.code, held.attempts) == ("connection_paused", 0)
    assert "token_refused" in held.detail


@pytest.mark.parametrize("code", ["account_forbidden", "client_not_allowlisted"])
def test_a_forbidden_account_is_paused_alone(code: str) -> None:
    world = _world(NotApplied(code, Retry.NEVER, status=403))
    world.offer(event_text())
    assert world.offer(event_text(reference="2")) == "parked"
    assert world.record("2").code == "account_paused"
    assert world.offer(event_text(reference="2"), "to-stores") == "delivered"
    assert world.notices.told == ["account.paused"]


def test_a_resume_delivers_all_that_waited_the_refused_one_included() -> None:
    world = _world(TOKEN_REFUSED)
    for number in range(3):
        world.offer(event_text(reference=str(number)))
    assert _resume(world, MAIN) == ["delivered"] * 3
    assert world.pauses.pauses(TENANT) == ()
    assert {world.record(str(number)).operations[-1].by for number in range(3)} == {"ann"}
    assert world.offer(event_text(reference="later")) == "delivered"


def test_a_resume_leaves_alone_what_is_parked_for_another_reason() -> None:
    world = _world(NotApplied("tag_missing", Retry.NEVER, status=422), TOKEN_REFUSED)
    for number in range(3):
        world.offer(event_text(reference=str(number)))
    assert _resume(world, MAIN) == ["delivered"] * 2
    assert world.record("0").code == "tag_missing"


def test_a_resumed_account_of_a_connection_that_is_paused_too_waits_for_the_connection() -> None:
    world = _world(FORBIDDEN)
    world.offer(event_text())
    pause(MAIN, world.pausing, by="bob", reason="migration")
    assert _resume(world, replace(MAIN, account=ACCOUNT)) == []
    assert _resume(world, MAIN) == ["delivered"]


def test_a_person_pauses_with_a_reason_and_every_waiting_delivery_says_it() -> None:
    world = _world()
    assert pause(MAIN, world.pausing, by="bob", reason="year-end close")
    assert not pause(MAIN, world.pausing, by="eve", reason="again"), "the first pause stays"
    world.offer(event_text())
    assert "bob" in world.record().detail
    assert "year-end close" in world.record().detail
    assert _resume(world, MAIN) == ["delivered"]


def test_open_work_of_a_paused_connection_parks_with_its_doubt_kept() -> None:
    world = _world()
    world.ledger.faults = ["cut"]
    assert world.offer(event_text()) == "unconfirmed"
    pause(MAIN, world.pausing, by="bob", reason="migration")
    assert world.run_queue() == ["parked"]
    assert world.record().unsettled
    assert world.ledger.posts == 1
    assert _resume(world, MAIN) == ["delivered"]
    assert world.ledger.amounts() == ["10.00"]


def test_a_person_s_redrive_makes_its_attempt_even_while_the_connection_is_paused() -> None:
    from ledgerpost.app.operate import redrive

    world = _world(TOKEN_REFUSED)
    world.offer(event_text())
    redrive(world.key(), world.operate, by="ann", reason="token was mended")
    assert world.run_queue() == ["delivered"]
    assert world.pauses.pauses(TENANT), "the pause itself is ended by a person alone"


def test_what_the_ledger_need_not_be_asked_goes_on_while_paused() -> None:
    world = _world()
    world.offer(event_text(revision=2))
    pause(MAIN, world.pausing, by="bob", reason="migration")
    assert world.offer(event_text(revision=2)) == "duplicate"
    assert world.offer(event_text("5.00", revision=1)) == "superseded"
    assert world.offer(event_text("0.00", reference="zero")) == "skipped"


class _StaleAtFirst:
    """Another container's view: what is kept still says paused, what is read anew says what is."""

    def __init__(self, kept: tuple[Pause, ...], fresh: list[tuple[Pause, ...]]) -> None:
        self.kept = kept
        self.fresh = fresh

    def pauses(self, tenant: str, *, fresh: bool = False) -> tuple[Pause, ...]:
        return self.fresh.pop(0) if fresh else self.kept

    def pause(self, tenant: str, pause: Pause) -> bool:
        return True


def _paused(world: World) -> tuple[Pause, ...]:
    return (Pause(connection=ConnectionId("main"), account=None, code="token_refused", by="x", at=world.clock.now()),)


def test_a_container_that_has_not_heard_of_the_resume_parks_nothing() -> None:
    world = _world()
    world.ports = replace(world.ports, pauses=_StaleAtFirst(_paused(world), [()]))  # type: ignore[arg-type]
    assert world.offer(event_text()) == "delivered"


def test_what_is_parked_at_the_very_moment_of_the_resume_is_taken_up_at_once() -> None:
    world = _world()
    stale = _StaleAtFirst(_paused(world), [_paused(world), ()])
    world.ports = replace(world.ports, pauses=stale)  # type: ignore[arg-type]
    assert world.offer(event_text()) == "parked"
    assert world.record().status is Status.PENDING
    assert world.run_queue() == ["delivered"]


def test_a_pause_ends_with_its_resume_and_not_by_time() -> None:
    world = _world(TOKEN_REFUSED)
    world.offer(event_text())
    world.clock.pass_(days=30)
    assert world.offer(event_text(reference="2")) == "parked"
    assert world.record("2").updated_at - world.record("1").updated_at == timedelta(days=30)
