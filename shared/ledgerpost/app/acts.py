"""What people do, each by their role and in the change log: the one way from a page, the API or a command to a change.

The use cases themselves stand in their own modules; here each gets its name, what the log keeps of it, and nothing
else. A new kind of change is a function here, or `acting` around its use case.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from ledgerpost.app import apply as applying
from ledgerpost.app import close_day as closing
from ledgerpost.app import companies, operate, pausing, replay, stage_secrets
from ledgerpost.app import undo as undoing
from ledgerpost.app.change_log import ActPorts, Person, acting, keep
from ledgerpost.app.checklist import APPLIED
from ledgerpost.app.close_day import ClosePorts
from ledgerpost.app.column_maps import ColumnMaps
from ledgerpost.domain.access import Act
from ledgerpost.domain.change_log import change_of
from ledgerpost.domain.closing import CompanyKey
from ledgerpost.domain.company import Company
from ledgerpost.domain.delivery import DeliveryKey, DeliveryRecord
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.grouping.close import DayClose
from ledgerpost.domain.outcome import Applied, PostOutcome
from ledgerpost.domain.pause import Pause
from ledgerpost.domain.rejection import Rejection
from ledgerpost.domain.route import AccountId, AppliedConfiguration, ConnectionId
from ledgerpost.ports_commerce import CompanyStore, KeptCompany
from ledgerpost.ports_setup import KeptSecret, SecretVault

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Doing:
    """Who does it, in which log, and why in their own words."""

    person: Person
    ports: ActPorts
    reason: str = ""


def apply(plan: applying.Plan, ports: applying.ApplyPorts, doing: Doing) -> AppliedConfiguration:
    """Write the application (`app.apply.carry_out`), with what it changes in the log, one short line each."""
    tenant = plan.after.tenant
    changes = "; ".join(str(change) for change in plan.changes)
    with acting(doing.person, Act.APPLY, tenant, doing.ports, revision=plan.revision, changes=changes):
        return applying.carry_out(plan, doing.person.by, ports)


def put_secret(
    tenant: TenantId, connection: ConnectionId, put: Callable[[], stage_secrets.PutSecret], doing: Doing
) -> stage_secrets.PutSecret:
    """Have a connection's secret in use (`app.stage_secrets.put_secret`). Of the secret itself the log has nothing."""
    with acting(doing.person, Act.PUT_SECRET, tenant, doing.ports, connection=connection, reason=doing.reason):
        return put()


def roll_back_secret(
    tenant: TenantId, connection: ConnectionId, name: str, vault: SecretVault, doing: Doing
) -> KeptSecret:
    """Have the version before the present one read again (`app.stage_secrets.roll_back`)."""
    with acting(doing.person, Act.ROLL_BACK_SECRET, tenant, doing.ports, connection=connection, reason=doing.reason):
        return stage_secrets.roll_back(name, vault)


def redrive(key: DeliveryKey, ports: operate.OperatePorts, doing: Doing) -> DeliveryRecord:
    """Take a parked or skipped delivery up again (`app.operate.redrive`)."""
    with acting(doing.person, Act.REDRIVE, key.tenant, doing.ports, **_facts_of(key, doing)):
        return operate.redrive(key, ports, by=doing.person.by, reason=doing.reason)


def skip(key: DeliveryKey, ports: operate.OperatePorts, doing: Doing) -> DeliveryRecord:
    """Skip a delivery for good (`app.operate.skip`)."""
    with acting(doing.person, Act.SKIP, key.tenant, doing.ports, **_facts_of(key, doing)):
        return operate.skip(key, doing.reason, ports, by=doing.person.by)


def redrive_all(
    tenant: TenantId, records: Iterable[DeliveryRecord], ports: operate.OperatePorts, doing: Doing
) -> operate.Bulk:
    """Take all of `records` up again (`app.operate.redrive_all`); the log has one entry for all of them."""
    chosen = list(records)
    with acting(doing.person, Act.REDRIVE, tenant, doing.ports, **_facts_of_all(chosen, doing)):
        return operate.redrive_all(chosen, ports, by=doing.person.by, reason=doing.reason)


def skip_all(
    tenant: TenantId, records: Iterable[DeliveryRecord], ports: operate.OperatePorts, doing: Doing
) -> operate.Bulk:
    """Skip all of `records` for good (`app.operate.skip_all`); the log has one entry for all of them."""
    chosen = list(records)
    with acting(doing.person, Act.SKIP, tenant, doing.ports, **_facts_of_all(chosen, doing)):
        return operate.skip_all(chosen, doing.reason, ports, by=doing.person.by)


def redrive_rejection(tenant: TenantId, rejection: Rejection, ports: operate.OperatePorts, doing: Doing) -> None:
    """Send an event that was set aside through intake again (`app.operate.redrive_rejection`)."""
    facts = {"key": rejection.id, "code": rejection.code, "route": rejection.route, "reason": doing.reason}
    with acting(doing.person, Act.REDRIVE_REJECTION, tenant, doing.ports, **facts):
        operate.redrive_rejection(rejection, ports, by=doing.person.by, reason=doing.reason)


def pause(scope: pausing.Scope, ports: pausing.PausingPorts, doing: Doing) -> bool:
    """Hold everything in `scope` back (`app.pausing.pause`)."""
    with acting(doing.person, Act.PAUSE, scope.tenant, doing.ports, **_facts_of_scope(scope, doing)):
        return pausing.pause(scope, ports, by=doing.person.by, reason=doing.reason)


