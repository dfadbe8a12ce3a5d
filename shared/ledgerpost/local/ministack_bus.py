"""Publishing to a bus of EventBridge, entry by entry accounted for."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

from botocore.exceptions import ClientError

from ledgerpost.errors import StoreError
from ledgerpost.local.bus import PutAnswer

ENTRIES_AT_ONCE: Final = 10
"""Entries of one PutEvents. Source: Amazon EventBridge quotas."""

ROUNDS_MAX: Final = 4

PASSING_REFUSALS: Final = frozenset({"InternalFailure", "ThrottlingException"})
"""What the bus may take a moment later. Source: Amazon EventBridge API, PutEvents."""

Entries = Mapping[int, dict[str, Any]]
Answers = dict[int, PutAnswer]


class EventBus:
    """A bus to publish to; an entry that names none goes to `name`."""

    def __init__(self, client: Any, name: str) -> None:
        self._client = client
        self._name = name

    def put(self, entries: Sequence[Mapping[str, Any]]) -> list[tuple[int, PutAnswer]]:
        """Publish entries in tens; give what the bus refused for good, each with its position.

        PutEvents answers 200 with per-entry failures: those that may pass are sent again, up to 4 times in all. Raises
        StoreError where some of them never pass.
        """
        refused: Answers = {}
        for start in range(0, len(entries), ENTRIES_AT_ONCE):
            ten = entries[start : start + ENTRIES_AT_ONCE]
            refused |= self._put({start + number: self._entry(entry) for number, entry in enumerate(ten)})
        return sorted(refused.items(), key=lambda each: each[0])

    def _put(self, entries: Entries) -> Answers:
        refused: Answers = {}
        for _ in range(ROUNDS_MAX):
            failed = self._failures(entries)
            passing = {position for position, answer in failed.items() if answer.error_code in PASSING_REFUSALS}
            refused |= {position: answer for position, answer in failed.items() if position not in passing}
            if not passing:
                return refused
            entries = {position: entries[position] for position in sorted(passing)}
        raise StoreError("store_unavailable", "PutEvents left entries unpublished.")

    def _failures(self, entries: Entries) -> Answers:
        try:
            answer = self._client.put_events(Entries=list(entries.values()))
        except ClientError as error:
            return self._one_by_one(entries, error)
        return {
            position: PutAnswer(error_code=result["ErrorCode"], error_message=result.get("ErrorMessage"))
            for position, result in zip(entries, answer["Entries"], strict=True)
            if "ErrorCode" in result
        }

    def _one_by_one(self, entries: Entries, error: ClientError) -> Answers:
        """A request is refused as a whole where one entry is, or all together are, too large: find out which."""
        if len(entries) > 1:
            failures: Answers = {}
            for position, entry in entries.items():
                failures |= self._failures({position: entry})
            return failures
        code, message = error.response["Error"]["Code"], error.response["Error"].get("Message")
        return dict.fromkeys(entries, PutAnswer(error_code=code, error_message=message))

    def _entry(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        """Give an entry as boto3 wants it: a time is an instant."""
        made: dict[str, Any] = {"EventBusName": self._name}
        made |= {name: value for name, value in entry.items() if value is not None}
        if isinstance(made.get("Time"), str):
            made["Time"] = datetime.fromisoformat(made["Time"]).astimezone(UTC)
        return made
