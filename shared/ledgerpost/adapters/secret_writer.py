"""Writing to AWS Secrets Manager. Only people's commands use it; no function may write a secret.

Secrets Manager keeps versions apart by labels: AWSCURRENT is read by everybody, AWSPENDING is kept and read by nobody,
AWSPREVIOUS is the one before. Moving AWSCURRENT moves AWSPREVIOUS by itself.
Source: AWS Secrets Manager, "Secret versions".
"""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError

from ledgerpost.adapters.aws_errors import name_of
from ledgerpost.adapters.secrets import SCHEME
from ledgerpost.domain.route import SecretReference
from ledgerpost.errors import SecretError
from ledgerpost.ports_setup import KeptSecret

CURRENT, PENDING, PREVIOUS = "AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"


def _random_version() -> str:
    return str(uuid.uuid4())


class SecretsManagerVault:
    """Secrets under `secretsmanager:<arn>` (port SecretVault). Every fault is a SecretError that holds no value."""

    def __init__(self, client: Any, *, new_version: Callable[[], str] = _random_version) -> None:
        self._client = client
        self._new_version = new_version

    def find(self, name: str) -> KeptSecret | None:
        """Give what is kept under `name`; None where there is nothing."""
        with _write_errors(name):
            try:
                answer = self._client.describe_secret(SecretId=name)
            except ClientError as error:
                if name_of(error) == "ResourceNotFoundException":
                    return None
                raise
        if "DeletedDate" in answer:
            raise SecretError("secret_not_written", f"{name} is marked to be deleted; restore it first.")
        labels = {label: version for version, given in answer["VersionIdsToStages"].items() for label in given}
        return KeptSecret(_reference(answer["ARN"]), labels.get(CURRENT, ""), labels.get(PREVIOUS))

    def keep(self, name: str, value: str) -> tuple[SecretReference, str]:
        """Keep a version and give its reference and id. The first of a name is in use at once, another is not yet."""
        version = self._new_version()
        with _write_errors(name):
            try:
                answer = self._client.create_secret(
                    Name=name,
                    SecretString=value,
                    ClientRequestToken=version,
                    Description="A connection's secret, kept by `ledgerpost secret put`.",
                    Tags=[{"Key": "service", "Value": "ledgerpost"}],
                )
            except ClientError as error:
                if name_of(error) != "ResourceExistsException":
                    raise
                answer = self._client.put_secret_value(
                    SecretId=name, SecretString=value, ClientRequestToken=version, VersionStages=[PENDING]
                )
        return _reference(answer["ARN"]), str(answer["VersionId"])

    def use(self, reference: SecretReference, version: str, *, instead_of: str) -> None:
        """Have `version` read from now on in place of `instead_of`, which stays as the previous one.

        Refused where another version than `instead_of` is in use by now: somebody else was faster.
        """
        with _write_errors(reference):
            self._move(reference, CURRENT, to=version, away_from=instead_of)
        self.drop(reference, version)

    def drop(self, reference: SecretReference, version: str) -> None:
        """Take the label of what waits from `version`: without a label it is deleted in time."""
        with _write_errors(reference):
            arn = reference.removeprefix(SCHEME)
            labels = self._client.describe_secret(SecretId=arn)["VersionIdsToStages"].get(version, ())
            if PENDING in labels:
                self._move(reference, PENDING, away_from=version)

    def _move(self, reference: SecretReference, label: str, *, away_from: str, to: str | None = None) -> None:
        request = {"SecretId": reference.removeprefix(SCHEME), "VersionStage": label, "RemoveFromVersionId": away_from}
        self._client.update_secret_version_stage(**request, **({"MoveToVersionId": to} if to else {}))


def _reference(arn: str) -> SecretReference:
    return SecretReference(f"{SCHEME}{arn}")


@contextmanager
def _write_errors(name: str) -> Iterator[None]:
    """Turn every error of botocore inside into SecretError(secret_not_written), which names the secret alone: AWS's own
    sentence may repeat what it was given.
    """
    try:
        yield
    except (ClientError, BotoCoreError, HTTPClientError) as error:
        raise SecretError("secret_not_written", f"{name} cannot be written: {name_of(error)}.") from None
