"""Secrets in environment variables, for a laptop: `env:<NAME>`."""

import os
from collections.abc import Mapping

from ledgerpost.domain.route import SecretReference
from ledgerpost.errors import SecretError

SCHEME = "env:"


class EnvironmentSecrets:
    """Secrets under `env:<NAME>` (port Secrets), read anew each time. `environment` is by default the process's own."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        self._environment = os.environ if environment is None else environment

    def read(self, reference: SecretReference, *, fresh: bool = False) -> str:  # noqa: ARG002 - nothing is cached
        """Give the variable's value. Raises SecretError for another scheme, and for a variable that is not set."""
        if not reference.startswith(SCHEME):
            raise SecretError("secret_unavailable", f"{reference} is not a secret of the environment (env:<NAME>).")
        value = self._environment.get(reference.removeprefix(SCHEME), "")
        if not value:
            raise SecretError("secret_unavailable", f"{reference}: the environment variable is not set.")
        return value
