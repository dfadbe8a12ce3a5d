"""The breakers of one container, one per connection, in memory: an entry that is simply delivered pays nothing for it.

Each container learns of an outage by itself, from its own few failures, and probes by itself.
"""

import threading
from dataclasses import dataclass
from datetime import datetime

from ledgerpost.domain.breaker import (
    Blocked,
    Breaker,
    BreakerPolicy,
    Health,
    Pass,
    Phase,
    abandoned,
    admit,
    answered,
    health_told_by,
)
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.outcome import PostOutcome
from ledgerpost.domain.route import ConnectionId

ConnectionKey = tuple[TenantId, ConnectionId]

_UNTROUBLED = Breaker()


@dataclass(frozen=True, slots=True)
class Standing:
    """How a connection stands after an answer. `open_until` is set where the answer told of an outage and the breaker
    is open; `moved_to` is the phase that this very answer brought about, None where it stays as it was.
    """

    open_until: datetime | None = None
    moved_to: Phase | None = None


_AS_BEFORE = Standing()


class Breakers:
    """Asks and tells the breaker of each connection. Safe for threads."""

    def __init__(self, policy: BreakerPolicy) -> None:
        self._policy = policy
        self._breakers: dict[ConnectionKey, Breaker] = {}
        self._lock = threading.Lock()

    def admit(self, connection: ConnectionKey, now: datetime) -> Pass | Blocked:
        """Ask for a post. A pass is to be given back: `answered`, or `abandoned` where no post was made."""
        breaker = self._breakers.get(connection, _UNTROUBLED)
        if breaker.phase is Phase.CLOSED:
            return Pass(breaker.epoch)
        with self._lock:
            admitted = admit(self._breakers[connection], self._policy, now)
            self._breakers[connection], permission = admitted
            return permission

    def answered(self, connection: ConnectionKey, passed: Pass, outcome: PostOutcome, now: datetime) -> Standing:
        """Tell what came of a post; give how the connection stands after it."""
        has_failed = health_told_by(outcome) is Health.FAILED
        if connection not in self._breakers and not has_failed:
            return _AS_BEFORE
        with self._lock:
            before = self._breakers.get(connection, _UNTROUBLED)
            after = self._breakers[connection] = answered(before, passed, outcome, self._policy, now)
        moved = after.phase is not before.phase
        return Standing(after.until if has_failed else None, after.phase if moved else None)

    def abandoned(self, connection: ConnectionKey, passed: Pass, now: datetime) -> None:
        """Tell that no post was made of this pass."""
        if not passed.is_probe:
            return
        with self._lock:
            self._breakers[connection] = abandoned(self._breakers[connection], passed, now)
