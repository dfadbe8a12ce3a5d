"""The form of a delivery record in DynamoDB."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerpost.adapters.dynamodb.attention import SHARDS, sortable
from ledgerpost.adapters.dynamodb.record import item_of, key_of, key_text, record_of, version_text
from ledgerpost.adapters.dynamodb.source_text import pack, unpack
from ledgerpost.domain.delivery import Attempt, DeliveryKey, DeliveryRecord, Effect, Operation, Status
from ledgerpost.domain.event import EventKind
from ledgerpost.domain.version import SourceVersion, Version
from tests.contract.records import NOON, a_claim

WRITER = b"8 bytes."
WRITE_UNIT_BYTES = 1024

ENVELOPE = (
    '{"version":"0","id":"1f0f9a52-6f0e-9d0c-6a1f-2f8a1a3f6b7d","detail-type":"SaleDocumentApproved",'
    '"source":"stocksmart","account":"123456789012","time":"2010-12-01T08:26:00Z","region":"eu-west-2","resources":[],'
    '"detail":{"schemaVersion":"1","tenantId":"acme","revision":1,"approvedAt":"2010-12-01T08:26:00Z","currency":"GBP",'
    '"entity":{"Id":"536365","ReceiptNumber":"536365","Date":"2010-12-01","Total":139.12,"Notes":null,'
    '"CustomerDetails":"17850"}}}'
)

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
instants = st.datetimes(min_value=datetime(2000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the strategy adds it
versions = st.builds(
    Version, st.builds(SourceVersion, instants, st.none() | st.integers(-(2**63), 2**63)), st.integers(1, 10**6)
)
fingerprints = (
    st.just("") | st.binary(min_size=32, max_size=32).map(bytes.hex) | st.text("0123456789abcdefABCDEF g", max_size=9)
)
filled_fingerprints = fingerprints.filter(bool)
codes = st.none() | st.sampled_from(["reply_lost", "rate_limited", ""])
attempts = st.builds(Attempt, instants, texts, codes, st.none() | st.integers(100, 599))
records = st.builds(
    DeliveryRecord,
    key=st.builds(DeliveryKey, texts, texts, texts, texts, texts),
    route=texts,
    kind=st.sampled_from(EventKind),
    event_id=texts,
    version=versions,
    fingerprint=fingerprints,
    status=st.sampled_from(Status),
    source=st.text(max_size=200),
    updated_at=instants,
    fence=st.integers(1, 10**9),
    lease_until=st.none() | instants,
    due_at=st.none() | instants,
    attempts=st.integers(0, 99),
    unsettled=st.booleans(),
    code=codes,
    detail=texts,
    history=st.lists(attempts, max_size=3).map(tuple),
    operations=st.lists(st.builds(Operation, instants, texts, texts, texts), max_size=2).map(tuple),
    effect=st.none() | st.builds(Effect, texts, versions, filled_fingerprints, instants),
    amount=st.none() | st.decimals(allow_nan=False, allow_infinity=False),
    currency=texts,
    day=texts,
)


@given(records)
def test_every_record_comes_back_as_it_was(record: DeliveryRecord) -> None:
    back = record_of(item_of(record, WRITER))
    assert back == record
    assert str(back.amount) == str(record.amount)


@given(st.lists(texts, min_size=5, max_size=5), st.lists(texts, min_size=5, max_size=5))
def test_two_keys_have_one_text_only_where_they_are_one_key(one: list[str], other: list[str]) -> None:
    assert (key_text(*one) == key_text(*other)) == (one == other)
    assert list(key_of(key_text(*one))) == one


@pytest.mark.parametrize("parts", [("a#b", "c"), ("a", "b#c"), ("a%23b", "c"), ("a%", "23b")])
def test_a_separator_inside_a_part_is_told_from_the_one_between_parts(parts: tuple[str, str]) -> None:
    key = DeliveryKey("t", *parts, "r")  # type: ignore[arg-type]
    assert key_of(key_text(*key)) == key


@given(versions, versions)
def test_two_versions_have_one_text_only_where_they_are_equal(one: Version, other: Version) -> None:
    assert (version_text(one) == version_text(other)) == (one == other)


def test_one_instant_in_two_time_zones_is_one_version() -> None:
    there = NOON.astimezone(timezone(timedelta(hours=2)))
    assert version_text(Version(SourceVersion(there, 1), 1)) == version_text(Version(SourceVersion(NOON, 1), 1))


@given(instants, instants)
def test_the_order_of_the_index_is_the_order_of_time(one: datetime, other: datetime) -> None:
    assert (sortable(one) < sortable(other)) == (one < other)


@given(st.text(st.characters()))
def test_a_source_is_unpacked_to_the_text_that_was_packed(text: str) -> None:
    assert unpack(pack(text)) == text


@pytest.mark.parametrize("packed", [b"", b"\x00", b"\xff" + pack("{}")[1:], pack("{}")[:-3], b"\x01no zlib"])
def test_a_source_that_was_damaged_or_packed_by_a_later_release_is_refused(packed: bytes) -> None:
    with pytest.raises(ValueError, match="source"):
        unpack(packed)


def test_what_the_first_release_packed_can_still_be_read() -> None:
    packed = bytes.fromhex(PACKED_BY_RELEASE_0_1)
    assert unpack(packed) == '{"detail-type":"SaleDocumentApproved","detail":{"tenantId":"acme"}}'


PACKED_BY_RELEASE_0_1 = "0178f9ffa53a03ab262e361081831e10b5b500326617c6"


@pytest.mark.parametrize("status", list(Status))
def test_only_open_and_parked_records_are_in_the_index(status: Status) -> None:
    item = item_of(replace(a_claim(), status=status), WRITER)
    in_index = status in (Status.RETRYING, Status.UNCONFIRMED, Status.PENDING, Status.PARKED)
    assert ("attention" in item) == ("attention_at" in item) == in_index


def test_the_index_is_ordered_by_the_due_time_and_without_one_by_the_last_change() -> None:
    due = replace(a_claim(), status=Status.RETRYING, due_at=NOON + timedelta(hours=1))
    parked = replace(a_claim(), status=Status.PARKED)
    assert item_of(due, WRITER)["attention_at"] == {"S": "2026-03-01T13:00:00.000000+00:00"}
    assert item_of(parked, WRITER)["attention_at"] == {"S": "2026-03-01T12:00:00.000000+00:00"}


def test_the_records_of_one_status_are_spread_over_all_shards() -> None:
    partitions = {
        item_of(replace(a_claim(str(number)), status=Status.PARKED), WRITER)["attention"]["S"] for number in range(200)
    }
    assert partitions == {f"parked#{shard}" for shard in range(SHARDS)}


def test_a_usual_delivered_record_costs_one_write_unit() -> None:
    claim = replace(
        a_claim(), source=ENVELOPE, amount=Decimal("139.12"), updated_at=datetime.now(UTC), history=(), fence=1
    )
    effect = Effect("led_01HZX3J8Q2V7M5N9K4T6R0B1CD", claim.version, claim.fingerprint, datetime.now(UTC))
    history = (Attempt(datetime.now(UTC), "applied"),)
    delivered = claim.moved(Status.DELIVERED, datetime.now(UTC), effect=effect, history=history, attempts=1)
    assert _billed_bytes(item_of(delivered, WRITER)) < WRITE_UNIT_BYTES
    assert len(pack(ENVELOPE)) < len(ENVELOPE) / 3


def _billed_bytes(item: dict[str, Any]) -> int:
    """What DynamoDB counts. Source: its developer guide, "item sizes and formats"."""
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(value: dict[str, Any]) -> int:
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "B":
            return len(content)
        case "N":
            return len(content.strip("0")) // 2 + 2
        case "BOOL":
            return 1
        case "M":
            return 3 + sum(len(name) + 1 + _value_bytes(member) for name, member in content.items())
    raise AssertionError(kind)
