"""The secrets of a stage: replaced only by one that the ledger takes, and always two versions to go back to."""

from dataclasses import dataclass, field, replace

import pytest

from ledgerpost.app.stage_secrets import (
    Put,
    PutSecret,
    Refusal,
    environment_names,
    on_stage,
    put_secret,
    refresh_token_holder,
    roll_back,
    secret_name,
)
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.outcome import NotApplied, Retry
from ledgerpost.domain.route import (
    AccountId,
    ConnectionId,
    OAuthAuth,
    PatAuth,
    SecretReference,
    TenantConfiguration,
)
from ledgerpost.errors import ConfigurationError, SecretError
from ledgerpost.ports_setup import KeptSecret
from tests.app.test_apply import a_document

NAME = "ledgerpost/dev/acme/main"
REFUSED: tuple[Refusal, ...] = ((AccountId("a-1"), NotApplied("token_refused", Retry.NEVER)),)


@dataclass
class MemoryVault:
    """Keeps versions as Secrets Manager does; also reads what is in use."""

    versions: dict[str, str] = field(default_factory=dict)
    current: str = ""
    previous: str | None = None
    pending: str | None = None

    def find(self, name: str) -> KeptSecret | None:
        return (
            KeptSecret(SecretReference(f"secretsmanager:{name}"), self.current, self.previous) if self.current else None
        )

    def keep(self, name: str, value: str) -> tuple[SecretReference, str]:
        version = f"v{len(self.versions) + 1}"
        self.versions[version] = value
        if self.current:
            self.pending = version
        else:
            self.current = version
        return SecretReference(f"secretsmanager:{name}"), version

    def use(self, reference: SecretReference, version: str, *, instead_of: str) -> None:
        assert self.current == instead_of
        self.current, self.previous, self.pending = version, instead_of, None

    def drop(self, reference: SecretReference, version: str) -> None:
        assert self.pending == version
        self.pending = None

    def read(self, reference: SecretReference, *, fresh: bool = False) -> str:
        return self.versions[self.current]

    def put(self, value: str, refusals: tuple[Refusal, ...] = ()) -> PutSecret:
        return put_secret(NAME, value, vault=self, secrets=self, trial=lambda: refusals, accounts=1)


def test_the_first_secret_is_in_use_at_once() -> None:
    vault = MemoryVault()
    assert vault.put("one") == PutSecret(Put.CREATED, SecretReference(f"secretsmanager:{NAME}"), 1)
    assert vault.read(SecretReference("")) == "one"


def test_a_first_secret_that_the_ledger_refuses_is_not_kept() -> None:
    vault = MemoryVault()
    with pytest.raises(SecretError):
        vault.put("one", REFUSED)
    assert vault.versions == {}


def test_another_secret_is_put_to_use_after_the_ledger_took_it_and_the_old_one_stays() -> None:
    vault = MemoryVault()
    vault.put("one")

    def trial() -> tuple[Refusal, ...]:
        # While it is tried, everybody still reads the old one.
        assert vault.versions[vault.current] == "one"
        assert vault.pending is not None
        return ()

    assert put_secret(NAME, "two", vault=vault, secrets=vault, trial=trial, accounts=2).put is Put.ROTATED
    assert (vault.versions[vault.current], vault.versions[vault.previous or ""]) == ("two", "one")


def test_a_secret_that_the_ledger_refuses_leaves_the_old_one_in_use() -> None:
    vault = MemoryVault()
    vault.put("one")
    with pytest.raises(SecretError) as caught:
        vault.put("canary-two", REFUSED)
    assert caught.value.code == "secret_refused"
    assert "token_refused" in caught.value.message
    assert "canary" not in caught.value.message
    assert (vault.versions[vault.current], vault.pending) == ("one", None)


def test_the_secret_in_use_put_again_makes_no_version() -> None:
    vault = MemoryVault()
    vault.put("one")
    assert vault.put("one").put is Put.UNCHANGED
    assert len(vault.versions) == 1


def test_rolling_back_and_again_goes_there_and_back() -> None:
    vault = MemoryVault()
    vault.put("one")
    vault.put("two")
    roll_back(NAME, vault)
    assert vault.read(SecretReference("")) == "one"
    roll_back(NAME, vault)
    assert vault.read(SecretReference("")) == "two"


