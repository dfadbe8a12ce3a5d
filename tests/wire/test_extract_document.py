"""The document of an extract, and what is said of a wrong one."""

from zoneinfo import ZoneInfo

import pytest

from ledgerpost.domain.extract.configuration import Consent
from ledgerpost.domain.extract.documents import DEFAULT_STATUSES
from ledgerpost.errors import ConfigurationError
from ledgerpost.wire.extract_document import read_extract

DOCUMENT = """
tenant: acme
extract: fincome
source: {kind: pennylane, baseUrl: "https://app.pennylane.com", token: "env:PENNYLANE_TOKEN"}
target:
  kind: fincome
  baseUrl: https://api2.fincome.co/product
  key: env:FINCOME_KEY
  options: {keyHeader: X-Api-Key, keyPrefix: ""}
timeZone: Europe/Paris
baseCurrency: EUR
rates: rates/eurofxref-hist.zip
statuses: {archived: paid, disputed: not sent}
"""
LEAST = """
tenant: acme
extract: fincome
source: {kind: pennylane, baseUrl: "https://app.pennylane.com", token: "env:PENNYLANE_TOKEN"}
target: {kind: fincome, baseUrl: "https://api2.fincome.co/product", key: "env:FINCOME_KEY"}
"""


def test_a_whole_document_is_read() -> None:
    read = read_extract(DOCUMENT)
    assert (read.id, read.source.kind, read.source.auth) == ("acme/fincome", "pennylane", "env:PENNYLANE_TOKEN")
    assert read.target.options == {"keyHeader": "X-Api-Key", "keyPrefix": ""}
    assert (read.time_zone, read.rates, read.changes_only) == (
        ZoneInfo("Europe/Paris"),
        "rates/eurofxref-hist.zip",
        False,
    )
    assert read.rules.statuses == {**DEFAULT_STATUSES, "archived": "paid", "disputed": "not sent"}


def test_what_is_left_out_is_as_usual() -> None:
    read = read_extract(LEAST)
    assert (read.rules.base_currency, read.rules.statuses, read.rates) == ("EUR", DEFAULT_STATUSES, None)


@pytest.mark.parametrize(
    ("before", "after", "path", "code"),
    [
        ("kind: pennylane", "kind: stripe", "source.kind", "config_wrong_value"),
        ("token:", "tokne:", "source.tokne", "config_unknown_key"),
        ("env:PENNYLANE_TOKEN", "s3cr3t", "source.token", "config_literal_secret"),
        ("https://app.pennylane.com", "http://10.0.0.1", "source.baseUrl", "config_base_url_refused"),
        ("baseCurrency: EUR", "baseCurrency: Euro", "baseCurrency", "config_wrong_value"),
        ("timeZone: Europe/Paris", "timeZone: Paris", "timeZone", "config_wrong_value"),
        ("archived: paid", "archived: gone", "statuses.archived", "config_wrong_value"),
        ("extract: fincome", "", "extract", "config_missing_key"),
    ],
)
def test_a_wrong_document_is_refused_with_path_and_mend_and_no_value(
    before: str, after: str, path: str, code: str
) -> None:
    assert before in DOCUMENT
    with pytest.raises(ConfigurationError) as refused:
        read_extract(DOCUMENT.replace(before, after))
    problems = {problem.path: problem for problem in refused.value.problems}
    assert problems[path].code == code
    assert problems[path].mend
    assert "s3cr3t" not in str(refused.value)


OAUTH = """{identityAuthority: "https://app.pennylane.com/oauth", clientId: abc, clientSecret: "env:CLIENT",
  refreshToken: "env:REFRESH"}"""


def test_a_consent_may_stand_in_place_of_a_token() -> None:
    read = read_extract(LEAST.replace('token: "env:PENNYLANE_TOKEN"', f"oauth: {OAUTH}"))
    assert isinstance(read.source.auth, Consent)
    assert (read.source.auth.auth.client_id, read.source.auth.refresh_token) == ("abc", "env:REFRESH")


@pytest.mark.parametrize("ways", ["", f', token: "env:T", oauth: {OAUTH}'])
def test_neither_way_in_and_both_are_refused(ways: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        read_extract(LEAST.replace(', token: "env:PENNYLANE_TOKEN"', ways))
    assert [problem.path for problem in refused.value.problems] == ["source"]


def test_a_literal_secret_in_a_consent_is_refused_with_its_path() -> None:
    with pytest.raises(ConfigurationError) as refused:
        read_extract(LEAST.replace('token: "env:PENNYLANE_TOKEN"', f"oauth: {OAUTH}").replace("env:REFRESH", "s3cr3t"))
    assert [problem.path for problem in refused.value.problems] == ["source.oauth.refreshToken"]


def test_http_is_for_loopback_and_local_runs_alone() -> None:
    local = LEAST.replace("https://app.pennylane.com", "http://127.0.0.1:8089")
    assert read_extract(local, allow_loopback=True).source.base_url == "http://127.0.0.1:8089"
    with pytest.raises(ConfigurationError):
        read_extract(local)


def test_what_is_no_object_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="a list of 1"):
        read_extract("[1]")
