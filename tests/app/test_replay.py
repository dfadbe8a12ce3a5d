"""Replaying archived days on a stage."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ledgerpost.adapters.event_archive import EventBridgeArchive
from ledgerpost.app.replay import POLL_S, ReplayPorts, ReplayState, follow, start_replay
from ledgerpost.cli.replay import instant_of
from ledgerpost.errors import StoreError, UsageError
from tests.adapters.fake_clients import Failing, client_error
from tests.app.world import START, HandClock, Noticeboard

DAY = (START - timedelta(days=2), START - timedelta(days=1))


@dataclass
class FakeEvents:
    """EventBridge's replays: each look finds the next of `states`, the last one for good."""

    states: list[str]
    started: list[dict[str, Any]] = field(default_factory=list)
    looks: int = 0

    def start_replay(self, **request: Any) -> dict[str, Any]:
        self.started.append(request)
        return {"State": "STARTING"}

    def describe_replay(self, *, ReplayName: str) -> dict[str, Any]:  # noqa: N803 - AWS's own name
        [request] = self.started
        assert request["ReplayName"] == ReplayName
        state = self.states[min(self.looks, len(self.states) - 1)]
        self.looks += 1
        answer = {"State": state, "EventStartTime": request["EventStartTime"], "EventEndTime": request["EventEndTime"]}
        if state == "RUNNING":
            answer["EventLastReplayedTime"] = request["EventStartTime"] + timedelta(hours=6 * (self.looks - 1))
        return answer | ({"StateReason": "The archive was deleted."} if state == "FAILED" else {})


def _ports(client: Any) -> ReplayPorts:
    clock = HandClock()
    archive = EventBridgeArchive(client, archive="arn:archive", bus="arn:bus", rule="arn:rule")
    return ReplayPorts(
        archive=archive, clock=clock, notices=Noticeboard(), pause=lambda seconds: clock.pass_(seconds=seconds)
    )


def test_a_replay_goes_from_the_archive_to_our_rule_alone_and_says_who_and_why() -> None:
    events = FakeEvents(["COMPLETED"])
    ports = _ports(events)
    name = start_replay(*DAY, ports, by="ann", reason="rule was wrong")
    [request] = events.started
    assert (request["EventSourceArn"], request["Destination"]) == (
        "arn:archive",
        {"Arn": "arn:bus", "FilterArns": ["arn:rule"]},
    )
    assert (request["EventStartTime"], request["EventEndTime"]) == DAY
    assert request["Description"] == "ann: rule was wrong"
    assert len(name) <= 64
    assert ports.notices.told == ["operator.replayed"]  # type: ignore[attr-defined]


def test_the_progress_is_shown_until_the_replay_has_ended() -> None:
    events = FakeEvents(["STARTING", "RUNNING", "RUNNING", "COMPLETED"])
    ports = _ports(events)
    seen = list(follow(start_replay(*DAY, ports, by="ann", reason=""), ports))
    assert [each.share for each in seen] == [0.0, 0.25, 0.5, 1.0]
    assert seen[-1].state is ReplayState.COMPLETED
    assert ports.clock.now() == START + timedelta(seconds=3 * POLL_S)


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED"])
def test_a_replay_that_does_not_complete_has_failed(state: str) -> None:
    ports = _ports(FakeEvents(["RUNNING", state]))
    *_, last = follow(start_replay(*DAY, ports, by="ann", reason=""), ports)
    assert last.state is ReplayState.FAILED


def test_a_replay_that_never_ends_is_not_watched_for_ever() -> None:
    ports = _ports(FakeEvents(["RUNNING"]))
    seen = list(follow(start_replay(*DAY, ports, by="ann", reason=""), ports, limit=timedelta(minutes=1)))
    assert len(seen) == 7


@pytest.mark.parametrize(
    ("first", "last"), [(DAY[1], DAY[0]), (DAY[0], DAY[0]), (DAY[0], START + timedelta(seconds=1))]
)
def test_a_stretch_that_is_empty_or_not_over_is_refused(first: datetime, last: datetime) -> None:
    events = FakeEvents([])
    with pytest.raises(UsageError):
        start_replay(first, last, _ports(events), by="ann", reason="")
    assert events.started == []


def test_a_refusal_of_aws_is_a_store_error() -> None:
    with pytest.raises(StoreError):
        start_replay(*DAY, _ports(Failing(client_error("LimitExceededException"))), by="ann", reason="")


def test_a_day_is_replayed_whole_and_an_instant_to_the_second() -> None:
    assert instant_of("2026-03-01", is_end=False) == datetime(2026, 3, 1, tzinfo=UTC)
    assert instant_of("2026-03-01", is_end=True) == datetime(2026, 3, 2, tzinfo=UTC)
    assert instant_of("2026-03-01T12:00:00+01:00", is_end=True) == datetime(2026, 3, 1, 11, tzinfo=UTC)
    for text in ("yesterday", "2026-03-01T12:00:00"):
        with pytest.raises(UsageError):
            instant_of(text, is_end=True)
