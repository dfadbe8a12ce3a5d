"""Secrets as a command on a laptop reads them."""

from functools import cached_property

from ledgerpost.adapters.clock import SystemClock
from ledgerpost.adapters.secrets import SCHEME, SecretsManagerSecrets
from ledgerpost.adapters.secrets_environment import EnvironmentSecrets
from ledgerpost.domain.route import SecretReference


class LocalSecrets:
    """`env:` from the environment of this process, `secretsmanager:` from the account that is signed in to."""

    def __init__(self) -> None:
        self._environment = EnvironmentSecrets()

    def read(self, reference: SecretReference, *, fresh: bool = False) -> str:
        """Give the secret's value (port Secrets). Raises SecretError."""
        source = self._secrets_manager if reference.startswith(SCHEME) else self._environment
        return source.read(reference, fresh=fresh)

    @cached_property
    def _secrets_manager(self) -> SecretsManagerSecrets:
        import boto3  # noqa: PLC0415 - only where a document names a secret of the account

        return SecretsManagerSecrets(boto3.client("secretsmanager"), SystemClock())
