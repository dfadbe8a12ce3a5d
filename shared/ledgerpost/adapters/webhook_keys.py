"""The webhook's keys: in AWS Secrets Manager, and in memory for tests and local runs."""

import threading
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

from ledgerpost.adapters.aws_errors import name_of, secret_errors
from ledgerpost.app.webhook import WebhookKey
from ledgerpost.app.webhook_keys import key_name, key_of
from ledgerpost.ports import Clock

CACHE_S = 60
"""A new version of a key is good everywhere within this many seconds; an ended one is good no longer than that."""

KEYS_CACHED_MAX = 1000


class SecretsManagerWebhookKeys:
    """The keys of one stage (port WebhookKeys), each kept for a minute, also that there is none: whoever tries ids
    makes one call a minute for each, and has the others forgotten where they try too many.
    """

    def __init__(self, client: Any, stage: str, clock: Clock) -> None:
        self._client = client
        self._stage = stage
        self._clock = clock
        self._cache: dict[str, tuple[datetime, WebhookKey | None]] = {}
        self._reading = threading.Lock()

    def find(self, key_id: str) -> WebhookKey | None:
        """Give the key, at most a minute old; None where there is none. Raises SecretError."""
        with self._reading:
            cached = self._cache.get(key_id)
            if cached is not None and self._clock.now() - cached[0] < timedelta(seconds=CACHE_S):
                return cached[1]
            found = self._read(key_id)
            if len(self._cache) >= KEYS_CACHED_MAX:
                self._cache.clear()
            self._cache[key_id] = (self._clock.now(), found)
            return found

    def _read(self, key_id: str) -> WebhookKey | None:
        name = key_name(self._stage, key_id)
        with secret_errors(name):
            try:
                answer = self._client.get_secret_value(SecretId=name)
            except ClientError as error:
                if name_of(error) == "ResourceNotFoundException":
                    return None
                raise
        return key_of(key_id, answer.get("SecretString", ""))


class MemoryWebhookKeys:
    """Keys that are given at the start (port WebhookKeys)."""

    def __init__(self, keys: Iterable[WebhookKey] = ()) -> None:
        self._keys = {key.id: key for key in keys}

    def find(self, key_id: str) -> WebhookKey | None:
        """Give the key; None where there is none."""
        return self._keys.get(key_id)

    def put(self, key: WebhookKey) -> None:
        """Have `key` be good from now on."""
        self._keys[key.id] = key