def resume(scope: pausing.Scope, ports: pausing.PausingPorts, doing: Doing) -> tuple[Pause | None, operate.Bulk]:
    """End the pause of `scope` and take up what waited for it (`app.pausing.resume`, then `take_up`)."""
    with acting(doing.person, Act.RESUME, scope.tenant, doing.ports, **_facts_of_scope(scope, doing)):
        ended = pausing.resume(scope, ports, by=doing.person.by, reason=doing.reason)
        return ended, pausing.take_up(scope, ended, ports, by=doing.person.by)


def start_replay(
    tenants: Sequence[TenantId], first: datetime, last: datetime, ports: replay.ReplayPorts, doing: Doing
) -> str:
    """Start a replay (`app.replay.start_replay`). The archive has all tenants' events, so each one's log has it."""
    if not tenants:
        return replay.start_replay(first, last, ports, by=doing.person.by, reason=doing.reason)
    facts = {"first": first.isoformat(), "last": last.isoformat(), "reason": doing.reason}
    with acting(doing.person, Act.REPLAY, tenants[0], doing.ports, **facts):
        return start_replay(tenants[1:], first, last, ports, doing)


def close_day(kept: KeptCompany, day: date, ports: ClosePorts, doing: Doing) -> closing.DayResult:
    """Close a business day by hand (`app.close_day.close_day`)."""
    facts = {"key": kept.key.company, "day": day.isoformat(), "reason": doing.reason}
    with acting(doing.person, Act.CLOSE_DAY, kept.key.tenant, doing.ports, **facts):
        return closing.close_day(kept.company, kept.key, day, ports)


def apply_company(company: Company, before: KeptCompany | None, store: CompanyStore, doing: Doing) -> KeptCompany:
    """Write a company's configuration (`app.companies.apply_company`)."""
    facts = {"key": company.id, "revision": str(before.fence + 1 if before else 1), "reason": doing.reason}
    with acting(doing.person, Act.APPLY, company.extras.tenant, doing.ports, **facts):
        return companies.apply_company(company, before, doing.ports.clock.now(), store)


def backfill(tenant: TenantId, file: str, count: int, send: Callable[[], T], doing: Doing) -> T:
    """Publish the approvals of a file (`app.backfill.run_backfill`); `file` is its name and digest."""
    facts = {"file": file, "count": str(count), "reason": doing.reason}
    with acting(doing.person, Act.BACKFILL, tenant, doing.ports, **facts):
        return send()


def keep_column_map(tenant: TenantId, name: str, text: str, maps: ColumnMaps, doing: Doing) -> None:
    """Keep a column map under its name (port ColumnMaps)."""
    with acting(doing.person, Act.KEEP_COLUMN_MAP, tenant, doing.ports, key=name, reason=doing.reason):
        maps.keep(tenant, name, text)


def reopen_day(key: CompanyKey, day: date, ports: ClosePorts, doing: Doing) -> DayClose:
    """Reopen a closed day (`app.close_day.reopen_day`)."""
    facts = {"key": key.company, "day": day.isoformat(), "reason": doing.reason}
    with acting(doing.person, Act.REOPEN_DAY, key.tenant, doing.ports, **facts):
        return closing.reopen_day(key, day, ports, by=doing.person.by, reason=doing.reason)


def undo(tenant: TenantId, plan: undoing.UndoPlan, ports: undoing.UndoPorts, doing: Doing) -> int:
    """Send the reversals of a route's day (`app.undo.post_reversals`)."""
    facts = {"route": plan.route.id, "day": plan.day.isoformat(), "count": str(len(plan.reversals))}
    with acting(doing.person, Act.UNDO, tenant, doing.ports, **facts, reason=doing.reason):
        return undoing.post_reversals(plan, ports)


def test_post(
    tenant: TenantId,
    connection: ConnectionId,
    account: AccountId,
    doing: Doing,
    *,
    post: Callable[[], T],
    outcome_of: Callable[[T], PostOutcome],
) -> T:
    """Make a test post and give its report. What came of it is kept as well: the go-live checklist is ticked by it."""
    facts = {"connection": connection, "account": account}
    with acting(doing.person, Act.TEST_POST, tenant, doing.ports, **facts):
        report = post()
    outcome = outcome_of(report)
    refused = "" if isinstance(outcome, Applied) else outcome.code
    status = APPLIED if isinstance(outcome, Applied) else ""
    change = change_of(
        Act.TEST_POST, tenant, doing.person.by, doing.ports.clock.now(), facts | {"status": status}, refused=refused
    )
    keep(change, doing.ports.changes)
    return report


def _facts_of(key: DeliveryKey, doing: Doing) -> dict[str, str]:
    return {
        "connection": key.connection,
        "account": key.account,
        "reference": key.reference,
        "key": key.collision,
        "reason": doing.reason,
    }


def _facts_of_all(records: Sequence[DeliveryRecord], doing: Doing) -> dict[str, str]:
    """Give what a bulk act is about: how many deliveries, of which routes and codes. Which ones they were is in the
    records, each with its operation.
    """
    routes = ", ".join(sorted({record.route for record in records}))
    codes = ", ".join(sorted({record.code for record in records if record.code}))
    return {"count": str(len(records)), "route": routes, "code": codes, "reason": doing.reason}


def _facts_of_scope(scope: pausing.Scope, doing: Doing) -> dict[str, str]:
    return {"connection": scope.connection, "account": scope.account or "", "reason": doing.reason}
