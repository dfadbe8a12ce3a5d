"""The go-live checklist, ticked by facts. Source: seed 000, "Quick go-live checklist" and "Payment troubleshooting"."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from ledgerpost.domain.event import EventKind
from ledgerpost.domain.route import AccountId, ConnectionId, Route, RouteId, TenantConfiguration


class Step(StrEnum):
    """The lines of the list, in the seed's order."""

    CONNECTION_SAVED = "connection_saved"
    ROUTES_CREATED = "routes_created"
    RULES_ENABLED = "rules_enabled"
    TEST_POST_SUCCEEDED = "test_post_succeeded"
    LIVE_VERIFIED = "live_verified"


TITLES: Mapping[Step, str] = {
    Step.CONNECTION_SAVED: "Connection saved successfully",
    Step.ROUTES_CREATED: "Route created for each required stream and account",
    Step.RULES_ENABLED: "Rules configured and enabled",
    Step.TEST_POST_SUCCEEDED: "Test post succeeded",
    Step.LIVE_VERIFIED: "Live transaction verified in the ledger",
}

PAYMENT_OF = {
    EventKind.SALE_DOCUMENT: EventKind.SALE_PAYMENT,
    EventKind.PURCHASE_DOCUMENT: EventKind.SUPPLIER_PAYMENT,
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line: whether it is done, what is missing (one sentence each), and what only may be meant otherwise."""

    step: Step
    is_done: bool
    missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What the line says."""
        return TITLES[self.step]


@dataclass(frozen=True, slots=True, kw_only=True)
class GoLiveFacts:
    """What is known: the applied configuration, the accounts that a test post reached, and for each route the reference
    of a live transaction that its ledger was seen to hold as it was approved.
    """

    configuration: TenantConfiguration | None
    tested: frozenset[tuple[ConnectionId, AccountId]]
    verified: Mapping[RouteId, str]


def checklist(facts: GoLiveFacts) -> tuple[Line, ...]:
    """Give every line of the list, in its order."""
    configuration = facts.configuration
    routes = sorted(configuration.routes.values(), key=lambda route: route.id) if configuration else []
    enabled = [route for route in routes if route.enabled]
    return (
        _connections(configuration),
        _routes(routes, enabled),
        _rules(enabled),
        _each(
            Step.TEST_POST_SUCCEEDED,
            enabled,
            lambda route: (route.connection, route.account) in facts.tested,
            lambda route: f"No test post has reached account {route.account} through connection {route.connection}.",
        ),
        _each(
            Step.LIVE_VERIFIED,
            enabled,
            lambda route: route.id in facts.verified,
            lambda route: f"No approved transaction of route {route.id} was found in the ledger yet.",
        ),
    )


def _connections(configuration: TenantConfiguration | None) -> Line:
    if configuration is None or not configuration.connections:
        return Line(Step.CONNECTION_SAVED, False, ("There is no connection yet.",))
    return Line(Step.CONNECTION_SAVED, True)


def _routes(routes: Iterable[Route], enabled: Iterable[Route]) -> Line:
    notes = tuple(f"Route {route.id} is switched off." for route in routes if not route.enabled)
    streams = {route.stream for route in enabled}
    if not streams:
        return Line(Step.ROUTES_CREATED, False, ("No route is enabled.",), notes)
    if len(streams) == 1:
        [stream] = streams
        notes += (f"Every enabled route takes {stream}; the other stream goes nowhere.",)
    return Line(Step.ROUTES_CREATED, True, (), notes)


def _rules(enabled: Iterable[Route]) -> Line:
    notes = tuple(
        f"Route {route.id} takes {document} and leaves {payment} out."
        for route in enabled
        for document, payment in PAYMENT_OF.items()
        if route.verdict_on(document) is None and route.verdict_on(payment) is not None
    )
    line = _each(
        Step.RULES_ENABLED,
        enabled,
        _takes_something,
        lambda route: f"Route {route.id} has no enabled rule.",
    )
    return Line(line.step, line.is_done, line.missing, notes)


def _takes_something(route: Route) -> bool:
    """Say whether the route's own rules or its collection map anything. The documents of closed days, which need no
    rule, count where it has none at all: then they are what it is there for.
    """
    if not route.rules:
        return any(route.verdict_on(kind) is None for kind in EventKind)
    return route.collection is not None or any(rule.enabled for rule in route.rules.values())


def _each(
    step: Step, enabled: Iterable[Route], is_done: Callable[[Route], bool], sentence: Callable[[Route], str]
) -> Line:
    """Give a line that is done where every enabled route is, and there is one."""
    routes = list(enabled)
    missing = dict.fromkeys(sentence(route) for route in routes if not is_done(route))
    return Line(step, bool(routes) and not missing, tuple(missing) if routes else ("No route is enabled.",))
