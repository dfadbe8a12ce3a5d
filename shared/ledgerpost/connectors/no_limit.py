"""A budget of requests without end (port RequestBudget), for hosts that share none."""

from ledgerpost.domain.request_rate import RequestRate


class NoLimit:
    """Nothing waits here, and the other side's own 429 is what slows a caller down."""

    def reserve(self, key: str, rate: RequestRate, patience_s: float) -> float | None:  # noqa: ARG002
        """Let the request go at once."""
        return 0.0

    def hold(self, key: str, rate: RequestRate, for_s: float) -> None:
        """Keep nobody off."""
