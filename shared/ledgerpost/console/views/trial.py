"""The test post: the guide's step 6, with its advice where it is refused."""

from dataclasses import dataclass
from functools import partial
from uuid import uuid4

from ledgerpost.app import acts
from ledgerpost.connectors.pennypipe.target import PennyPipeTarget
from ledgerpost.connectors.pennypipe.trial import TestPostPlan, TestPostReport, run_test_post
from ledgerpost.console.caller import Caller
from ledgerpost.console.connecting import target_of
from ledgerpost.console.editing import applied_or_empty
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.money import MoneyError, parse_amount
from ledgerpost.domain.outcome import Applied
from ledgerpost.domain.route import AccountId, Connection, ConnectionId, EntryType, Route, TenantConfiguration
from ledgerpost.errors import UsageError, describe

SMALL_AMOUNT = "0.01"
"""Source: seed 000, step 6."""


@dataclass(frozen=True, slots=True)
class TrialPage:
    """What can be chosen: the connections, and the accounts that routes post to."""

    connections: tuple[Connection, ...]
    routes: tuple[Route, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialResult:
    """What came of a test post."""

    posted: bool
    headline: str
    reference: str
    ledger_id: str | None
    code: str | None
    status: int | None
    detail: str
    advice: tuple[str, ...]
    leaves_an_entry: bool


def trial_page(tenant: TenantId, ports: ConsolePorts) -> TrialPage:
    """Give what a test post can be run on."""
    configuration, _ = applied_or_empty(ports, tenant)
    by_label = sorted(configuration.connections.values(), key=lambda each: each.label.casefold())
    return TrialPage(tuple(by_label), tuple(sorted(configuration.routes.values(), key=lambda route: route.id)))


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialForm:
    """What to try, as a person fills it in."""

    connection: str
    account: str
    amount: str = SMALL_AMOUNT
    clean_up: bool = False


def run_trial(form: TrialForm, caller: Caller, ports: ConsolePorts) -> TrialResult:
    """Post a small real entry, once, with its place in the change log. Raises UsageError for what cannot be tried."""
    tenant = caller.tenant
    configuration, _ = applied_or_empty(ports, tenant)
    connection = configuration.connections.get(ConnectionId(form.connection))
    if connection is None:
        raise UsageError("request_unreadable", "Choose one of the connections.")
    plan = _plan(form, configuration, connection, ports)
    with target_of(tenant, connection, ports, ports.secrets) as target:
        if not isinstance(target, PennyPipeTarget):
            raise UsageError("not_here", f"A {connection.target} connection has no test of this kind.")
        report = acts.test_post(
            tenant,
            connection.id,
            plan.account,
            ports.doing(caller),
            post=partial(run_test_post, target, plan),
            outcome_of=lambda each: each.outcome,
        )
    return result_of(report)


def result_of(report: TestPostReport) -> TrialResult:
    """Give the report as the page says it."""
    outcome = report.outcome
    if isinstance(outcome, Applied):
        return TrialResult(
            posted=True,
            headline="The test post succeeded: you can go live.",
            reference=report.reference,
            ledger_id=outcome.ledger_id,
            code=None,
            status=None,
            detail="It was deleted again." if report.cleaned_up else "",
            advice=(),
            leaves_an_entry=report.leaves_an_entry,
        )
    cause = describe(outcome.code).cause
    is_told = outcome.status is None or (str(outcome.status) in cause and outcome.status != 403)
    denied = " (access denied)" if outcome.status == 403 else ""
    status = "" if is_told else f"{outcome.status}{denied}: "
    return TrialResult(
        posted=False,
        headline=f"{status}{cause}",
        reference=report.reference,
        ledger_id=None,
        code=outcome.code,
        status=outcome.status,
        detail=outcome.detail,
        advice=report.advice,
        leaves_an_entry=report.leaves_an_entry,
    )


def _plan(
    form: TrialForm, configuration: TenantConfiguration, connection: Connection, ports: ConsolePorts
) -> TestPostPlan:
    try:
        parsed = parse_amount(form.amount)
    except MoneyError as error:
        raise UsageError("request_unreadable", f"Amount: {error}") from None
    if parsed <= 0:
        raise UsageError("request_unreadable", "Amount: it has to be greater than zero.")
    if not form.account:
        raise UsageError("request_unreadable", "Account: enter the id of the ledger account.")
    return TestPostPlan(
        account=AccountId(form.account),
        amount=parsed,
        day=ports.clock.now().date(),
        id=uuid4(),
        type=_side(configuration, connection, form.account),
        clean_up=form.clean_up,
    )


def _side(configuration: TenantConfiguration, connection: Connection, account: str) -> EntryType:
    """Give the side of the first enabled rule that posts there, else credit. Source: PennyPipe contract, 3.6."""
    for route in configuration.routes.values():
        if (route.connection, route.account) == (connection.id, account):
            for rule in route.rules.values():
                if rule.enabled:
                    return rule.entry_type
    return EntryType.CREDIT
