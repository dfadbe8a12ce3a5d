"""Port TokenPairs: one suite, and every implementation."""

import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from ledgerpost.adapters.dynamodb.token_pairs import DynamoTokenPairs
from ledgerpost.adapters.memory_token_pairs import MemoryTokenPairs
from ledgerpost.adapters.sqlite_token_pairs import TOKENS_FILE, SqliteTokenPairs
from ledgerpost.domain.token_pair import StoredPair, TokenPair
from ledgerpost.errors import StoreError
from ledgerpost.ports import TokenPairs
from tests.adapters.fake_clients import AnswerLost, Failing, client_error
from tests.contract.aws_emulators import create_deliveries_table
from tests.contract.conftest import ALL, SAFE_WITH_THREADS, a_name
from tests.contract.records import NOON

PAIR = TokenPair(generation=3, origin="ab12", refresh_token="refresh-é", access_token="access", good_until=NOON)


@pytest.fixture
def pairs(request: pytest.FixtureRequest, aws_clients: Callable[[str], Any], tmp_path: Path) -> TokenPairs:
    if request.param == "memory":
        return MemoryTokenPairs()
    if request.param == "sqlite":
        return SqliteTokenPairs(tmp_path / "state")
    client = aws_clients(request.param)("dynamodb")
    table = a_name("deliveries")
    create_deliveries_table(client, table)
    return DynamoTokenPairs(client, table)


on_every_store = pytest.mark.parametrize("pairs", [*ALL, "sqlite"], indirect=True)


@on_every_store
def test_nothing_is_stored_at_first(pairs: TokenPairs) -> None:
    assert pairs.read("acme/main") is None


@on_every_store
@pytest.mark.parametrize(
    "pair", [PAIR, PAIR.claimed("worker", NOON), PAIR.given_up(), TokenPair(generation=0, origin="", refresh_token="r")]
)
def test_a_pair_is_given_back_exactly(pairs: TokenPairs, pair: TokenPair) -> None:
    assert pairs.write("acme/main", pair, 0)
    assert pairs.read("acme/main") == StoredPair(pair, 1)


@on_every_store
def test_only_the_revision_that_is_stored_is_written_over(pairs: TokenPairs) -> None:
    pairs.write("acme/main", PAIR, 0)

    assert not pairs.write("acme/main", PAIR.given_up(), 0)
    assert not pairs.write("acme/main", PAIR.given_up(), 2)
    assert pairs.read("acme/main") == StoredPair(PAIR, 1)
    assert pairs.write("acme/main", PAIR.given_up(), 1)
    assert pairs.read("acme/main") == StoredPair(PAIR.given_up(), 2)


@on_every_store
def test_another_connection_has_a_pair_of_its_own(pairs: TokenPairs) -> None:
    pairs.write("acme/main", PAIR, 0)

    assert pairs.read("acme/other") is None


@pytest.mark.parametrize("pairs", [*SAFE_WITH_THREADS, "sqlite"], indirect=True)
def test_of_many_that_write_at_once_one_writes(pairs: TokenPairs) -> None:
    pairs.write("acme/main", PAIR, 0)
    with ThreadPoolExecutor(8) as executor:
        written = list(executor.map(lambda n: pairs.write("acme/main", PAIR.claimed(f"w{n}", NOON), 1), range(8)))

    assert sum(written) == 1


def test_a_write_whose_answer_was_lost_is_not_taken_for_a_rivals(aws_clients: Callable[[str], Any]) -> None:
    client = aws_clients("moto")("dynamodb")
    table = a_name("deliveries")
    create_deliveries_table(client, table)

    assert DynamoTokenPairs(AnswerLost(client), table).write("acme/main", PAIR, 0)


def test_a_fault_of_the_store_names_no_token() -> None:
    failing = DynamoTokenPairs(Failing(client_error("ProvisionedThroughputExceededException")), "deliveries")
    for use in (lambda: failing.read("k"), lambda: failing.write("k", PAIR, 0)):
        with pytest.raises(StoreError) as caught:
            use()
        assert "refresh" not in caught.value.message


def test_another_process_reads_what_a_file_keeps_and_nobody_else_may(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    SqliteTokenPairs(folder).write("acme/main", PAIR, 0)

    assert SqliteTokenPairs(folder).read("acme/main") == StoredPair(PAIR, 1)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / TOKENS_FILE
    path.touch(mode=0o644)
    SqliteTokenPairs(tmp_path).write("acme/main", PAIR, 0)

    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_holds_no_pairs_is_a_store_error_that_names_no_value(tmp_path: Path) -> None:
    (tmp_path / TOKENS_FILE).write_text("not a database, but long enough to be looked at as one" * 20)

    with pytest.raises(StoreError) as caught:
        SqliteTokenPairs(tmp_path).write("acme/main", PAIR, 0)
    assert "refresh" not in caught.value.message
