"""What an entry of each path asks of AWS, counted with the real handlers, so that no change makes one dearer unseen.

`UPDATE_GOLDEN=1 pytest tests/infra/test_path_costs.py` writes the counts anew, and `python infra/costs.py` the page.
"""

import os
from collections.abc import Iterator
from dataclasses import asdict, replace

import boto3
import pytest

from infra.costs import PAGE, read_prices
from infra.path_costs import dollars, path_table, read_counts, write_counts
from tests.contract.aws_emulators import create_deliveries_table, moto_clients
from tests.contract.commerce_stores import create_commerce_table
from tests.infra.paths import PATHS

DEARER_MAX = 0.05
DIRECT_MAX = 3.50


@pytest.fixture
def session() -> Iterator[boto3.Session]:
    with moto_clients() as opened:
        create_deliveries_table(opened.client("dynamodb"), "deliveries")
        create_commerce_table(opened.client("dynamodb"), "commerce")
        yield opened


@pytest.mark.parametrize("path", PATHS)
def test_a_path_is_no_dearer_than_was_agreed_on(path: str, session: boto3.Session) -> None:
    counted = PATHS[path](session).counts
    if os.environ.get("UPDATE_GOLDEN") == "1":
        write_counts({**read_counts(), path: counted})
    agreed = read_counts()[path]
    now, before = (dollars(counts, read_prices()) for counts in (counted, agreed))
    said = f"${now:.2f} a million, not ${before:.2f}: {asdict(counted)}"
    assert now == pytest.approx(before, rel=DEARER_MAX), said


def test_a_million_entries_posted_directly_stay_under_their_limit() -> None:
    assert dollars(read_counts()["direct"], read_prices()) <= DIRECT_MAX


def test_a_write_more_for_each_entry_would_be_seen() -> None:
    agreed = read_counts()["direct"]
    dearer = replace(agreed, write_units=agreed.write_units + 1)
    assert dollars(dearer, read_prices()) > dollars(agreed, read_prices()) * (1 + DEARER_MAX)


def test_the_page_shows_the_paths() -> None:
    assert path_table(read_prices()) in PAGE.read_text(), "run `python infra/costs.py`"


def test_an_entry_that_is_posted_directly_is_two_writes_and_no_read_of_its_own() -> None:
    agreed = read_counts()["direct"]
    assert agreed.write_units == 2.0
    assert agreed.read_units < 0.02
    # Whether the account upserts is asked once, by the first batch's ten at once.
    assert agreed.ledger_calls <= 1.1
