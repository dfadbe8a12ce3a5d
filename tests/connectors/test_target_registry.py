"""Which connector stands behind a connection."""

import pytest

from ledgerpost.connectors.registry import ConnectorTargets
from ledgerpost.errors import ConfigurationError
from tests.connectors.conformance.pennypipe_case import (
    takes_everything,
)
from tests.connectors.scripted import (
    TENANT,
    RecordingTransport,
    StoppedClock,
    a_connection,
    some_secrets,
)


def registry(**options: object) -> ConnectorTargets:
    return ConnectorTargets(
        some_secrets(), StoppedClock(), transport_factory=lambda _: RecordingTransport(takes_everything), **options
    )  # type: ignore[arg-type]


def test_a_target_is_kept_as_long_as_its_connection_stays_the_same():
    targets = registry()
    first = targets.target_of(TENANT, a_connection())

    assert targets.target_of(TENANT, a_connection()) is first
    assert targets.target_of(TENANT, a_connection(base_url="https://other.example")) is not first
    assert targets.target_of("another tenant", a_connection()) is not first


def test_an_unknown_target_is_refused_with_the_ones_there_are():
    with pytest.raises(ConfigurationError, match=r"connections\[main\]\.target.*'quill'.*pennypipe"):
        registry().target_of(TENANT, a_connection("quill"))


@pytest.mark.parametrize(
    "base_url",
    ["http://ledger.example", "ledger.example", "", "https://", "ftp://x", "https://u:p@x", "https://x?a=b", "https://x#f",
     "https://x:y"],
)  # fmt: skip
def test_a_base_url_that_cannot_be_one_is_refused_without_being_quoted(base_url: str):
    with pytest.raises(ConfigurationError) as refused:
        registry().target_of(TENANT, a_connection(base_url=base_url))

    assert refused.value.code == "config_base_url_refused"
    assert "u:p" not in refused.value.message


def test_http_is_a_base_url_for_local_engines_alone():
    connection = a_connection(base_url="http://127.0.0.1:8080")

    assert registry(allow_loopback=True).target_of(TENANT, connection)
    with pytest.raises(ConfigurationError):
        registry().target_of(TENANT, connection)
