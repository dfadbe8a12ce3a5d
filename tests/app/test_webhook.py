"""The signed webhook takes all of a request or nothing, and nothing of another tenant's."""

import json
from datetime import timedelta
from typing import Any

import pytest

from ledgerpost.adapters.event_bus import MemoryEventBus
from ledgerpost.adapters.memory_change_log import MemoryChangeLog
from ledgerpost.adapters.webhook_keys import MemoryWebhookKeys
from ledgerpost.app.change_log import ActPorts
from ledgerpost.app.webhook import APPROVALS_MAX, BODY_BYTES_MAX, BusEntry, Reply, WebhookKey, WebhookPorts, receive
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.signature import sign
from ledgerpost.errors import StoreError
from ledgerpost.wire.approvals import read_approvals
from tests.app.world import TENANT, HandClock

SECRET = b"k" * 32


def an_approval(tenant: str = "acme", total: str = "10.00", **changes: Any) -> str:
    detail = (
        f'{{"schemaVersion":"1","tenantId":"{tenant}","revision":1,"approvedAt":"2026-03-01T11:00:00Z",'
        f'"currency":"GBP","entity":{{"Id":"1","Total":{total}}}}}'
    )
    entry = {"Source": "shop", "DetailType": "SaleDocumentApproved"} | changes
    return f'{json.dumps(entry)[:-1]},"Detail":{detail}}}'


class Door:
    """The webhook with everything around it."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.published: list[BusEntry] = []
        self.log = MemoryChangeLog()
        self.keys = MemoryWebhookKeys([WebhookKey("acme-1", TENANT, (SECRET,))])
        self.bus = MemoryEventBus(self.published.append)

    def send(self, body: bytes | str, *, header: str | None = "", secret: bytes = SECRET, key: str = "acme-1") -> Reply:
        raw = body.encode() if isinstance(body, str) else body
        signed = sign(key, secret, raw, self.clock.now()) if header == "" else header
        ports = WebhookPorts(
            keys=self.keys,
            bus=self.bus,
            read_approvals=read_approvals,
            acting=ActPorts(self.log, self.clock),
        )
        return receive(signed, raw, ports)


def test_a_signed_approval_is_on_the_bus_when_it_is_accepted() -> None:
    door = Door()
    assert door.send(an_approval()) == Reply(status=202, accepted=1)
    [entry] = door.published
    assert (entry.source, entry.detail_type, entry.tenant) == ("shop", "SaleDocumentApproved", "acme")


def test_the_amount_stands_on_the_bus_as_it_was_sent() -> None:
    door = Door()
    door.send(an_approval(total="508.20000000000005"))
    assert '"Total":508.20000000000005' in door.published[0].detail


def test_several_approvals_come_as_lines_or_as_a_list() -> None:
    door = Door()
    assert door.send(f"{an_approval()}\n{an_approval()}\n").accepted == 2
    assert door.send(f"[\n{an_approval()},\n{an_approval()}]").accepted == 2


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "webhook_unsigned"),
        ("Bearer x", "webhook_unsigned"),
        (f"t=1,k=acme-1,v1={'a' * 64}", "webhook_signature_wrong"),
    ],
)
def test_what_is_not_signed_is_not_taken(header: str | None, code: str) -> None:
    door = Door()
    reply = door.send(an_approval(), header=header)
    assert (reply.status, reply.code, door.published) == (401, code, [])


def test_a_key_that_there_is_not_answers_as_a_wrong_signature_does() -> None:
    door = Door()
    assert door.send(an_approval(), key="globex-1") == door.send(an_approval(), secret=b"w" * 32)
    assert door.send(an_approval(), key="globex-1", secret=b"\0" * 32).status == 401


def test_an_old_request_is_not_taken_again() -> None:
    door = Door()
    body = an_approval().encode()
    header = sign("acme-1", SECRET, body, door.clock.now())
    assert door.send(body, header=header).status == 202
    door.clock.pass_(seconds=timedelta(minutes=5).total_seconds() + 1)
    assert (door.send(body, header=header).code, len(door.published)) == ("webhook_stale", 1)


def test_an_event_of_another_tenant_refuses_the_whole_request_and_is_kept_in_the_log() -> None:
    door = Door()
    reply = door.send(f"{an_approval()}\n{an_approval('globex')}")
    assert (reply.status, reply.code, door.published) == (403, "webhook_foreign_tenant", [])
    [entry] = door.log.latest(TENANT, 10)
    assert (entry.change.by, entry.change.refused) == ("webhook key acme-1", "webhook_foreign_tenant")
    assert entry.change.facts == {"key": "acme-1", "count": "1"}
    assert list(door.log.latest(TenantId("globex"), 10)) == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("not json", "malformed_event"),
        ("{}", "malformed_event"),
        (an_approval(DetailType="Nonsense"), "unknown_detail_type"),
        (an_approval().replace("GBP", "ZZZ"), "currency_unknown"),
        (b"\xff\xfe", "malformed_event"),
    ],
)
def test_what_is_no_approval_is_refused_with_its_place_and_without_its_value(body: bytes | str, code: str) -> None:
    door = Door()
    reply = door.send(body)
    assert (reply.status, reply.code, door.published) == (422, code, [])
    assert reply.path
    assert "ZZZ" not in reply.message
    assert "Nonsense" not in reply.message


def test_one_bad_approval_refuses_the_request_that_it_came_with() -> None:
    door = Door()
    assert door.send(f"{an_approval()}\n{{}}").status == 422
    assert door.published == []


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b" " * (BODY_BYTES_MAX + 1), 413, "webhook_too_large"),
        (b"\n\n", 422, "webhook_count"),
        ("\n".join([an_approval()] * (APPROVALS_MAX + 1)), 422, "webhook_count"),
    ],
)
def test_too_much_and_nothing_are_refused(body: bytes | str, status: int, code: str) -> None:
    reply = Door().send(body)
    assert (reply.status, reply.code) == (status, code)


def test_it_is_not_accepted_before_the_bus_has_it() -> None:
    door = Door()

    def refuse(entry: BusEntry) -> None:
        raise StoreError("store_unavailable", "PutEvents left 1 entries unpublished.")

    door.bus = MemoryEventBus(refuse)
    reply = door.send(an_approval())
    assert (reply.status, reply.code, reply.accepted) == (503, "store_unavailable", 0)


def test_a_key_never_shows_its_secret() -> None:
    assert "k" * 8 not in repr(WebhookKey("acme-1", TENANT, (SECRET,)))
