"""Time inside the local cloud: whole milliseconds since 1970, in UTC, as SQS and Lambda count it."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def milliseconds(instant: datetime) -> int:
    """Give the whole milliseconds from 1970 to `instant` (aware)."""
    return (instant - _EPOCH) // _MILLISECOND


def instant(at_ms: int) -> datetime:
    """Give the instant, aware, in UTC, of so many milliseconds after 1970."""
    return _EPOCH + timedelta(milliseconds=at_ms)


class VirtualClock:
    """A clock that stands still until it is moved (port Clock)."""

    def __init__(self, now_ms: int) -> None:
        self.now_ms = now_ms

    def now(self) -> datetime:
        """Give the virtual instant."""
        return instant(self.now_ms)

    def move_to(self, at_ms: int) -> None:
        """Move on to `at_ms`; time never runs back."""
        assert at_ms >= self.now_ms, "virtual time never runs back"
        self.now_ms = at_ms
