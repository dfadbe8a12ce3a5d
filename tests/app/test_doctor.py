"""The doctor's judgement: each thing that can be wrong with a stage, and what is said of it."""

from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from ledgerpost.adapters.memory_configurations import MemoryConfigurationStore
from ledgerpost.app.doctor import Check, Verdict, diagnose, judged
from ledgerpost.app.doctor_configuration import WorkingPorts, diagnose_configurations
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
    TableFacts,
)
from ledgerpost.app.stage_parts import PARTS
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.outcome import AccountAbility, NotApplied, Retry, TargetClass, Unknown
from ledgerpost.domain.route import AccountId, AppliedConfiguration, Connection, ConnectionId, SecretReference
from ledgerpost.errors import SecretError, StoreError
from tests.app.test_apply import a_document

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class FixedClock:
    def now(self) -> datetime:
        return NOW


QUEUE = QueueFacts(waiting=0, in_hand=0, failures_to="arn:dlq", is_encrypted=True)
DEAD_LETTERS = replace(QUEUE, failures_to=None)
WELL: dict[str, Facts | Gone | NotChecked] = {
    "IntakeQueue": QUEUE,
    "IntakeDeadLetters": DEAD_LETTERS,
    "IntakeSource": SourceFacts("Enabled", reports_failures=True),
    "IntakeFunction": FunctionFacts("Active", "Successful"),
    "ParkedAlarm": AlarmFacts("OK", "", tells=True),
    "RoutesTable": TableFacts("ACTIVE", is_recoverable=True),
    "EveryEventRule": RuleFacts("ENABLED", 1, 1),
    "BusArchive": ArchiveFacts("ENABLED", 90),
    "UserPool": PoolFacts(3, is_open=False),
}
TYPE = "AWS::Kind::Part"


@dataclass
class View:
    """A stage as the test has it."""

    parts: dict[str, Facts | Gone | NotChecked] = field(default_factory=lambda: dict(WELL))
    status: str = "UPDATE_COMPLETE"
    skew: timedelta = timedelta()
    is_emulated: bool = False
    is_denied: bool = False

    def stack(self) -> StackFacts | NotChecked:
        if self.is_denied:
            return NotChecked("you may not call DescribeStacks", "DescribeStacks")
        resources = tuple(Resource(id_, TYPE, id_.lower()) for id_ in self.parts)
        return StackFacts("ledgerpost-dev", self.status, resources, self.is_emulated)

    def caller(self) -> Caller | NotChecked:
        return Caller("arn:aws:iam::1:user/ada", NOW, NOW + self.skew)

    def facts(self, resource: Resource) -> Facts | Gone | NotChecked:
        return self.parts[resource.id]

    def looked_at(self) -> Sequence[str]:
        return (TYPE,)


@pytest.fixture
def executor() -> Any:
    with ThreadPoolExecutor(2) as made:
        yield made


def not_well(view: View, executor: Executor, **expected: str) -> list[tuple[str, Verdict]]:
    checks = diagnose(view, expected, executor)
    return [(check.name, check.verdict) for check in checks if check.verdict is not Verdict.OK]


def test_a_stage_that_is_well_gives_no_fault(executor: Executor) -> None:
    checks = list(diagnose(View(), dict.fromkeys(WELL, TYPE), executor))
    assert {check.verdict for check in checks} == {Verdict.OK}
    assert {check.name for check in checks} >= WELL.keys() | {"clock", "permissions", "identity", "ledgerpost-dev"}


