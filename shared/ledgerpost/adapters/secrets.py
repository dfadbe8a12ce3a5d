"""AWS Secrets Manager."""

import threading
from datetime import datetime, timedelta
from typing import Any

from ledgerpost.adapters.aws_errors import secret_errors
from ledgerpost.domain.route import SecretReference
from ledgerpost.errors import SecretError
from ledgerpost.ports import Clock, Secrets

CACHE_S = 300
"""A rotated secret is used within this many seconds (port Secrets); sooner where a ledger refuses the old one."""

SCHEME = "secretsmanager:"


class SecretsManagerSecrets:
    """Secrets under `secretsmanager:<arn>` (port Secrets), each kept for five minutes.

    Where `environment` is given, `env:<NAME>` is asked of it; on a stage it is not, and such a reference is refused.
    """

    def __init__(self, client: Any, clock: Clock, *, environment: Secrets | None = None) -> None:
        self._client = client
        self._clock = clock
        self._environment = environment
        self._cache: dict[SecretReference, tuple[datetime, str]] = {}
        # Held while a secret is read, so that twenty workers who miss it ask once.
        self._reading = threading.Lock()

    def read(self, reference: SecretReference, *, fresh: bool = False) -> str:
        """Give the secret's value, at most five minutes old, or read anew where `fresh`. Raises SecretError."""
        if not reference.startswith(SCHEME):
            return self._read_from_environment(reference, fresh=fresh)
        value = None if fresh else self._cached(reference)
        if value is not None:
            return value
        with self._reading:
            value = None if fresh else self._cached(reference)
            return self._read(reference) if value is None else value

    def _cached(self, reference: SecretReference) -> str | None:
        entry = self._cache.get(reference)
        if entry is None or self._clock.now() - entry[0] >= timedelta(seconds=CACHE_S):
            return None
        return entry[1]

    def _read(self, reference: SecretReference) -> str:
        with secret_errors(reference):
            answer = self._client.get_secret_value(SecretId=reference.removeprefix(SCHEME))
        value = answer.get("SecretString")
        if not value:
            raise SecretError("secret_unavailable", f"{reference} holds no text.")
        self._cache[reference] = (self._clock.now(), value)
        return str(value)

    def _read_from_environment(self, reference: SecretReference, *, fresh: bool) -> str:
        if self._environment is None:
            raise SecretError("secret_unavailable", f"{reference} is not a secret of Secrets Manager.")
        return self._environment.read(reference, fresh=fresh)
