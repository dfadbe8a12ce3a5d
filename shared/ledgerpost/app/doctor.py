"""Whether a deployed stage is well: each part looked at, judged, and given its next step.

A check is ok, a warning or a failure. A failure means that money is or will be stuck; a warning, that something could
not be looked at or is not as it should be while all goes on. Read from the top: `diagnose` → `judged` per part.
"""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from ledgerpost.app.stage_facts import (
    AlarmFacts,
    ArchiveFacts,
    Caller,
    Facts,
    FunctionFacts,
    Gone,
    NotChecked,
    PoolFacts,
    QueueFacts,
    Resource,
    RuleFacts,
    SourceFacts,
    StackFacts,
    StageView,
    TableFacts,
)
from ledgerpost.app.stage_parts import expected_with

SKEW_S_WARNED = 30
SKEW_S_MAX = 240
"""AWS refuses a request that is signed more than five minutes off. Source: AWS Signature Version 4."""

BACKLOG_MAX = 1000
"""Messages that may wait in a work queue before it is worth a look: a few seconds' work."""

_HEALTHY = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS"})
_ROLLED_BACK = frozenset({"UPDATE_ROLLBACK_COMPLETE", "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS"})

_DEPLOY_AGAIN = "Deploy the stage again: `cdk deploy`."


