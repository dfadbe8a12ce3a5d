"""`ledgerpost replay`: archived days once more through a stage."""

import sys
import time
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer

from ledgerpost.adapters.event_archive import EventBridgeArchive
from ledgerpost.app import acts
from ledgerpost.app.replay import Replay, ReplayPorts, ReplayState, follow
from ledgerpost.cli.books import ByOption
from ledgerpost.cli.output import NEEDS_A_PERSON, leave, messages, print_json, results
from ledgerpost.cli.stage import NeededStage, Stage
from ledgerpost.errors import UsageError
from ledgerpost.observability import Log


def replay(
    stage: NeededStage,
    first: Annotated[str, typer.Option("--from", help="A day, or an instant with offset; a day begins at 00:00 UTC.")],
    last: Annotated[str, typer.Option("--to", help="A day, which is replayed whole, or an instant with offset.")],
    reason: Annotated[str, typer.Option(help="Why; kept with the replay.")] = "",
    wait: Annotated[bool, typer.Option(help="Stay until it has ended.")] = True,
    by: ByOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result for scripts.")] = False,
) -> None:
    """Have a stage's archive publish a stretch of time once more. What was delivered makes no call; what is missing, or
    what a changed route makes otherwise, is posted.

    On this machine the same is `ledgerpost local` with the same file and --state. Exit 1: the replay failed.
    """
    target = Stage(stage)
    ports = replay_ports(target)
    span = (instant_of(first, is_end=False), instant_of(last, is_end=True))
    name = acts.start_replay(target.configurations.tenants(), *span, ports, target.doing(by, reason))
    messages.print(f"Replay {name} was started.", highlight=False)
    seen = None
    for seen in follow(name, ports):
        if not wait:
            break
        messages.print(_sentence(seen), highlight=False)
    assert seen is not None, "a started replay is looked at once at least"
    if as_json:
        print_json(_plain(seen))
    else:
        results.print(_sentence(seen), highlight=False)
    if seen.state is ReplayState.FAILED:
        leave(NEEDS_A_PERSON)


def replay_ports(target: Stage) -> ReplayPorts:
    """Give what replaying on a stage needs."""
    archive = EventBridgeArchive(
        target.client("events"),
        archive=target.output("ArchiveArn"),
        bus=target.output("EventBusArn"),
        rule=target.output("EveryEventRuleArn"),
    )
    notices = Log("operate", stream=sys.stderr)
    return ReplayPorts(archive=archive, clock=target.services.clock(), notices=notices, pause=time.sleep)


def instant_of(text: str, *, is_end: bool) -> datetime:
    """Read a day or an instant. Raises UsageError."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError("usage", f"{text!r} is neither a day (YYYY-MM-DD) nor an instant of ISO 8601.") from None
    is_day = len(text) == len("YYYY-MM-DD")
    if at.tzinfo is None and not is_day:
        raise UsageError("usage", f"{text!r} has no offset; write it with Z or +01:00.")
    if is_day:
        at = at.replace(tzinfo=UTC) + timedelta(days=is_end)
    return at.astimezone(UTC)


def _sentence(seen: Replay) -> str:
    reached = f", reached {seen.reached:%Y-%m-%d %H:%M:%S} UTC" if seen.reached else ""
    return f"{seen.state}: {seen.share:.0%}{reached}{f': {seen.reason}' if seen.reason else ''}"


def _plain(seen: Replay) -> dict[str, Any]:
    return {
        "name": seen.name,
        "state": seen.state,
        "from": seen.first.isoformat(),
        "to": seen.last.isoformat(),
        "reached": seen.reached.isoformat() if seen.reached else None,
        "share": round(seen.share, 4),
        "reason": seen.reason or None,
    }
