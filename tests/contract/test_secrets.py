"""Port Secrets: one suite, three implementations."""

from collections.abc import Callable
from typing import Any

import pytest

from ledgerpost.adapters.clock import SystemClock
from ledgerpost.adapters.secrets import SecretsManagerSecrets
from ledgerpost.adapters.secrets_environment import EnvironmentSecrets
from ledgerpost.domain.route import SecretReference
from ledgerpost.errors import SecretError
from ledgerpost.ports import Secrets
from tests.contract.conftest import AWS, a_name

VALUE = "canary-4711 ☕"
Made = tuple[Secrets, SecretReference, Callable[[str], None]]


@pytest.fixture
def made(request: pytest.FixtureRequest, aws_clients: Callable[[str], Any]) -> Made:
    """A store that holds VALUE, the reference to it, and a way to rotate it."""
    if request.param == "environment":
        variables = {"PAT": VALUE}
        return EnvironmentSecrets(variables), SecretReference("env:PAT"), lambda value: variables.update(PAT=value)
    client = aws_clients(request.param)("secretsmanager")
    arn = client.create_secret(Name=a_name("pat"), SecretString=VALUE)["ARN"]
    store = SecretsManagerSecrets(client, SystemClock())
    reference = SecretReference(f"secretsmanager:{arn}")
    return store, reference, lambda value: client.put_secret_value(SecretId=arn, SecretString=value)


on_every_store = pytest.mark.parametrize("made", [pytest.param("environment"), *AWS], indirect=True)


@on_every_store
def test_a_secret_is_read_by_its_reference(made: Made) -> None:
    secrets, reference, _ = made
    assert secrets.read(reference) == VALUE


@on_every_store
def test_a_fresh_read_sees_a_rotated_secret(made: Made) -> None:
    secrets, reference, rotate = made
    secrets.read(reference)
    rotate("rotated")
    assert secrets.read(reference, fresh=True) == "rotated"
    assert secrets.read(reference) == "rotated"


@on_every_store
def test_a_secret_that_is_not_there_is_a_secret_error_that_tells_no_value(made: Made) -> None:
    secrets, reference, _ = made
    secrets.read(reference)
    with pytest.raises(SecretError) as caught:
        secrets.read(SecretReference(f"{reference}-gone"))
    assert caught.value.code == "secret_unavailable"
    assert VALUE not in repr(caught.value)


@on_every_store
def test_a_reference_of_another_scheme_is_refused(made: Made) -> None:
    secrets, _, _ = made
    with pytest.raises(SecretError):
        secrets.read(SecretReference("vault:pat"))
