"""The guide's list "Nothing appears in PennyPipe after approval", answered."""

from dataclasses import replace

import pytest

from ledgerpost.app.explain import Explanation, explain
from ledgerpost.domain.outcome import NotApplied, Retry
from ledgerpost.domain.route import StreamType
from ledgerpost.wire.message import read_accepted_event
from tests.app.world import World, event_text, route

PURCHASING = route(StreamType.PURCHASING, route_id="purchasing")


def _explain(world: World, text: str) -> Explanation:
    return explain(read_accepted_event(text), world.configuration, world.records.get, world.ports.formulas)


def _failed(explanation: Explanation) -> list[str | None]:
    return [check.code for each in explanation.routes for check in each.checks if not check.passed]


def test_a_disabled_route_is_named() -> None:
    world = World()
    world.configure(route(enabled=False))
    assert _explain(world, event_text()).code == "route_disabled"


def test_a_wrong_stream_is_named_with_the_right_one() -> None:
    world = World()
    world.configure(PURCHASING)
    explanation = _explain(world, event_text())
    assert explanation.code == "no_matching_route"
    assert "belongs to Sales" in explanation.routes[0].checks[0].finding


def test_a_disabled_rule_is_named() -> None:
    world = World()
    enabled = route()
    rules = {kind: replace(rule, enabled=False) for kind, rule in enabled.rules.items()}
    world.configure(replace(enabled, rules=rules))
    explanation = _explain(world, event_text())
    assert explanation.code == "rule_disabled"
    assert "SaleDocument.Enabled is false" in explanation.routes[0].checks[-1].finding


@pytest.mark.parametrize(
    ("text", "code"), [(event_text(reference=""), "no_reference"), (event_text("0"), "zero_amount")]
)
def test_what_the_entry_itself_lacks_is_named(text: str, code: str) -> None:
    assert _failed(_explain(World(), text)) == [code]


def test_the_account_that_it_would_go_to_is_shown() -> None:
    checks = _explain(World(), event_text()).routes[0].checks
    assert any(check.name == "account" and "sales through connection main" in check.finding for check in checks)


def test_what_was_not_delivered_yet_is_still_queued() -> None:
    explanation = _explain(World(), event_text())
    assert explanation.routes[0].reaches_ledger
    assert "still queued" in explanation.routes[0].checks[-1].finding


def test_a_parked_delivery_shows_the_ledgers_word_and_the_fix() -> None:
    world = World()
    world.ledger.faults = [NotApplied("client_not_allowlisted", Retry.NEVER, "not on the list", status=403)]
    world.offer(event_text())
    explanation = _explain(world, event_text())
    last = explanation.routes[0].checks[-1]
    assert (last.passed, last.code) == (False, "client_not_allowlisted")
    assert "not on the list" in last.finding
    assert "allow-list the OAuth client" in last.fix


def test_a_delivered_entry_shows_its_ledger_id() -> None:
    world = World()
    world.offer(event_text())
    assert "entry-1" in _explain(world, event_text()).routes[0].checks[-1].finding


def test_an_older_version_is_told_to_be_superseded() -> None:
    world = World()
    world.offer(event_text(revision=2))
    assert "superseded" in _explain(world, event_text(revision=1)).routes[0].checks[-1].finding


def test_explaining_posts_nothing_and_writes_nothing() -> None:
    world = World()
    _explain(world, event_text())
    assert world.ledger.posts == 0
    assert world.records.get(world.key()) is None


def test_a_route_of_the_other_stream_does_not_spoil_the_answer() -> None:
    world = World()
    world.configure(route(), PURCHASING)
    assert _explain(world, event_text()).code is None
