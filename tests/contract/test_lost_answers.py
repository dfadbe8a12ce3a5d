"""A write that took effect and whose answer was lost, over the real wire: botocore sends it again by itself."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.httpsession import URLLib3Session

from ledgerpost.adapters.dynamodb import DynamoDeliveryStore
from ledgerpost.domain.delivery import Status
from tests.contract.aws_emulators import create_deliveries_table
from tests.contract.conftest import a_name
from tests.contract.records import NOON, a_claim


class FirstAnswerLost:
    """Lets the first PutItem reach the server and answers 500 in its stead."""

    def __init__(self) -> None:
        self.sent: list[int] = []

    def __call__(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
        if self.sent:
            return None
        answer = URLLib3Session().send(request)
        self.sent.append(answer.status_code)
        body = b'{"__type":"InternalServerError"}'
        return AWSResponse(request.url, 500, {"Content-Type": "application/x-amz-json-1.0"}, _Raw(body))


class _Raw:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Any:
        yield self._body


@pytest.mark.ministack
@pytest.mark.parametrize("emulator", ["ministack"])
def test_a_claim_and_its_end_succeed_though_the_answers_to_both_writes_were_lost(
    emulator: str, aws_clients: Callable[[str], Any]
) -> None:
    client = aws_clients(emulator)("dynamodb")
    table = a_name("deliveries")
    create_deliveries_table(client, table)
    store, claim = DynamoDeliveryStore(client, table), a_claim()
    delivered = claim.moved(Status.DELIVERED, NOON)
    for write in (lambda: store.create(claim), lambda: store.replace(delivered, claim.expected)):
        lost = FirstAnswerLost()
        client.meta.events.register("before-send.dynamodb.PutItem", lost)
        assert write() is None
        client.meta.events.unregister("before-send.dynamodb.PutItem", lost)
        assert lost.sent == [200]
    assert store.get(claim.key) == delivered