@pytest.mark.parametrize(
    ("name", "facts", "verdict"),
    [
        ("IntakeDeadLetters", replace(DEAD_LETTERS, waiting=1), Verdict.FAIL),
        ("IntakeDeadLetters", replace(DEAD_LETTERS, in_hand=1), Verdict.FAIL),
        ("IntakeQueue", replace(QUEUE, failures_to=None), Verdict.FAIL),
        ("IntakeQueue", replace(QUEUE, waiting=1001), Verdict.WARN),
        ("IntakeQueue", replace(QUEUE, is_encrypted=False), Verdict.WARN),
        ("IntakeSource", SourceFacts("Disabled", reports_failures=True), Verdict.FAIL),
        ("IntakeSource", SourceFacts("Enabled", reports_failures=False), Verdict.FAIL),
        ("IntakeFunction", FunctionFacts("Failed", "Successful"), Verdict.FAIL),
        ("IntakeFunction", FunctionFacts("Active", "Failed"), Verdict.WARN),
        ("ParkedAlarm", AlarmFacts("ALARM", "3 above 0", tells=True), Verdict.FAIL),
        ("ParkedAlarm", AlarmFacts("OK", "", tells=False), Verdict.WARN),
        ("RoutesTable", TableFacts("ARCHIVED", is_recoverable=True), Verdict.FAIL),
        ("RoutesTable", TableFacts("ACTIVE", is_recoverable=False), Verdict.FAIL),
        ("RoutesTable", TableFacts("ACTIVE", NotChecked("no")), Verdict.WARN),
        ("EveryEventRule", RuleFacts("DISABLED", 1, 1), Verdict.FAIL),
        ("EveryEventRule", RuleFacts("ENABLED", 0, 0), Verdict.FAIL),
        ("EveryEventRule", RuleFacts("ENABLED", 2, 1), Verdict.WARN),
        ("BusArchive", ArchiveFacts("DISABLED", 90), Verdict.FAIL),
        ("UserPool", PoolFacts(0, is_open=False), Verdict.WARN),
        ("UserPool", PoolFacts(3, is_open=True), Verdict.FAIL),
        ("RoutesTable", Gone(), Verdict.FAIL),
        ("BusArchive", NotChecked("ThrottlingException"), Verdict.WARN),
    ],
)
def test_each_fault_is_told_of_its_part_with_a_next_step(
    name: str, facts: Facts | Gone | NotChecked, verdict: Verdict, executor: Executor
) -> None:
    assert not_well(View(parts={**WELL, name: facts}), executor) == [(name, verdict)]
    [check] = judged(Resource(name, TYPE, ""), facts)
    assert check.fix or isinstance(facts, NotChecked) or isinstance(getattr(facts, "is_recoverable", None), NotChecked)


def test_two_faults_of_one_part_are_both_told(executor: Executor) -> None:
    faulty = SourceFacts("Disabled", reports_failures=False)
    assert len(not_well(View(parts={"IntakeSource": faulty}), executor)) == 2


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        ("UPDATE_ROLLBACK_COMPLETE", Verdict.WARN),
        ("UPDATE_IN_PROGRESS", Verdict.WARN),
        ("ROLLBACK_COMPLETE", Verdict.FAIL),
        ("UPDATE_ROLLBACK_FAILED", Verdict.FAIL),
        ("DELETE_COMPLETE", Verdict.FAIL),
    ],
)
def test_a_stack_that_did_not_come_up_is_told(status: str, verdict: Verdict, executor: Executor) -> None:
    assert not_well(View(status=status), executor) == [("ledgerpost-dev", verdict)]


def test_a_part_that_the_release_has_and_the_stack_lacks_is_a_failure(executor: Executor) -> None:
    assert not_well(View(), executor, SettleFunction=TYPE) == [("SettleFunction", Verdict.FAIL)]


def test_a_chosen_part_that_is_there_in_part_only_is_a_failure(executor: Executor) -> None:
    part = dict.fromkeys(PARTS["ConsoleFunction"].keys() - {"UserPool"}, FunctionFacts("Active", "Successful"))
    assert not_well(View(parts={**WELL, **part}), executor) == []
    del part["ListingSource"]
    assert not_well(View(parts={**WELL, **part}), executor) == [("ListingSource", Verdict.FAIL)]


def test_what_an_emulator_does_not_have_is_only_not_checked(executor: Executor) -> None:
    view = View(is_emulated=True)
    assert not_well(view, executor, Archive=TYPE) == [("Archive", Verdict.WARN)]


@pytest.mark.parametrize(
    ("seconds", "faults"),
    [(30, []), (-31, [("clock", Verdict.WARN)]), (240, [("clock", Verdict.WARN)]), (-241, [("clock", Verdict.FAIL)])],
)
def test_a_clock_that_is_off_is_told_before_aws_refuses_it(
    seconds: int, faults: list[tuple[str, Verdict]], executor: Executor
) -> None:
    assert not_well(View(skew=timedelta(seconds=seconds)), executor) == faults


def test_what_the_caller_may_not_see_is_a_warning_that_names_the_permissions(executor: Executor) -> None:
    denied = NotChecked("you may not call DescribeAlarms", "DescribeAlarms")
    checks = list(diagnose(View(parts={**WELL, "ParkedAlarm": denied}), {}, executor))
    [permissions] = [check for check in checks if check.name == "permissions"]
    assert (permissions.verdict, "DescribeAlarms" in permissions.finding) == (Verdict.WARN, True)


def test_a_stack_that_cannot_be_read_is_a_failure(executor: Executor) -> None:
    assert ("stack", Verdict.FAIL) in not_well(View(is_denied=True), executor)


@dataclass
class Ledger:
    """Answers for each account as it is told."""

    answers: dict[str, AccountAbility | NotApplied | Unknown] = field(default_factory=dict)

    def target_of(self, tenant: TenantId, connection: Connection) -> Any:
        return self

    def ability(self, account: AccountId) -> AccountAbility | NotApplied | Unknown:
        return self.answers.get(account, AccountAbility(TargetClass.UPSERT, "GBP"))


