"""Pausing and resuming a connection, or one account of it, by a person."""

from dataclasses import dataclass

from ledgerpost.app.operate import Bulk, OperatePorts, redrive_all
from ledgerpost.domain.delivery import Status
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.pause import BY_A_PERSON, Pause, pause_over
from ledgerpost.domain.route import AccountId, ConnectionId
from ledgerpost.ports import DeliveryList, PauseStore


@dataclass(frozen=True, slots=True, kw_only=True)
class PausingPorts:
    """What pausing and resuming need."""

    pauses: PauseStore
    listing: DeliveryList
    operate: OperatePorts


@dataclass(frozen=True, slots=True)
class Scope:
    """What is paused or resumed: a connection of a tenant, or one account of it."""

    tenant: TenantId
    connection: ConnectionId
    account: AccountId | None = None


def pause(scope: Scope, ports: PausingPorts, *, by: str, reason: str) -> bool:
    """Hold everything in `scope` back from now on; give False where it is paused already. Within a minute no container
    posts there any more.
    """
    made = _a_pause(scope, ports, by=by, reason=reason)
    if not ports.pauses.pause(scope.tenant, made):
        return False
    _tell("paused", scope, ports, by=by, reason=reason)
    return True


def resume(scope: Scope, ports: PausingPorts, *, by: str, reason: str = "") -> Pause | None:
    """End the pause of `scope` and give it; None where there was none. `take_up` is to follow."""
    ended = ports.pauses.resume(scope.tenant, scope.connection, scope.account)
    if ended is not None:
        _tell("resumed", scope, ports, by=by, reason=reason)
    return ended


def take_up(scope: Scope, ended: Pause | None, ports: PausingPorts, *, by: str) -> Bulk:
    """Redrive all that waits in `scope` for a resume, what met the refusal included; what another pause holds stays.

    May be called again: what a crash, or an index that lags behind, left is found then, also without the ended pause.
    """
    ended = ended or _a_pause(scope, ports, by=by, reason="")
    others = ports.pauses.pauses(scope.tenant, fresh=True)
    held = (
        record
        for record in ports.listing.records(scope.tenant, Status.PARKED)
        if ended.holds(record) and pause_over(record.key, others) is None
    )
    return redrive_all(held, ports.operate, by=by, reason="resumed")


def _a_pause(scope: Scope, ports: PausingPorts, *, by: str, reason: str) -> Pause:
    now = ports.operate.clock.now()
    return Pause(connection=scope.connection, account=scope.account, code=BY_A_PERSON, by=by, at=now, reason=reason)


def _tell(act: str, scope: Scope, ports: PausingPorts, *, by: str, reason: str) -> None:
    ports.operate.notices.warning(
        f"connection.{act}" if scope.account is None else f"account.{act}",
        tenant=scope.tenant,
        connection=scope.connection,
        account=scope.account or "",
        by=by,
        reason=reason,
    )
