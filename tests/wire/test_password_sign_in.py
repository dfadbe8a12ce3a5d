"""A connection that signs in as a user: as it is written, checked, stored and read again."""

import pytest

from ledgerpost.domain.route import ConnectionId, OAuthPasswordAuth, SecretReference
from ledgerpost.errors import ConfigurationError
from ledgerpost.wire.configuration import read_configuration
from ledgerpost.wire.stored_configuration import from_items, to_items

DOCUMENT = """
tenant: acme
connections:
  - id: orders
    label: Acumatica
    target: acumatica
    baseUrl: https://acme.example/AcmeERP
    auth:
      type: OAuthPassword
      identityAuthority: https://acme.example/AcmeERP/identity
      clientId: 4B9D7C1E-55AA-4C02-9C0E-2D7A6F0E0001@Company
      clientSecret: env:ACUMATICA
      userName: ledgerpost
      scopes: api offline_access
    options: {version: "24.200.001"}
routes: []
"""

AUTH = OAuthPasswordAuth(
    identity_authority="https://acme.example/AcmeERP/identity",
    client_id="4B9D7C1E-55AA-4C02-9C0E-2D7A6F0E0001@Company",
    client_secret=SecretReference("env:ACUMATICA"),
    scopes="api offline_access",
    user_name="ledgerpost",
)


def test_a_user_stands_in_the_document_and_the_password_does_not():
    configuration = read_configuration(DOCUMENT).configuration

    assert configuration.connections[ConnectionId("orders")].auth == AUTH


def test_what_is_stored_is_read_again():
    configuration = read_configuration(DOCUMENT).configuration

    assert from_items(to_items(configuration)) == configuration


@pytest.mark.parametrize(
    ("written", "instead", "path"),
    [
        ("userName: ledgerpost", "user: ledgerpost", "userName"),
        ("clientSecret: env:ACUMATICA", "clientSecret: hunter2", "clientSecret"),
        ("type: OAuthPassword", "type: Password", "auth"),
    ],
)
def test_a_fault_is_told_with_its_path(written: str, instead: str, path: str):
    with pytest.raises(ConfigurationError) as refused:
        read_configuration(DOCUMENT.replace(written, instead))

    assert any(problem.path.startswith("connections[0].auth") for problem in refused.value.problems)
    assert any(path in problem.path for problem in refused.value.problems)
    assert "hunter2" not in str(refused.value)
