"""The configuration as items of the route store."""

import json
import subprocess
import sys
from pathlib import Path

from ledgerpost.domain.route import TenantConfiguration
from ledgerpost.wire.configuration import read_configuration
from ledgerpost.wire.stored_configuration import from_items, to_items

EXAMPLE = Path(__file__).parents[2] / "events" / "configuration.example.yaml"


def example() -> TenantConfiguration:
    return read_configuration(EXAMPLE.read_text(encoding="utf-8")).configuration


def oauth_example() -> TenantConfiguration:
    auth = (
        "{type: OAuth, identityAuthority: https://id.example, clientId: c, clientSecret: env:S, scopes: a b}\n"
        "    options: {postPath: /x}\n    credentialsExpireOn: '2027-01-31'"
    )
    text = EXAMPLE.read_text(encoding="utf-8").replace("{type: PAT, token: env:PENNYPIPE_PAT}", auth)
    return read_configuration(text).configuration


def test_what_is_stored_reads_as_the_same_configuration_in_any_order() -> None:
    for configuration in (example(), oauth_example()):
        items = json.loads(json.dumps(to_items(configuration)))
        assert from_items(items) == configuration
        assert from_items(list(reversed(items))) == configuration


def test_connections_of_before_their_credentials_could_end_are_read() -> None:
    items = to_items(example())
    for item in items:
        item.pop("credentialsExpireOn", None)
    assert from_items(items) == example()


def test_each_item_has_a_name_of_its_own_under_its_tenant() -> None:
    items = to_items(example())
    assert [item["item"] for item in items] == [
        "tenant",
        "connection#main",
        "route#sales-to-a",
        "route#purchasing-to-b",
    ]
    assert {item["tenant"] for item in items} == {"acme"}


def test_a_tenant_without_routes_is_still_there() -> None:
    configuration = TenantConfiguration(tenant=example().tenant, connections={}, routes={})
    assert from_items(to_items(configuration)) == configuration


def test_reading_what_is_stored_loads_no_pydantic_and_no_yaml() -> None:
    code = (
        "import sys, ledgerpost.wire.stored_configuration, ledgerpost.wire.message\n"
        "print([name for name in ('pydantic', 'yaml', 'boto3', 'httpx') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