@pytest.mark.parametrize("versions", [0, 1])
def test_there_is_nothing_to_roll_back_to_before_a_second_version(versions: int) -> None:
    vault = MemoryVault()
    for number in range(versions):
        vault.put(str(number))
    with pytest.raises(SecretError) as caught:
        roll_back(NAME, vault)
    assert caught.value.code == "secret_not_written"


def test_each_connection_has_a_secret_of_its_own_per_stage() -> None:
    assert secret_name("dev", TenantId("acme"), ConnectionId("main")) == NAME


def test_secrets_of_this_machine_are_replaced_by_those_of_the_stage() -> None:
    found = on_stage(a_document(), "dev", lambda connection: SecretReference(f"secretsmanager:{connection}"))
    auths = [connection.auth for connection in found.connections.values()]
    assert auths == [PatAuth(SecretReference("secretsmanager:main")), PatAuth(SecretReference("secretsmanager:other"))]


def test_a_secret_that_is_on_no_stage_is_refused_with_its_path() -> None:
    with pytest.raises(ConfigurationError) as caught:
        on_stage(a_document(), "dev", {ConnectionId("main"): SecretReference("secretsmanager:main")}.get)
    [problem] = caught.value.problems
    assert (problem.code, problem.path) == ("config_secret_not_on_stage", "connections[other].auth.token")


def test_a_client_secret_is_replaced_as_a_token_is() -> None:
    document = a_document()
    oauth = OAuthAuth(
        identity_authority="https://id.example", client_id="id", client_secret=SecretReference("env:X"), scopes="a"
    )
    main = document.connections[ConnectionId("main")]
    changed = replace(document, connections={main.id: replace(main, auth=oauth)})
    found = on_stage(changed, "dev", lambda _: SecretReference("secretsmanager:x")).connections[main.id].auth
    assert isinstance(found, OAuthAuth)
    assert found.client_secret == "secretsmanager:x"


ARN = "secretsmanager:arn:aws:secretsmanager:eu-west-1:123456789012:secret:"


@pytest.mark.parametrize(
    ("name", "is_own"),
    [
        ("ledgerpost/dev/acme/main-AbCdEf", True),
        ("ledgerpost/prod/acme/main-AbCdEf", False),
        ("ledgerpost/dev/acme2/main-AbCdEf", False),
        ("payroll-AbCdEf", False),
    ],
)
def test_a_tenant_may_name_secrets_of_its_own_on_this_stage_and_no_others(name: str, is_own: bool) -> None:
    document = a_document()
    main = document.connections[ConnectionId("main")]
    reference = SecretReference(ARN + name)
    named = replace(document, connections={main.id: replace(main, auth=PatAuth(reference))})
    if is_own:
        assert on_stage(named, "dev", lambda _: None) == named
        return
    with pytest.raises(ConfigurationError) as caught:
        on_stage(named, "dev", lambda _: None)
    assert caught.value.code == "config_secret_not_on_stage"


MAIN = ConnectionId("main")
REFRESH = refresh_token_holder(MAIN)


def with_refresh_token(place: str) -> TenantConfiguration:
    """Give a document whose one connection has a first refresh token there, its token being on the stage."""
    document = a_document()
    main = document.connections[MAIN]
    auth = PatAuth(SecretReference(f"{ARN}ledgerpost/dev/acme/main-AbCdEf"))
    return replace(document, connections={MAIN: replace(main, auth=auth, options={"refreshToken": place})})


def test_a_first_refresh_token_of_this_machine_is_replaced_by_that_of_the_stage() -> None:
    document = with_refresh_token("env:REFRESH")
    assert environment_names(document) == {REFRESH: "env:REFRESH"}
    assert secret_name("dev", TenantId("acme"), REFRESH) == f"{NAME}/refreshToken"
    found = on_stage(document, "dev", {REFRESH: SecretReference("secretsmanager:kept")}.get).connections[MAIN]
    assert found.options == {"refreshToken": "secretsmanager:kept"}
    assert found.auth == document.connections[MAIN].auth


@pytest.mark.parametrize("place", ["env:REFRESH", f"{ARN}ledgerpost/dev/other/main/refreshToken-AbCdEf"])
def test_a_first_refresh_token_that_is_not_the_tenants_own_is_refused_with_its_path(place: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        on_stage(with_refresh_token(place), "dev", lambda _: None)
    [problem] = caught.value.problems
    assert (problem.code, problem.path) == ("config_secret_not_on_stage", "connections[main].options.refreshToken")
