"""The guide's go-live checklist, each line ticked by a fact. Source: seed 000, "Quick go-live checklist"."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC

from ledgerpost.app.checklist import go_live_checklist
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.domain.checklist import Line, Step
from ledgerpost.domain.event import TenantId

LINKS: Mapping[Step, str] = {
    Step.CONNECTION_SAVED: "/connections",
    Step.ROUTES_CREATED: "/routes",
    Step.RULES_ENABLED: "/routes",
    Step.TEST_POST_SUCCEEDED: "/test-post",
    Step.LIVE_VERIFIED: "/deliveries",
}
"""Where each line is worked on."""


@dataclass(frozen=True, slots=True)
class Checklist:
    """The list in the guide's order, each line with where it is worked on."""

    lines: tuple[tuple[Line, str], ...]

    @property
    def is_done(self) -> bool:
        """Whether every line is ticked."""
        return all(line.is_done for line, _ in self.lines)

    @property
    def next(self) -> Line | None:
        """The first line that is not ticked."""
        return next((line for line, _ in self.lines if not line.is_done), None)


def checklist(tenant: TenantId, ports: ConsolePorts) -> Checklist:
    """Give the list for a tenant; its ledgers are asked for one live transaction of each route."""
    today = ports.clock.now().astimezone(UTC).date()
    lines = go_live_checklist(tenant, today, ports.checklist)
    return Checklist(tuple((line, LINKS[line.step]) for line in lines))
