"""Secrets of Secrets Manager: how long they are kept, and what is never told."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from ledgerpost.adapters.secrets import SecretsManagerSecrets
from ledgerpost.domain.route import SecretReference
from ledgerpost.errors import SecretError
from tests.adapters.fake_clients import Failing, Scripted, client_error

PAT = SecretReference("secretsmanager:arn:aws:secretsmanager:us-east-1:1:secret:pat")


class HandClock:
    def __init__(self) -> None:
        self.time = datetime(2026, 3, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time


def secrets(client: Any, clock: HandClock | None = None) -> SecretsManagerSecrets:
    return SecretsManagerSecrets(client, clock or HandClock())


def values(*texts: str) -> Scripted:
    return Scripted("get_secret_value", [{"SecretString": text} for text in texts])


def test_the_secret_is_asked_for_by_its_arn() -> None:
    client = values("one")
    assert secrets(client).read(PAT) == "one"
    assert client.requests == [{"SecretId": "arn:aws:secretsmanager:us-east-1:1:secret:pat"}]


def test_a_secret_is_kept_for_just_under_five_minutes() -> None:
    clock = HandClock()
    read = secrets(values("one", "two"), clock).read
    assert read(PAT) == "one"
    clock.time += timedelta(seconds=299)
    assert read(PAT) == "one"
    clock.time += timedelta(seconds=1)
    assert read(PAT) == "two"


def test_a_fresh_read_asks_anew_and_is_kept_from_then_on() -> None:
    read = secrets(values("one", "two")).read
    assert [read(PAT), read(PAT, fresh=True), read(PAT)] == ["one", "two", "two"]


def test_twenty_workers_who_miss_a_secret_ask_for_it_once() -> None:
    client = values("one")
    store, barrier = secrets(client), Barrier(20)

    def read(_: int) -> str:
        barrier.wait()
        return store.read(PAT)

    with ThreadPoolExecutor(20) as executor:
        assert set(executor.map(read, range(20))) == {"one"}
    assert len(client.requests) == 1


@pytest.mark.parametrize(
    "error",
    [
        client_error("ResourceNotFoundException"),
        client_error("AccessDeniedException"),
        EndpointConnectionError(endpoint_url="x"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_a_secret_that_cannot_be_read_is_named_by_its_reference(error: Exception) -> None:
    with pytest.raises(SecretError) as caught:
        secrets(Failing(error)).read(PAT)
    assert caught.value.code == "secret_unavailable"
    assert PAT in caught.value.message


@pytest.mark.parametrize("answer", [{"SecretBinary": b"canary"}, {"SecretString": ""}])
def test_a_secret_without_text_is_refused_without_telling_what_it_holds(answer: dict[str, Any]) -> None:
    with pytest.raises(SecretError) as caught:
        secrets(Scripted("get_secret_value", [answer])).read(PAT)
    assert "canary" not in str(caught.value)


def test_a_failed_read_is_not_kept() -> None:
    client = Scripted("get_secret_value", [client_error("InternalServiceError"), {"SecretString": "one"}])
    store = secrets(client)
    with pytest.raises(SecretError):
        store.read(PAT)
    assert store.read(PAT) == "one"


def test_the_environment_is_not_read_on_a_stage() -> None:
    with pytest.raises(SecretError):
        secrets(values()).read(SecretReference("env:PENNYPIPE_PAT"))


def test_the_environment_is_asked_where_it_is_allowed() -> None:
    class Environment:
        def read(self, reference: SecretReference, *, fresh: bool = False) -> str:
            return f"value of {reference}"

    store = SecretsManagerSecrets(values(), HandClock(), environment=Environment())
    assert store.read(SecretReference("env:PAT")) == "value of env:PAT"
