"""A webhook's key is made, rotated with two versions good at a time, and ended; it is shown once."""

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import pytest

from ledgerpost.adapters.secret_writer import SecretsManagerVault
from ledgerpost.adapters.secrets import SecretsManagerSecrets
from ledgerpost.adapters.webhook_keys import CACHE_S, SecretsManagerWebhookKeys
from ledgerpost.app.webhook import WebhookKey
from ledgerpost.app.webhook_keys import NewKey, end_earlier_version, key_of, key_text, put_key
from ledgerpost.domain.event import TenantId
from ledgerpost.errors import SecretError, UsageError
from tests.adapters.fake_clients import Failing, client_error
from tests.app.world import TENANT, HandClock
from tests.contract.aws_emulators import moto_clients

GLOBEX = TenantId("globex")


class Stage:
    """A stage's secrets, and the keys as its functions see them."""

    def __init__(self, client: Any) -> None:
        self.clock = HandClock()
        self.vault = SecretsManagerVault(client)
        self.secrets = SecretsManagerSecrets(client, self.clock)
        self.keys = SecretsManagerWebhookKeys(client, "test", self.clock)
        numbers = count(1)
        self.random: Callable[[int], bytes] = lambda size: bytes([next(numbers)]) * size

    def put(self, tenant: TenantId = TENANT, key_id: str = "k1") -> NewKey:
        return put_key("test", tenant, key_id, vault=self.vault, secrets=self.secrets, random_bytes=self.random)

    def end(self, tenant: TenantId = TENANT, key_id: str = "k1") -> None:
        end_earlier_version("test", tenant, key_id, vault=self.vault, secrets=self.secrets)

    def good(self, key_id: str = "k1") -> list[int]:
        """Give the first byte of each good version, after a minute."""
        self.clock.pass_(seconds=CACHE_S)
        found = self.keys.find(key_id)
        return [version[0] for version in found.secrets] if found else []


class Labelled:
    """Reads the current version, as Secrets Manager does without a label; moto then gives another one."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def get_secret_value(self, **request: Any) -> Any:
        return self._client.get_secret_value(**request, VersionStage="AWSCURRENT")

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


@pytest.fixture
def stage() -> Iterator[Stage]:
    with moto_clients() as session:
        yield Stage(Labelled(session.client("secretsmanager")))


def test_there_is_no_key_before_one_is_made(stage: Stage) -> None:
    assert stage.keys.find("k1") is None


def test_a_key_belongs_to_its_tenant_and_is_good_within_a_minute(stage: Stage) -> None:
    assert stage.keys.find("k1") is None
    made = stage.put()
    assert stage.keys.find("k1") is None, "the answer is kept for a minute"
    assert stage.good() == [1]
    found = stage.keys.find("k1")
    assert found is not None
    assert found.tenant == TENANT
    assert made.secret == "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
    assert made.secret not in repr(made)


def test_the_last_two_versions_are_good(stage: Stage) -> None:
    stage.put()
    stage.put()
    assert stage.good() == [2, 1]
    stage.put()
    assert stage.good() == [3, 2]


def test_an_earlier_version_can_be_ended(stage: Stage) -> None:
    stage.put()
    stage.put()
    stage.end()
    assert stage.good() == [2]


def test_a_key_of_another_tenant_can_be_neither_rotated_nor_ended(stage: Stage) -> None:
    stage.put()
    with pytest.raises(UsageError) as taken:
        stage.put(GLOBEX)
    with pytest.raises(UsageError) as unknown:
        stage.end(GLOBEX)
    assert (taken.value.code, unknown.value.code) == ("webhook_key_taken", "webhook_key_unknown")
    assert stage.good() == [1]


@pytest.mark.parametrize("key_id", ["", "../dev/other", "a b", "a" * 65])
def test_an_id_that_no_signature_could_name_is_refused(stage: Stage, key_id: str) -> None:
    with pytest.raises(UsageError):
        stage.put(key_id=key_id)


@pytest.mark.parametrize(
    "text", ["", "x", "[]", "{}", '{"tenant":"acme","versions":[]}', '{"tenant":"acme","versions":["c2hvcnQ="]}',
             '{"tenant":"acme","versions":["%%%"]}'],
)  # fmt: skip
def test_what_is_no_key_is_none(text: str) -> None:
    assert key_of("k1", text) is None


def test_a_key_is_read_back_as_it_was_kept() -> None:
    versions = (b"a" * 32, b"b" * 40)
    assert key_of("k1", key_text(TENANT, versions)) == WebhookKey("k1", TENANT, versions)


def test_a_store_that_does_not_answer_is_no_missing_key() -> None:
    keys = SecretsManagerWebhookKeys(Failing(client_error("ThrottlingException")), "test", HandClock())
    with pytest.raises(SecretError):
        keys.find("k1")
