"""How many messages wait in the pipeline's queues."""

from collections.abc import Sequence
from typing import Any

from ledgerpost.adapters.aws_errors import store_errors


class SqsDepth:
    """The messages that wait in some queues of Amazon SQS, about (port QueueDepth).

    Those that are put off are left out: they wait for a time and not for a worker.
    """

    def __init__(self, client: Any, urls: Sequence[str]) -> None:
        self._client = client
        self._urls = tuple(urls)

    def waiting(self) -> int:
        """Give about how many messages wait, of all the queues. Raises StoreError."""
        return sum(map(self._waiting_in, self._urls))

    def _waiting_in(self, url: str) -> int:
        name = "ApproximateNumberOfMessages"
        with store_errors("GetQueueAttributes"):
            answer = self._client.get_queue_attributes(QueueUrl=url, AttributeNames=[name])
        return int(answer["Attributes"][name])