class Verdict(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: of which `area`, what was found, and the next step where it is not ok."""

    area: str
    name: str
    verdict: Verdict
    finding: str
    fix: str = ""


def diagnose(view: StageView, expected: Mapping[str, str], executor: Executor) -> Iterator[Check]:
    """Give the checks of everything that the stack is made of, and of who asks.

    `expected` are the resources that this release's template has: id → type.
    """
    denied: list[str] = []
    caller = view.caller()
    yield from _of_caller(caller)
    _note_denied(caller, denied)
    stack = view.stack()
    _note_denied(stack, denied)
    if isinstance(stack, NotChecked):
        yield Check("stack", "stack", Verdict.FAIL, stack.reason, "Sign in to the stage's account and region.")
    else:
        yield from _of_stack(stack, expected)
        looked_at = sorted(
            (each for each in stack.resources if each.type in view.looked_at()), key=lambda each: (each.type, each.id)
        )
        for resource, facts in zip(looked_at, executor.map(view.facts, looked_at), strict=True):
            _note_denied(facts, denied)
            yield from judged(resource, facts)
    yield _of_permissions(denied)


def _note_denied(facts: object, denied: list[str]) -> None:
    match facts:
        case NotChecked(denied=action) if action:
            denied.append(action)
        case TableFacts(is_recoverable=NotChecked(denied=action)) if action:
            denied.append(action)


def _of_caller(caller: Caller | NotChecked) -> Iterator[Check]:
    if isinstance(caller, NotChecked):
        yield not_checked("caller", "clock", caller)
        return
    yield Check("caller", "identity", Verdict.OK, f"You are {caller.arn}.")
    skew_s = abs((caller.own_clock - caller.aws_clock).total_seconds())
    finding = f"This machine's clock is {skew_s:.0f} s off."
    fix = "Set this machine's clock by NTP; AWS refuses requests signed five minutes off."
    if skew_s <= SKEW_S_WARNED:
        yield Check("caller", "clock", Verdict.OK, finding)
    else:
        yield Check("caller", "clock", Verdict.WARN if skew_s <= SKEW_S_MAX else Verdict.FAIL, finding, fix)


def _of_permissions(denied: list[str]) -> Check:
    if not denied:
        return Check("caller", "permissions", Verdict.OK, "You may look at every part.")
    missing = ", ".join(sorted(set(denied)))
    return Check(
        "caller", "permissions", Verdict.WARN, f"You may not: {missing}.", "Have these allowed to see the whole stage."
    )


def _of_stack(stack: StackFacts, expected: Mapping[str, str]) -> Iterator[Check]:
    if stack.status in _HEALTHY:
        yield Check("stack", stack.name, Verdict.OK, f"{stack.status}, {len(stack.resources)} resources.")
    elif stack.status in _ROLLED_BACK or stack.status.endswith("_IN_PROGRESS"):
        fix = "Look at the stack's events; where a deployment failed, mend what they name and deploy again."
        yield Check(
            "stack", stack.name, Verdict.WARN, f"{stack.status}: it runs an earlier release or is changing.", fix
        )
    else:
        fix = "Look at the stack's events for the first failure, mend it and deploy again."
        yield Check("stack", stack.name, Verdict.FAIL, f"{stack.status}.", fix)
    there = {resource.id for resource in stack.resources}
    for id_, type_ in sorted({**expected, **expected_with(there)}.items()):
        if id_ in there:
            continue
        if stack.is_emulated:
            yield not_checked("stack", id_, NotChecked(f"the emulator has no {type_}"))
        else:
            finding = f"The stack has no {type_} {id_}, which this release's template has."
            yield Check("stack", id_, Verdict.FAIL, finding, _DEPLOY_AGAIN)


def not_checked(area: str, name: str, why: NotChecked) -> Check:
    """Give the warning that something could not be looked at."""
    fix = f"Have {why.denied} allowed to you." if why.denied else ""
    return Check(area, name, Verdict.WARN, f"not checked: {why.reason}.", fix)


def judged(resource: Resource, facts: Facts | Gone | NotChecked) -> Iterator[Check]:
    """Give what is to be said of one resource: everything that is wrong with it, else that it is well."""
    if isinstance(facts, NotChecked):
        yield not_checked(_area_of(resource), resource.id, facts)
        return
    if isinstance(facts, Gone):
        fix = "It was deleted outside of the stack: look at the stack's drift, and have it created anew."
        yield Check(_area_of(resource), resource.id, Verdict.FAIL, "It is in the stack and does not exist.", fix)
        return
    area, well, faults = _judgement(resource, facts)
    if not faults:
        yield Check(area, resource.id, Verdict.OK, well)
    for verdict, finding, fix in faults:
        yield Check(area, resource.id, verdict, finding, fix)


Fault = tuple[Verdict, str, str]


def _judgement(resource: Resource, facts: Facts) -> tuple[str, str, list[Fault]]:  # noqa: C901 - a case for each kind
    match facts:
        case QueueFacts():
            return "queues", f"{facts.waiting} waiting, {facts.in_hand} in hand.", list(_queue_faults(resource, facts))
        case SourceFacts():
            return "sources", "enabled.", list(_source_faults(facts))
        case FunctionFacts():
            return "functions", f"{facts.state}.", list(_function_faults(facts))
        case AlarmFacts():
            return "alarms", f"{facts.state}.", list(_alarm_faults(facts))
        case TableFacts():
            return "tables", f"{facts.status}, with point-in-time recovery.", list(_table_faults(facts))
        case RuleFacts():
            return "rules", f"{facts.state}, {facts.targets} targets.", list(_rule_faults(facts))
        case ArchiveFacts():
            kept = f"keeps {facts.days} days" if facts.days else "keeps events for ever"
            return "bus", f"{facts.state}, {kept}.", list(_archive_faults(facts))
        case PoolFacts():
            return "people", f"about {facts.people} may sign in.", list(_pool_faults(facts))
        case _:
            assert_never(facts)


def _area_of(resource: Resource) -> str:
    return resource.type.rpartition("::")[2].lower() + "s"


def _queue_faults(resource: Resource, facts: QueueFacts) -> Iterable[Fault]:
    if resource.id.endswith("DeadLetters"):
        if facts.waiting + facts.in_hand:
            finding = f"{facts.waiting + facts.in_hand} messages could not be handled and lie here."
            fix = (
                "Find the reason by the message ids in the function's log, mend it, then redrive them to their source."
            )
            yield Verdict.FAIL, finding, fix
    else:
        if facts.failures_to is None:
            finding = "It has no dead-letter queue: what cannot be handled comes back for 14 days and is then lost."
            yield Verdict.FAIL, finding, _DEPLOY_AGAIN
        if facts.waiting > BACKLOG_MAX:
            fix = "Look at the functions' errors and throttles, and whether a ledger is down."
            yield Verdict.WARN, f"{facts.waiting} messages wait.", fix
    if not facts.is_encrypted:
        yield Verdict.WARN, "It is not encrypted.", _DEPLOY_AGAIN


def _source_faults(facts: SourceFacts) -> Iterable[Fault]:
    if facts.state not in ("Enabled", "Enabling", "Updating"):
        fix = "Enable the event source mapping again, or deploy the stage."
        yield Verdict.FAIL, f"{facts.state}: the function takes nothing from its queue or stream.", fix
    if not facts.reports_failures:
        finding = "Single failures are not reported: a failed entry of a batch would be deleted as if it were done."
        yield Verdict.FAIL, finding, _DEPLOY_AGAIN


def _function_faults(facts: FunctionFacts) -> Iterable[Fault]:
    if facts.state not in ("Active", "Inactive"):
        yield Verdict.FAIL, f"Its state is {facts.state}.", "Look at the function's state reason, then deploy again."
    if facts.last_update == "Failed":
        yield Verdict.WARN, "Its last update failed: it runs the code before.", _DEPLOY_AGAIN


def _alarm_faults(facts: AlarmFacts) -> Iterable[Fault]:
    if facts.state == "ALARM":
        yield Verdict.FAIL, f"In alarm. {facts.reason}".strip(), "docs/operations.md says what this alarm asks for."
    if not facts.tells:
        yield Verdict.WARN, "Its actions are off or it has none: nobody is told.", _DEPLOY_AGAIN


def _table_faults(facts: TableFacts) -> Iterable[Fault]:
    if facts.status not in ("ACTIVE", "UPDATING"):
        yield Verdict.FAIL, f"Its status is {facts.status}.", "Look at the table in the console of DynamoDB."
    if isinstance(facts.is_recoverable, NotChecked):
        check = not_checked("", "", facts.is_recoverable)
        yield check.verdict, check.finding, check.fix
    elif not facts.is_recoverable:
        yield Verdict.FAIL, "It cannot be restored to a point in time.", _DEPLOY_AGAIN


def _rule_faults(facts: RuleFacts) -> Iterable[Fault]:
    if facts.state != "ENABLED":
        yield Verdict.FAIL, f"{facts.state}: what it should start or pass on stands still.", "Enable the rule again."
    if not facts.targets:
        yield Verdict.FAIL, "It has no target.", _DEPLOY_AGAIN
    elif facts.targets_with_dead_letters < facts.targets:
        yield Verdict.WARN, "A target has no dead-letter queue: what it does not take is lost.", _DEPLOY_AGAIN


def _archive_faults(facts: ArchiveFacts) -> Iterable[Fault]:
    if facts.state != "ENABLED":
        yield Verdict.FAIL, f"{facts.state}: events are not kept for replay.", _DEPLOY_AGAIN


def _pool_faults(facts: PoolFacts) -> Iterable[Fault]:
    if facts.is_open:
        yield Verdict.FAIL, "Anybody may sign up.", _DEPLOY_AGAIN
    if not facts.people:
        fix = "Make the first user: docs/deploy.md, a stage with the console."
        yield Verdict.WARN, "Nobody can sign in: there is no user yet.", fix
