"""The messages of the delivery queue survive their own reading."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerpost.app.delivery_work import Approval, WakeUp
from ledgerpost.domain.delivery import DeliveryKey
from ledgerpost.domain.entry import Reference
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.route import AccountId, ConnectionId
from ledgerpost.wire.message import read_accepted_event, read_json, read_message, wake_up_for

BODY = (
    '{"id": "e", "source": "stocksmart", "detail-type": "SaleDocumentApproved", "detail": {"tenantId": "acme",'
    ' "approvedAt": "2010-12-01T10:26:00+02:00", "currency": "GBP", "entity": {"Total": 508.20000000000005}}}'
)


def test_a_message_carries_the_event_exactly_as_it_came() -> None:
    message = read_message(json.dumps({"route": "sales", "event": BODY}))
    assert isinstance(message, Approval)
    assert (message.route, message.event.text) == ("sales", BODY)
    assert str(message.event.entity["Total"]) == "508.20000000000005"


def test_the_approval_is_read_in_utc() -> None:
    assert read_accepted_event(BODY).approved_at == datetime(2010, 12, 1, 8, 26, tzinfo=UTC)
    assert read_accepted_event(BODY).approved_at.tzinfo is UTC


@given(st.lists(st.text(max_size=20), min_size=5, max_size=5), st.booleans())
def test_a_wake_up_call_keeps_its_key(parts: list[str], doubted: bool) -> None:
    tenant, connection, account, reference, collision = parts
    key = DeliveryKey(TenantId(tenant), ConnectionId(connection), AccountId(account), Reference(reference), collision)
    message = read_message(wake_up_for(key, doubted))
    assert isinstance(message, WakeUp)
    assert (message.key, message.doubted) == (key, doubted)


@pytest.mark.parametrize("text", ["NaN", "-Infinity", "1e99999999999999999999", "[" * 100_000, "1" * 5000, "{", ""])
def test_what_is_no_json_is_a_value_error_and_never_another(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_json(text)
