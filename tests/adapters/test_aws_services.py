"""AWS around a function: built on first use, once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import boto3

from ledgerpost.aws_services import AwsServices


class CountingSession:
    """A session that counts the clients it makes."""

    def __init__(self) -> None:
        self.made: list[str] = []
        self.configs: list[Any] = []
        self._session = boto3.Session(region_name="eu-west-2")

    def client(self, service: str, *, config: Any) -> Any:
        self.made.append(service)
        self.configs.append(config)
        return self._session.client(service, config=config)


def test_no_client_is_made_before_it_is_needed() -> None:
    session = CountingSession()
    services = AwsServices(session)
    services.clock()
    services.log("intake", "INFO")
    assert session.made == []
    queue = services.queue("https://sqs.eu-west-2.amazonaws.com/1/delivery")
    services.targets(allow_loopback=False)
    queue.send([])
    assert session.made == [], "a function waits for a client that it may never call"
    services.deliveries("deliveries")
    assert session.made == ["dynamodb"]


def test_stores_of_one_service_share_one_client() -> None:
    session = CountingSession()
    services = AwsServices(session)
    services.deliveries("deliveries")
    services.rejections("deliveries")
    services.routes("routes")
    assert session.made == ["dynamodb"]


def test_sixteen_threads_that_ask_first_get_one_client() -> None:
    session, barrier = CountingSession(), Barrier(16)
    services = AwsServices(session)

    def ask(_: int) -> int:
        barrier.wait()
        return id(services.client("sqs"))

    with ThreadPoolExecutor(16) as executor:
        assert len(set(executor.map(ask, range(16)))) == 1
    assert session.made == ["sqs"]


def test_a_call_ends_well_within_one_posts_budget() -> None:
    session = CountingSession()
    AwsServices(session).client("dynamodb")
    (config,) = session.configs
    tries = config.retries["total_max_attempts"]
    assert tries == 3
    assert tries * (config.connect_timeout + config.read_timeout) < 45
