"""The archive of a bus: EventBridge sends the events of a stretch of time once more, to one rule of the bus.

The events come in no stated order and under new ids; the delivery records make of them duplicates or later versions.
"""

from datetime import UTC, datetime
from typing import Any

from ledgerpost.adapters.aws_errors import store_errors
from ledgerpost.app.replay import Replay, ReplayState

_STATES = {
    "STARTING": ReplayState.RUNNING,
    "RUNNING": ReplayState.RUNNING,
    "COMPLETED": ReplayState.COMPLETED,
    "CANCELLING": ReplayState.FAILED,
    "CANCELLED": ReplayState.FAILED,
    "FAILED": ReplayState.FAILED,
}


class EventBridgeArchive:
    """One archive and the rule that its replays go to (port app.replay.EventArchive). Every fault is a StoreError."""

    def __init__(self, client: Any, *, archive: str, bus: str, rule: str) -> None:
        """`archive`, `bus` and `rule` are ARNs."""
        self._client = client
        self._archive = archive
        self._bus = bus
        self._rule = rule

    def start(self, name: str, first: datetime, last: datetime, description: str) -> None:
        """Start the replay `name` of what was published from `first` to `last`."""
        with store_errors("StartReplay"):
            self._client.start_replay(
                ReplayName=name,
                Description=description,
                EventSourceArn=self._archive,
                EventStartTime=first,
                EventEndTime=last,
                # To our rule alone: others that listen on the bus have not asked for anything.
                Destination={"Arn": self._bus, "FilterArns": [self._rule]},
            )

    def progress(self, name: str) -> Replay:
        """Give how far the replay `name` is."""
        with store_errors("DescribeReplay"):
            answer = self._client.describe_replay(ReplayName=name)
        return Replay(
            name=name,
            state=_STATES[answer["State"]],
            first=answer["EventStartTime"].astimezone(UTC),
            last=answer["EventEndTime"].astimezone(UTC),
            reached=_instant(answer.get("EventLastReplayedTime")),
            reason=str(answer.get("StateReason", "")),
        )


def _instant(at: datetime | None) -> datetime | None:
    return at.astimezone(UTC) if at is not None else None
