"""The real clock."""

from datetime import UTC, datetime


class SystemClock:
    """The time of this machine (port Clock)."""

    def now(self) -> datetime:
        """Give the present instant, aware, in UTC."""
        return datetime.now(UTC)