@dataclass
class HeldSecrets:
    values: dict[str, str]

    def read(self, reference: SecretReference, *, fresh: bool = False) -> str:
        if reference not in self.values:
            raise SecretError("secret_unavailable", f"{reference} cannot be read.")
        return self.values[reference]


def connections_checked(
    executor: Executor, ledger: Ledger | None = None, secrets: dict[str, str] | None = None, tenants: Any = None
) -> list[Check]:
    store = MemoryConfigurationStore()
    document = a_document(a={}, b={"connection": "other"}, c={"enabled": "false"})
    store.apply(AppliedConfiguration(configuration=document, revision=1, by="ada", at=NOW), [])
    held = HeldSecrets({"env:A": "one", "env:B": "two"} if secrets is None else secrets)
    ports = WorkingPorts(
        configurations=store, clock=FixedClock(), secrets=held, targets=ledger or Ledger(), executor=executor
    )
    return list(diagnose_configurations(tenants, ports))


def test_every_secret_is_read_and_every_account_of_an_enabled_route_asked_for(executor: Executor) -> None:
    checks = connections_checked(executor)
    assert {check.verdict for check in checks} == {Verdict.OK}
    assert [check.name for check in checks if check.area == "secrets"] == ["acme/main", "acme/other"]
    assert [check.name for check in checks if check.area == "ledgers"] == [
        "acme/main/account-a",
        "acme/other/account-b",
    ]


def test_an_account_that_the_ledger_denies_is_told_with_the_mend_of_its_code(executor: Executor) -> None:
    ledger = Ledger({"account-a": NotApplied("client_not_allowlisted", Retry.NEVER, status=403)})
    [check] = [each for each in connections_checked(executor, ledger) if each.verdict is not Verdict.OK]
    assert (check.name, check.verdict) == ("acme/main/account-a", Verdict.FAIL)
    assert "allow-list" in check.fix


@pytest.mark.parametrize("secrets", [{"env:B": "two"}, {"env:A": " ", "env:B": "two"}, {"env:A": "ü", "env:B": "two"}])
def test_a_secret_that_cannot_be_used_is_told_and_its_ledger_not_bothered(
    secrets: dict[str, str], executor: Executor
) -> None:
    checks = connections_checked(executor, secrets=secrets)
    assert [each.name for each in checks if each.verdict is Verdict.FAIL] == ["acme/main"]
    assert [each.name for each in checks if each.area == "ledgers"] == ["acme/other/account-b"]
    assert all(value not in check.finding for check in checks for value in ("two",))


@pytest.mark.parametrize(("day", "verdict"), [("2026-03-15", Verdict.WARN), ("2026-02-28", Verdict.FAIL)])
def test_credentials_that_end_soon_or_have_ended_are_told(day: str, verdict: Verdict, executor: Executor) -> None:
    document = a_document(a={})
    connection = replace(document.connections[ConnectionId("main")], credentials_expire_on=date.fromisoformat(day))
    store = MemoryConfigurationStore()
    configured = replace(document, connections={connection.id: connection})
    store.apply(AppliedConfiguration(configuration=configured, revision=1, by="ada", at=NOW), [])
    ports = WorkingPorts(
        configurations=store,
        clock=FixedClock(),
        secrets=HeldSecrets({"env:A": "one"}),
        targets=Ledger(),
        executor=executor,
    )
    [check] = [each for each in diagnose_configurations(None, ports) if each.verdict is not Verdict.OK]
    assert (check.name, check.verdict) == ("acme/main", verdict)
    assert day in check.finding


def test_a_tenant_without_a_configuration_is_told(executor: Executor) -> None:
    [check] = connections_checked(executor, tenants=[TenantId("nobody")])
    assert (check.name, check.verdict) == ("nobody", Verdict.FAIL)


def test_a_stage_without_any_configuration_is_warned_of(executor: Executor) -> None:
    ports = WorkingPorts(
        configurations=MemoryConfigurationStore(),
        clock=FixedClock(),
        secrets=HeldSecrets({}),
        targets=Ledger(),
        executor=executor,
    )
    assert [check.verdict for check in diagnose_configurations(None, ports)] == [Verdict.WARN]


def test_a_configuration_of_a_later_release_is_a_failure_of_its_tenant_alone(executor: Executor) -> None:
    class Newer(MemoryConfigurationStore):
        def applied(self, tenant: TenantId) -> Any:
            raise StoreError("configuration_unsupported", "schema version 2")

    ports = WorkingPorts(
        configurations=Newer(), clock=FixedClock(), secrets=HeldSecrets({}), targets=Ledger(), executor=executor
    )
    [check] = diagnose_configurations([TenantId("acme")], ports)
    assert (check.verdict, check.finding.partition(":")[0]) == (Verdict.FAIL, "configuration_unsupported")
