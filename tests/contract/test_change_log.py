"""Port ChangeLog: one suite, three implementations; appends at once never fork the chain."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier
from typing import Any

import pytest

from ledgerpost.adapters.dynamodb import DynamoChangeLog
from ledgerpost.adapters.memory_change_log import MemoryChangeLog
from ledgerpost.app.change_log import ChangeLog, check, keep
from ledgerpost.domain.access import Act
from ledgerpost.domain.change_log import Change, ChangeEntry, change_of, next_entry
from ledgerpost.domain.event import TenantId
from ledgerpost.errors import StoreError
from tests.adapters.fake_clients import Failing, client_error
from tests.contract.aws_emulators import create_routes_table
from tests.contract.conftest import ALL, SAFE_WITH_THREADS, a_name
from tests.contract.records import NOON

ACME = TenantId("acme")
GLOBEX = TenantId("globex")
WORKERS = 6


@pytest.fixture
def log(request: pytest.FixtureRequest, aws_clients: Callable[[str], Any]) -> ChangeLog:
    if request.param == "memory":
        return MemoryChangeLog()
    client, table = aws_clients(request.param)("dynamodb"), a_name("routes")
    create_routes_table(client, table)
    return DynamoChangeLog(client, table)


on_every_log = pytest.mark.parametrize("log", ALL, indirect=True)
on_logs_safe_with_threads = pytest.mark.parametrize("log", SAFE_WITH_THREADS, indirect=True)


def a_change(reason: str = "Umzug der Bücher", tenant: TenantId = ACME) -> Change:
    return change_of(Act.PAUSE, tenant, "ann", NOON, {"connection": "main", "reason": reason})


def kept(log: ChangeLog, count: int) -> list[ChangeEntry]:
    return [keep(a_change(f"reason {number}"), log) for number in range(count)]


@on_every_log
def test_a_tenant_without_changes_has_an_empty_log(log: ChangeLog) -> None:
    assert log.last(ACME) is None
    assert list(log.latest(ACME, 10)) == []
    assert list(log.from_number(ACME, 1, 10)) == []
    assert check(ACME, log).entries == 0


@on_every_log
def test_an_entry_is_read_back_exactly(log: ChangeLog) -> None:
    entry = keep(replace(a_change(), refused="not_allowed"), log)
    assert log.last(ACME) == entry
    assert list(log.latest(ACME, 1)) == [entry]


@on_every_log
def test_the_latest_come_page_by_page(log: ChangeLog) -> None:
    entries = kept(log, 5)
    first = list(log.latest(ACME, 2))
    second = list(log.latest(ACME, 2, before=first[-1].number))
    third = list(log.latest(ACME, 2, before=second[-1].number))
    assert [*first, *second, *third] == entries[::-1]
    assert list(log.latest(ACME, 2, before=1)) == []


@on_every_log
def test_the_log_is_read_from_a_number_on(log: ChangeLog) -> None:
    entries = kept(log, 4)
    assert list(log.from_number(ACME, 2, 2)) == entries[1:3]


@on_every_log
def test_an_entry_that_follows_another_one_is_not_written(log: ChangeLog) -> None:
    first, second = kept(log, 2)
    late = next_entry(a_change("late"), first)
    assert log.append(late) == second
    assert list(log.from_number(ACME, 1, 10)) == [first, second]


@on_every_log
def test_an_entry_that_leaves_a_gap_is_not_written(log: ChangeLog) -> None:
    [first] = kept(log, 1)
    unwritten = next_entry(a_change("never written"), first)
    assert log.append(next_entry(a_change("after it"), unwritten)) == first
    assert log.last(ACME) == first


@on_every_log
def test_tenants_have_chains_of_their_own(log: ChangeLog) -> None:
    mine, other = keep(a_change(), log), keep(a_change(tenant=GLOBEX), log)
    assert (mine.number, other.number) == (1, 1)
    assert log.last(ACME) == mine
    assert list(log.latest(GLOBEX, 10)) == [other]


@on_every_log
def test_a_chain_that_was_only_appended_to_holds(log: ChangeLog) -> None:
    entries = kept(log, 3)
    checked = check(ACME, log)
    assert (checked.entries, checked.head, checked.broken_at) == (3, entries[-1].digest, None)


@on_logs_safe_with_threads
def test_appends_at_once_never_fork_the_chain(log: ChangeLog) -> None:
    start = Barrier(WORKERS)

    def append(number: int) -> ChangeEntry:
        start.wait()
        return keep(a_change(f"worker {number}"), log)

    with ThreadPoolExecutor(WORKERS) as threads:
        entries = list(threads.map(append, range(WORKERS)))
    assert sorted(entry.number for entry in entries) == list(range(1, WORKERS + 1))
    checked = check(ACME, log)
    assert (checked.entries, checked.broken_at) == (WORKERS, None)


def test_a_log_in_a_file_goes_on_where_it_ended(tmp_path: Path) -> None:
    path = tmp_path / "state" / "changes.jsonl"
    entries = kept(MemoryChangeLog(path), 2)
    again = MemoryChangeLog(path)
    assert list(again.from_number(ACME, 1, 10)) == entries
    keep(a_change("a later run"), again)
    assert check(ACME, MemoryChangeLog(path)).entries == 3


def test_a_line_that_was_torn_is_cut_off_and_one_that_was_altered_is_found(tmp_path: Path) -> None:
    path = tmp_path / "changes.jsonl"
    kept(MemoryChangeLog(path), 2)
    content = path.read_bytes()
    path.write_bytes(content + b'{"tenant":"ac')
    assert check(ACME, MemoryChangeLog(path)).entries == 2
    assert path.read_bytes() == content
    path.write_bytes(content.replace(b"reason 0", b"reason 9"))
    assert check(ACME, MemoryChangeLog(path)).broken_at == 1


@pytest.mark.parametrize(
    "fault", [client_error("ProvisionedThroughputExceededException"), client_error("AccessDeniedException")]
)
def test_a_fault_of_the_table_is_a_store_error(fault: Exception) -> None:
    log = DynamoChangeLog(Failing(fault), "routes")
    with pytest.raises(StoreError):
        log.append(next_entry(a_change(), None))
    with pytest.raises(StoreError):
        log.last(ACME)


def test_an_append_whose_answer_was_lost_and_is_sent_again_counts_once(moto_session: Any) -> None:
    # botocore fills the token in once for a call and sends the same one with each of its retries.
    model = moto_session.client("dynamodb").meta.service_model.operation_model("TransactWriteItems")
    assert model.idempotent_members == ["ClientRequestToken"]
