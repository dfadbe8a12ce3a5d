"""Reading an approval event off the queue: what is taken, and what each fault is called."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from ledgerpost.domain.event import EventKind
from ledgerpost.errors import EventError
from ledgerpost.wire.approval import EVENT_BYTES_MAX, read_event
from ledgerpost.wire.message import read_accepted_event

ABSENT = object()


def envelope(**detail: Any) -> dict[str, Any]:
    """Give an event as the bus writes it, with the given keys of its detail; ABSENT takes one away."""
    written = {
        "schemaVersion": "1",
        "tenantId": "acme",
        "revision": 3,
        "approvedAt": "2010-12-01T08:26:00Z",
        "currency": "GBP",
        "entity": {"Id": "536365", "Total": 139.12},
    } | detail
    return {
        "version": "0",
        "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
        "detail-type": "SaleDocumentApproved",
        "source": "stocksmart",
        "account": "111122223333",
        "time": "2010-12-01T08:26:00Z",
        "region": "eu-west-1",
        "resources": [],
        "detail": {key: value for key, value in written.items() if value is not ABSENT},
    }


def error_of(body: str) -> EventError:
    with pytest.raises(EventError) as caught:
        read_event(body)
    return caught.value


def test_an_event_is_read_as_it_was_published() -> None:
    body = json.dumps(envelope())
    event = read_event(body)
    assert event.event_id == "6a7e8feb-b491-4cf7-a9f1-bf3703467718"
    assert event.kind is EventKind.SALE_DOCUMENT
    assert (event.tenant, event.currency, event.version.revision) == ("acme", "GBP", 3)
    assert event.approved_at == datetime(2010, 12, 1, 8, 26, tzinfo=UTC)
    assert event.text == body


@pytest.mark.parametrize("number", ["508.20000000000005", "0.1", "139.120", "1E-7", "99999999999999.99"])
def test_a_number_is_read_exactly(number: str) -> None:
    body = json.dumps(envelope()).replace("139.12", number)
    total = read_event(body).entity["Total"]
    assert isinstance(total, Decimal)
    assert str(total) == number


def test_what_intake_accepted_is_read_the_same_at_delivery() -> None:
    body = json.dumps(envelope(approvedAt="2010-12-01T10:26:00+02:00"))
    assert read_accepted_event(body) == read_event(body)


def test_the_approval_counts_in_utc_whatever_offset_it_was_written_with() -> None:
    event = read_event(json.dumps(envelope(approvedAt="2010-12-01T10:26:00+02:00")))
    assert event.approved_at.isoformat() == "2010-12-01T08:26:00+00:00"


@pytest.mark.parametrize("revision", [ABSENT, None])
def test_an_event_without_revision_is_ordered_by_its_approval_alone(revision: object) -> None:
    assert read_event(json.dumps(envelope(revision=revision))).version.revision is None


def test_a_missing_schema_version_means_the_first() -> None:
    assert read_event(json.dumps(envelope(schemaVersion=ABSENT))).tenant == "acme"


def test_keys_beside_the_contract_are_let_be() -> None:
    body = envelope(publisher={"build": 7}) | {"replay-name": "x"}
    assert read_event(json.dumps(body)).tenant == "acme"


def test_the_entity_may_hold_anything() -> None:
    entity = {"Id": None, "Lines": [{"Sku": 1}], "snake_case": True, "": ""}
    assert read_event(json.dumps(envelope(entity=entity))).entity == entity


@pytest.mark.parametrize(
    ("key", "value", "path"),
    [
        ("tenantId", ABSENT, "detail.tenantId"),
        ("tenantId", "  ", "detail.tenantId"),
        ("tenantId", "t" * 65, "detail.tenantId"),
        ("tenantId", 7, "detail.tenantId"),
        ("revision", True, "detail.revision"),
        ("revision", -1, "detail.revision"),
        ("revision", 1.0, "detail.revision"),
        ("revision", "1", "detail.revision"),
        ("revision", 2**63, "detail.revision"),
        ("approvedAt", ABSENT, "detail.approvedAt"),
        ("approvedAt", "2010-12-01T08:26:00", "detail.approvedAt"),
        ("approvedAt", "2010-12-01", "detail.approvedAt"),
        ("approvedAt", "yesterday", "detail.approvedAt"),
        ("approvedAt", 1291191960, "detail.approvedAt"),
        ("approvedAt", "0001-01-01T00:00:00+14:00", "detail.approvedAt"),
        ("approvedAt", "9999-12-31T23:59:59-14:00", "detail.approvedAt"),
        ("currency", ABSENT, "detail.currency"),
        ("currency", None, "detail.currency"),
        ("entity", ABSENT, "detail.entity"),
        ("entity", [], "detail.entity"),
        ("entity", None, "detail.entity"),
        ("schemaVersion", 1, "detail.schemaVersion"),
    ],
)
def test_a_key_of_another_form_is_malformed_and_named(key: str, value: object, path: str) -> None:
    error = error_of(json.dumps(envelope(**{key: value})))
    assert (error.code, error.path) == ("malformed_event", path)
    assert "xpected" in error.message


@pytest.mark.parametrize("currency", ["gbp", "GPB", "£", ""])
def test_a_currency_that_iso_4217_does_not_have_is_unknown(currency: str) -> None:
    error = error_of(json.dumps(envelope(currency=currency)))
    assert (error.code, error.path) == ("currency_unknown", "detail.currency")


def test_a_later_schema_version_is_told_before_what_it_may_have_changed() -> None:
    error = error_of(json.dumps(envelope(schemaVersion="2", entity=[], currency=ABSENT)))
    assert (error.code, error.path) == ("unsupported_schema_version", "detail.schemaVersion")


def test_an_unknown_detail_type_is_told_with_the_nearest_known_one() -> None:
    error = error_of(json.dumps(envelope() | {"detail-type": "SalesDocumentApproved"}))
    assert (error.code, error.path) == ("unknown_detail_type", "detail-type")
    assert "Did you mean SaleDocumentApproved?" in error.message


@pytest.mark.parametrize("key", ["id", "detail-type", "source", "detail"])
def test_an_envelope_needs_its_own_keys(key: str) -> None:
    body = envelope()
    del body[key]
    error = error_of(json.dumps(body))
    assert (error.code, error.path) == ("malformed_event", key)


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "null",
        "[]",
        "NaN",
        '"text"',
        "[" * 100_000,
        "1" * 5000,
        '{"Total": 1e99999999999999999999}',
        '{"Total": -Infinity}',
        json.dumps({"name": "\ud83d"}),
        '{"name": "\ud83d"}',
    ],
    ids=range(12),
)
def test_what_is_no_json_object_is_malformed_and_never_a_crash(body: str) -> None:
    assert error_of(body).code == "malformed_event"


def test_a_whole_surrogate_pair_is_text_like_any_other() -> None:
    event = read_event(json.dumps(envelope(entity={"Notes": "🔔"}), ensure_ascii=True))
    assert event.entity["Notes"] == "🔔"


def test_an_event_of_the_limit_is_taken_and_one_byte_more_is_not() -> None:
    room = EVENT_BYTES_MAX - len(json.dumps(envelope(entity={"Notes": ""})))
    assert read_event(json.dumps(envelope(entity={"Notes": "x" * room}))).tenant == "acme"
    error = error_of(json.dumps(envelope(entity={"Notes": "x" * (room + 1)})))
    assert error.code == "event_too_large"


def test_the_limit_counts_bytes_and_not_characters() -> None:
    notes = "é" * (EVENT_BYTES_MAX // 2)
    assert error_of(json.dumps(envelope(entity={"Notes": notes}), ensure_ascii=False)).code == "event_too_large"


@pytest.mark.parametrize("key", ["tenantId", "revision", "approvedAt", "currency", "entity", "schemaVersion"])
def test_an_error_never_quotes_what_it_found(key: str) -> None:
    error = error_of(json.dumps(envelope(**{key: ["Zoë Canary"]})))
    assert "Canary" not in f"{error.path} {error.message} {error.fix}"


def test_an_unreadable_body_is_not_quoted_either() -> None:
    assert "Canary" not in error_of('{"name": "Zoë Canary", oops}').message
