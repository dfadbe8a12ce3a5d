"""Applying a configuration to a stage: work out what would change, ask, write.

Read from the top: `plan` gives the changes, the revisions and what stands against it; `carry_out` writes. Between the
two a person may think for as long as they like: where somebody else applied meanwhile, nothing is written.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice

from ledgerpost.app.configuration_changes import (
    Change,
    ChangeKind,
    PlainItems,
    changes_between,
    moved_connections,
    new_references,
)
from ledgerpost.domain.delivery import DeliveryRecord, Status
from ledgerpost.domain.route import AppliedConfiguration, Route, RouteId, TenantConfiguration
from ledgerpost.errors import ConfigurationError, Problem, StoreError, describe
from ledgerpost.ports import Clock, DeliveryList
from ledgerpost.ports_setup import ConfigurationStore

OPEN_STATUSES = (Status.PENDING, Status.RETRYING, Status.UNCONFIRMED, Status.PARKED)
"""What somebody still has to move on. A claim in flight is left out: it is over within a minute, or comes back as one
of these."""

OPEN_COUNTED_MAX = 1000
OPEN_NAMED_MAX = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyPorts:
    """What applying needs. `plain` gives a configuration as plain values."""

    configurations: ConfigurationStore
    deliveries: DeliveryList
    clock: Clock
    plain: PlainItems


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What whoever applies has agreed to: removing what the document lacks, and references that change."""

    prune: bool = False
    new_references: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """An application worked out. `before` is what it starts from, `after` the configuration with its revisions.

    `objections` stand against it: it is not carried out while there is one. `warnings` are only to be read.
    """

    before: AppliedConfiguration | None
    after: TenantConfiguration
    changes: tuple[Change, ...]
    warnings: tuple[Problem, ...]
    objections: tuple[Problem, ...]
    retired: Mapping[RouteId, int]

    @property
    def revision(self) -> int:
        """The revision of the tenant's configuration that this application makes."""
        return (self.before.revision if self.before else 0) + 1


def plan(document: TenantConfiguration, consent: Consent, ports: ApplyPorts) -> Plan:
    """Work out what applying `document` would change. Raises StoreError."""
    before = ports.configurations.applied(document.tenant)
    old = before.configuration if before else None
    changes = changes_between(old, document, ports.plain)
    retired = dict(before.retired) if before else {}
    after = replace(document, routes=_with_revisions(document, old, changes, retired))
    warnings, objections = _questions(old, document, consent)
    objections += _objections_to_removing(old, changes, consent, ports)
    return Plan(
        before=before,
        after=after,
        changes=changes,
        warnings=warnings,
        objections=objections,
        retired=_retired(old, after, retired),
    )


def carry_out(plan: Plan, by: str, ports: ApplyPorts) -> AppliedConfiguration:
    """Write the application and give it.

    Raises ConfigurationError where something stands against it, StoreError(config_applied_meanwhile) where somebody
    else was faster, and StoreError where it is not known whether it was written: planning anew tells.
    """
    if plan.objections:
        raise ConfigurationError(plan.objections)
    applying = AppliedConfiguration(
        configuration=plan.after, revision=plan.revision, by=by, at=ports.clock.now(), retired=plan.retired
    )
    winner = ports.configurations.apply(applying, [str(change) for change in plan.changes])
    if winner is not None:
        tenant = plan.after.tenant
        raise StoreError(
            "config_applied_meanwhile",
            f"{winner.by} applied revision {winner.revision} of {tenant} at {winner.at:%Y-%m-%d %H:%M:%S} UTC; "
            f"yours, worked out from revision {plan.revision - 1}, was not written.",
        )
    return applying


def _with_revisions(
    document: TenantConfiguration,
    old: TenantConfiguration | None,
    changes: tuple[Change, ...],
    retired: Mapping[RouteId, int],
) -> dict[RouteId, Route]:
    """Give the routes with their revisions: one more only where the route's own content changed.

    A delivery's version ends in it: raised without need, it would post every replayed entry anew; not raised, a mended
    rule would never reach an entry that was posted by the old one. A route that comes again goes on from its last
    revision, or its entries would count as older than those of its namesake.
    """
    changed = {change.id for change in changes if change.what == "route" and change.kind is ChangeKind.CHANGED}

    def revision_of(route: Route) -> int:
        there = old.routes.get(route.id) if old else None
        if there is None:
            return retired.get(route.id, 0) + 1
        return there.revision + (route.id in changed)

    return {route.id: replace(route, revision=revision_of(route)) for route in document.routes.values()}


def _retired(
    old: TenantConfiguration | None, after: TenantConfiguration, retired: Mapping[RouteId, int]
) -> dict[RouteId, int]:
    last = dict(retired)
    if old is not None:
        last |= {route.id: route.revision for route in old.routes.values()}
    return {route: revision for route, revision in last.items() if route not in after.routes}


def _questions(
    old: TenantConfiguration | None, document: TenantConfiguration, consent: Consent
) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    """Give the warnings and the objections of what would be written elsewhere."""
    if old is None:
        return (), ()
    moves = new_references(old, document)
    objections = tuple(problem for route, problem in moves if route.enabled and not consent.new_references)
    warned = tuple(problem for _, problem in moves if problem not in objections)
    return (*moved_connections(old, document), *warned), objections


def _objections_to_removing(
    old: TenantConfiguration | None, changes: tuple[Change, ...], consent: Consent, ports: ApplyPorts
) -> tuple[Problem, ...]:
    removed = [change for change in changes if change.kind is ChangeKind.REMOVED]
    if old is None or not removed:
        return ()
    routes = {change.id for change in removed if change.what == "route"}
    held = _open_deliveries(old, routes, ports) if routes else {}
    problems = [
        _problem("config_open_deliveries", f"routes[{route}]", _sentence(records)) for route, records in held.items()
    ]
    if not consent.prune:
        message = "It is on the stage, and the document lacks it."
        problems += [_problem("config_removes_applied", change.place, message) for change in removed]
    return tuple(problems)


def _problem(code: str, path: str, message: str) -> Problem:
    return Problem(path, message, describe(code).fix, code)


def _open_deliveries(old: TenantConfiguration, routes: set[str], ports: ApplyPorts) -> dict[str, list[DeliveryRecord]]:
    """Give the open and parked deliveries of `routes`, by route; of each status the first thousand are looked at."""
    held: dict[str, list[DeliveryRecord]] = {}
    for status in OPEN_STATUSES:
        for record in islice(
            (each for each in ports.deliveries.records(old.tenant, status) if each.route in routes), OPEN_COUNTED_MAX
        ):
            held.setdefault(record.route, []).append(record)
    return held


def _sentence(records: list[DeliveryRecord]) -> str:
    named = ", ".join(f"{each.key.reference} ({each.status})" for each in records[:OPEN_NAMED_MAX])
    more = f" and {len(records) - OPEN_NAMED_MAX} more" if len(records) > OPEN_NAMED_MAX else ""
    many = "deliveries are" if len(records) > 1 else "delivery is"
    return f"{len(records)} of its {many} open: {named}{more}."
