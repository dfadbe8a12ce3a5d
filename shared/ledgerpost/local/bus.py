"""An event bus: PutEvents with its per-entry answers, and rules that put fitting events on queues."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ledgerpost.local.clock import instant
from ledgerpost.local.counts import Counts
from ledgerpost.local.intrinsics import ACCOUNT, REGION
from ledgerpost.local.queue import LocalQueue
from ledgerpost.local.wiring import RuleSpec

ENTRY_BYTES_MAX = 262_144
"""Source: Amazon EventBridge, "Calculating PutEvents event entry size". AWS counts it over the whole request and
refuses all of it; here each entry stands for a request of its own."""

_TIME_BYTES = 14


@dataclass(frozen=True, slots=True)
class PutAnswer:
    """The answer to one entry: its event's id, or why it was refused."""

    event_id: str | None = None
    error_code: str | None = None
    error_message: str | None = None


@dataclass(frozen=True, slots=True)
class _Refused(Exception):  # noqa: N818 - control flow inside this module, never seen outside
    code: str
    message: str


def refusal_code(answer: PutAnswer) -> str:
    """Give the code of the catalogue for an entry that the bus refused."""
    return "event_too_large" if answer.error_code == "ValidationException" else "malformed_event"


class LocalBus:
    """All buses of the template; an entry names the one it is for."""

    def __init__(
        self,
        buses: frozenset[str],
        rules: Sequence[tuple[RuleSpec, tuple[LocalQueue, ...]]],
        counts: Counts,
        new_id: Callable[[], str],
    ) -> None:
        self._buses = buses
        self._rules = [(rule, queues) for rule, queues in rules if rule.enabled]
        self._counts = counts
        self._new_id = new_id

    def put_events(self, entries: Sequence[Mapping[str, Any]], now_ms: int) -> list[PutAnswer]:
        """Publish entries of design section 3.1; one answer each, in order. A refused entry stops no other."""
        return [self.put(entry, now_ms) for entry in entries]

    def put(self, entry: Mapping[str, Any], now_ms: int, event_id: str | None = None) -> PutAnswer:
        """Publish one entry, under a new id or under the one that an earlier process gave it."""
        try:
            detail = self._checked_detail(entry)
            time = _time_of(entry, now_ms)
        except _Refused as refused:
            self._counts.events_refused += 1
            return PutAnswer(error_code=refused.code, error_message=refused.message)
        event_id = event_id or self._new_id()
        self._counts.events += 1
        event = {
            "version": "0",
            "id": event_id,
            "detail-type": entry["DetailType"],
            "source": entry["Source"],
            "account": ACCOUNT,
            "time": time,
            "region": REGION,
            "resources": list(entry.get("Resources", ())),
            "detail": detail,
        }
        self._route(entry.get("EventBusName", "default"), event, entry["Detail"], now_ms)
        return PutAnswer(event_id)

    def _checked_detail(self, entry: Mapping[str, Any]) -> Any:
        for name in ("Source", "DetailType", "Detail"):
            if not isinstance(entry.get(name), str) or not entry[name]:
                raise _Refused("InvalidArgument", f"Parameter {name} is not valid. Reason: {name} is a required text.")
        if entry.get("EventBusName", "default") not in self._buses:
            raise _Refused("ResourceNotFoundException", f"Event bus {entry['EventBusName']} does not exist.")
        detail = _json_object(entry["Detail"])
        size = sum(len(entry[name].encode()) for name in ("Source", "DetailType", "Detail"))
        if size + (_TIME_BYTES if "Time" in entry else 0) > ENTRY_BYTES_MAX:
            raise _Refused("ValidationException", "Total size of the entry is over the limit of 256 KB.")
        return detail

    def _route(self, bus: str, event: dict[str, Any], text: str, now_ms: int) -> None:
        fitting = [queues for rule, queues in self._rules if rule.bus == bus and rule.pattern.matches(event)]
        if not fitting:
            self._counts.unmatched += 1
            return
        body = _envelope(event, text)
        for queues in fitting:
            for queue in queues:
                queue.send(body, now_ms)


def _envelope(event: dict[str, Any], detail: str) -> str:
    """Give the event as JSON text; the detail goes in as it was written, so that no number changes on the way."""
    head = _ENCODER.encode({name: value for name, value in event.items() if name != "detail"})
    return f'{head[:-1]},"detail":{detail}}}'


def _json_object(text: str) -> Any:
    try:
        detail = _DECODER.decode(text)
        text.encode()
    except (ValueError, RecursionError):
        raise _Refused("MalformedDetail", "Detail is malformed.") from None
    if not isinstance(detail, dict):
        raise _Refused("MalformedDetail", "Detail is malformed.")
    return detail


def _int_or_text(digits: str) -> int | str:
    """A number of thousands of digits is JSON, though Python refuses to read it; no pattern of ours asks for one."""
    return int(digits) if len(digits) < 64 else digits


def _no_constant(name: str) -> None:
    raise ValueError(name)


_DECODER = json.JSONDecoder(parse_int=_int_or_text, parse_constant=_no_constant)
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def _time_of(entry: Mapping[str, Any], now_ms: int) -> str:
    given = entry.get("Time")
    if given is None:
        return f"{instant(now_ms):%Y-%m-%dT%H:%M:%SZ}"
    try:
        moment = datetime.fromisoformat(given)
    except (TypeError, ValueError):
        raise _Refused("InvalidArgument", "Parameter Time is not valid. Reason: it is no ISO 8601 instant.") from None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
