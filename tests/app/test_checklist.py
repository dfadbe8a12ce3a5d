"""The go-live checklist ticks itself: no line is done before its fact is there. Source: seed 000."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from ledgerpost.adapters.memory_change_log import MemoryChangeLog
from ledgerpost.adapters.memory_configurations import MemoryConfigurationStore
from ledgerpost.app import acts
from ledgerpost.app.acts import Doing
from ledgerpost.app.change_log import ActPorts, Person
from ledgerpost.app.checklist import ChecklistPorts, go_live_checklist
from ledgerpost.domain.access import Role
from ledgerpost.domain.checklist import Line, Step
from ledgerpost.domain.event import StreamType
from ledgerpost.domain.outcome import Applied, NotApplied, PostOutcome, Retry
from ledgerpost.domain.route import AppliedConfiguration, ConnectionId, Route, TenantConfiguration
from ledgerpost.wire.message import read_accepted_event
from tests.app.test_browse import Shop
from tests.app.world import ACCOUNT, TENANT, configuration, route

DAY = date(2026, 3, 1)
MAIN = ConnectionId("main")


class Launch(Shop):
    """A shop on its way to going live."""

    def __init__(self) -> None:
        super().__init__()
        self.configurations = MemoryConfigurationStore()
        self.log = MemoryChangeLog()
        self.revision = 0

    def save(self, saved: TenantConfiguration) -> None:
        self.revision += 1
        applied = AppliedConfiguration(configuration=saved, revision=self.revision, by="ann", at=self.clock.now())
        assert self.configurations.apply(applied, []) is None
        self.configuration = saved
        self.routes.apply(saved)

    def route(self, *routes: Route) -> None:
        self.save(configuration(*routes))

    def test_post(self, outcome: PostOutcome) -> None:
        doing = Doing(person=Person("ann", Role.ADMIN), ports=ActPorts(self.log, self.clock))
        acts.test_post(TENANT, MAIN, ACCOUNT, doing, post=lambda: outcome, outcome_of=lambda each: each)

    def lines(self, today: date = DAY) -> dict[Step, Line]:
        ports = ChecklistPorts(
            configurations=self.configurations,
            changes=self.log,
            browse=self.browse,
            targets=self.ledger,
            read_event=read_accepted_event,
        )
        return {line.step: line for line in go_live_checklist(TENANT, today, ports)}

    def done(self, today: date = DAY) -> list[Step]:
        return [step for step, line in self.lines(today).items() if line.is_done]


def test_nothing_is_done_on_an_empty_stage_and_every_line_says_what_is_missing() -> None:
    lines = Launch().lines()
    assert list(lines) == list(Step)
    assert all(not line.is_done and line.missing for line in lines.values())


def test_the_lines_are_ticked_one_after_the_other_on_the_way_to_going_live() -> None:
    launch = Launch()
    launch.save(configuration())
    assert launch.done() == [Step.CONNECTION_SAVED]
    made = route()
    launch.route(replace(made, rules={kind: replace(rule, enabled=False) for kind, rule in made.rules.items()}))
    assert launch.done() == [Step.CONNECTION_SAVED, Step.ROUTES_CREATED]
    launch.route(route())
    assert launch.done() == list(Step)[:3]
    launch.test_post(Applied("led_1", created=True))
    assert launch.done() == list(Step)[:4]
    launch.approve("1")
    assert launch.done() == list(Step)


def test_a_test_post_that_the_ledger_refused_ticks_nothing() -> None:
    launch = Launch()
    launch.route(route())
    launch.test_post(NotApplied("account_forbidden", Retry.NEVER, status=403))
    assert Step.TEST_POST_SUCCEEDED not in launch.done()
    assert [entry.change.refused for entry in launch.log.latest(TENANT, 1)] == ["account_forbidden"]


def test_a_delivery_that_the_ledger_holds_otherwise_is_not_verified() -> None:
    launch = Launch()
    launch.route(route())
    launch.approve("1")
    [held] = launch.ledger.held
    launch.ledger.held = [replace(held, amount=held.amount + Decimal("0.01"))]
    assert Step.LIVE_VERIFIED not in launch.done()


def test_a_delivery_of_long_ago_verifies_nothing_today() -> None:
    launch = Launch()
    launch.route(route())
    launch.approve("1")
    assert Step.LIVE_VERIFIED in launch.done(date(2026, 3, 7))
    assert Step.LIVE_VERIFIED not in launch.done(date(2026, 3, 8))


def test_every_enabled_route_has_to_be_verified() -> None:
    launch = Launch()
    launch.route(route(), route(StreamType.PURCHASING, route_id="purchases"))
    launch.approve("1")
    line = launch.lines()[Step.LIVE_VERIFIED]
    assert (line.is_done, line.missing) == (
        False, ("No approved transaction of route purchases was found in the ledger yet.",),
    )  # fmt: skip


def test_a_route_that_is_switched_off_holds_nothing_up_but_is_named() -> None:
    launch = Launch()
    launch.route(route(), route(StreamType.PURCHASING, route_id="purchases", enabled=True))
    launch.route(route(), replace(route(StreamType.PURCHASING, route_id="purchases"), enabled=False))
    line = launch.lines()[Step.ROUTES_CREATED]
    assert line.is_done
    assert "Route purchases is switched off." in line.notes


def test_a_route_without_any_rules_is_there_for_the_documents_of_closed_days_where_its_stream_has_some() -> None:
    launch = Launch()
    launch.route(replace(route(), rules={}))
    assert launch.lines()[Step.RULES_ENABLED].is_done
    launch.route(replace(route(StreamType.PURCHASING), rules={}))
    assert not launch.lines()[Step.RULES_ENABLED].is_done


def test_a_payment_rule_that_is_left_out_is_pointed_at() -> None:
    launch = Launch()
    made = route()
    payments_off = {kind: replace(rule, enabled=kind.amount_property == "Total") for kind, rule in made.rules.items()}
    launch.route(replace(made, rules=payments_off))
    line = launch.lines()[Step.RULES_ENABLED]
    assert line.is_done
    assert line.notes == ("Route sales takes SaleDocument and leaves SalePayment out.",)
