"""Port SecretVault on Secrets Manager: what is in use, what waits, what was before; and what is never told."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from ledgerpost.adapters.secret_writer import SecretsManagerVault
from ledgerpost.domain.route import SecretReference
from ledgerpost.errors import SecretError
from tests.adapters.fake_clients import Failing, client_error
from tests.contract.conftest import AWS, a_name


@dataclass
class Kept:
    vault: SecretsManagerVault
    name: str
    client: Any

    def read(self) -> str:
        # Without the label Secrets Manager gives just this version; moto gives the one that was put last.
        answer = self.client.get_secret_value(SecretId=self.name, VersionStage="AWSCURRENT")
        return str(answer["SecretString"])


@pytest.fixture
def kept(request: pytest.FixtureRequest, aws_clients: Callable[[str], Any]) -> Kept:
    client = aws_clients(request.param)("secretsmanager")
    name = f"ledgerpost/dev/{a_name('acme')}/main"
    return Kept(SecretsManagerVault(client), name, client)


on_every_vault = pytest.mark.parametrize("kept", AWS, indirect=True)


@on_every_vault
def test_nothing_is_found_where_nothing_was_kept(kept: Kept) -> None:
    assert kept.vault.find(kept.name) is None


@on_every_vault
def test_the_first_version_is_in_use_at_once_under_a_full_arn(kept: Kept) -> None:
    reference, version = kept.vault.keep(kept.name, "one")
    found = kept.vault.find(kept.name)
    assert found is not None
    assert (found.reference, found.current, found.previous) == (reference, version, None)
    assert reference.startswith("secretsmanager:arn:aws:secretsmanager:")
    assert kept.read() == "one"


@on_every_vault
def test_another_version_waits_until_it_is_put_to_use_and_the_old_one_stays(kept: Kept) -> None:
    reference, first = kept.vault.keep(kept.name, "one")
    _, second = kept.vault.keep(kept.name, "two")
    assert kept.read() == "one"
    kept.vault.use(reference, second, instead_of=first)
    found = kept.vault.find(kept.name)
    assert found is not None
    assert (kept.read(), found.current, found.previous) == ("two", second, first)
    kept.vault.use(reference, first, instead_of=second)
    assert kept.read() == "one"


@on_every_vault
def test_a_version_that_is_dropped_waits_no_longer(kept: Kept) -> None:
    reference, _ = kept.vault.keep(kept.name, "one")
    _, second = kept.vault.keep(kept.name, "two")
    kept.vault.drop(reference, second)
    versions = kept.client.describe_secret(SecretId=kept.name)["VersionIdsToStages"]
    assert [labels for labels in versions.values() if "AWSPENDING" in labels] == []
    assert kept.read() == "one"


@pytest.mark.ministack
@pytest.mark.parametrize("kept", AWS[1:], indirect=True)
def test_of_two_who_replace_one_secret_the_second_is_refused(kept: Kept) -> None:
    reference, first = kept.vault.keep(kept.name, "one")
    _, second = kept.vault.keep(kept.name, "two")
    kept.vault.use(reference, second, instead_of=first)
    _, third = kept.vault.keep(kept.name, "three")
    with pytest.raises(SecretError):
        kept.vault.use(reference, third, instead_of=first)
    assert kept.read() == "two"


@pytest.mark.parametrize("kept", AWS[:1], indirect=True)
def test_a_secret_that_is_being_deleted_is_not_written_to(kept: Kept) -> None:
    kept.vault.keep(kept.name, "one")
    kept.client.delete_secret(SecretId=kept.name)
    with pytest.raises(SecretError) as caught:
        kept.vault.find(kept.name)
    assert caught.value.code == "secret_not_written"


def test_a_fault_names_the_secret_and_never_its_value() -> None:
    vault = SecretsManagerVault(Failing(client_error("AccessDeniedException", "canary-4711 is not allowed")))
    calls: list[Callable[[], object]] = [
        lambda: vault.find("name"),
        lambda: vault.keep("name", "canary-4711"),
        lambda: vault.use(SecretReference("secretsmanager:x"), "a", instead_of="b"),
        lambda: vault.drop(SecretReference("secretsmanager:x"), "a"),
    ]
    for call in calls:
        with pytest.raises(SecretError) as caught:
            call()
        assert caught.value.code == "secret_not_written"
        assert "canary" not in str(caught.value)
        assert caught.value.__cause__ is None
