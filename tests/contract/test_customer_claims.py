"""Port CustomerClaims: one suite, three implementations."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from ledgerpost.adapters.dynamodb.customer_claims import DynamoCustomerClaims
from ledgerpost.connectors.process_claims import CLAIMS_MAX, ProcessClaims
from ledgerpost.domain.customer_claim import CustomerClaim, StoredClaim
from ledgerpost.errors import StoreError
from ledgerpost.ports import CustomerClaims
from tests.adapters.fake_clients import AnswerLost, Failing, client_error
from tests.contract.aws_emulators import create_deliveries_table
from tests.contract.conftest import ALL, SAFE_WITH_THREADS, a_name
from tests.contract.records import NOON

CLAIM = CustomerClaim(NOON)
MADE = CustomerClaim(NOON + timedelta(seconds=30), "C000007")


@pytest.fixture
def claims(request: pytest.FixtureRequest, aws_clients: Callable[[str], Any]) -> CustomerClaims:
    if request.param == "memory":
        return ProcessClaims()
    client = aws_clients(request.param)("dynamodb")
    table = a_name("deliveries")
    create_deliveries_table(client, table)
    return DynamoCustomerClaims(client, table)


on_every_store = pytest.mark.parametrize("claims", ALL, indirect=True)


@on_every_store
def test_nothing_is_claimed_at_first(claims: CustomerClaims) -> None:
    assert claims.read("a1") is None


@on_every_store
@pytest.mark.parametrize("claim", [CLAIM, MADE])
def test_a_claim_is_given_back_exactly(claims: CustomerClaims, claim: CustomerClaim) -> None:
    assert claims.write("a1", claim, 0)
    assert claims.read("a1") == StoredClaim(claim, 1)
    assert claims.read("b2") is None


@on_every_store
def test_only_the_revision_that_is_stored_is_written_over(claims: CustomerClaims) -> None:
    claims.write("a1", CLAIM, 0)

    assert not claims.write("a1", MADE, 0)
    assert not claims.write("a1", MADE, 2)
    assert claims.read("a1") == StoredClaim(CLAIM, 1)
    assert claims.write("a1", MADE, 1)
    assert claims.read("a1") == StoredClaim(MADE, 2)


@pytest.mark.parametrize("claims", SAFE_WITH_THREADS, indirect=True)
def test_of_many_that_claim_at_once_one_does(claims: CustomerClaims) -> None:
    with ThreadPoolExecutor(8) as executor:
        written = list(executor.map(lambda _: claims.write("a1", CLAIM, 0), range(8)))

    assert sum(written) == 1


def test_a_claim_whose_answer_was_lost_is_not_taken_for_a_rivals(aws_clients: Callable[[str], Any]) -> None:
    client = aws_clients("moto")("dynamodb")
    table = a_name("deliveries")
    create_deliveries_table(client, table)

    assert DynamoCustomerClaims(AnswerLost(client), table).write("a1", CLAIM, 0)


def test_a_fault_of_the_store_is_an_error_of_ours() -> None:
    failing = DynamoCustomerClaims(Failing(client_error("ProvisionedThroughputExceededException")), "deliveries")
    for use in (lambda: failing.read("a1"), lambda: failing.write("a1", CLAIM, 0)):
        with pytest.raises(StoreError):
            use()


def test_a_process_keeps_so_many_claims_and_drops_the_oldest() -> None:
    claims = ProcessClaims()
    for number in range(CLAIMS_MAX + 1):
        claims.write(f"k{number}", CLAIM, 0)

    assert claims.read("k0") is None
    assert claims.read(f"k{CLAIMS_MAX}") == StoredClaim(CLAIM, 1)
