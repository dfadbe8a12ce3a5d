"""boto3 and httpx put together by hand: messages are received, posted, and deleted where the ledger took them.

Keeps nothing beside the queue: a message that was posted and whose answer was lost comes again.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from benchmarks.bench.engines import peer_post
from benchmarks.bench.engines.runner import Job, main
from benchmarks.bench.engines.sqs import Handle, SqsPeer, emulated


def _handler(ledger: Any) -> Handle:
    def handle(messages: list[dict[str, Any]]) -> set[str]:
        failed: set[str] = set()
        for message in messages:
            try:
                peer_post.post(ledger, json.loads(message["Body"]))
            except peer_post.TryAgainError:
                failed.add(message["MessageId"])
        return failed

    return handle


@contextmanager
def _engine(job: Job) -> Iterator[SqsPeer]:
    ledger = peer_post.client(job.sink, job.in_flight)
    with emulated(job, lambda: _handler(ledger)) as peer:
        yield peer


if __name__ == "__main__":
    main(_engine)
