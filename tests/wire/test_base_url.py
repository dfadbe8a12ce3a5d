"""Which base URLs may be called."""

import pytest

from ledgerpost.wire.base_url import fault_of_base_url, normalised_base_url


@pytest.mark.parametrize(
    "url",
    ["https://api.example", "https://api.example:8443/v1/", "https://93.184.216.34/x", "https://xn--bcher-kva.example"],
)
def test_https_to_a_public_place_is_taken(url: str) -> None:
    assert fault_of_base_url(url, allow_loopback=False) is None


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example",
        "ftp://api.example",
        "api.example",
        "https://",
        "https://user:password@api.example",
        "https://user@api.example",
        "https://@api.example",
        "https://api.example?x=1",
        "https://api.example?",
        "https://api.example/#f",
        "https://api.example:99999",
        "https://api.example\\@evil.example",
        "https://api .example",
        "https://api.example\n",
        "https://bücher.example",
        "https://10.0.0.1",
        "https://172.16.0.1",
        "https://192.168.1.1",
        "https://169.254.169.254/latest/meta-data",
        "https://100.64.0.1",
        "https://0.0.0.0",
        "https://224.0.0.1",
        "https://[fe80::1]",
        "https://[fd00::1]",
        "https://[::]",
        "https://[::ffff:10.0.0.1]",
        "https://127.1",
        "https://2130706433",
        "https://0x7f000001",
        "https://0177.0.0.1",
        "https://" + "a" * 300,
    ],
)
@pytest.mark.parametrize("allow_loopback", [True, False])
def test_what_leads_elsewhere_or_inside_is_refused(url: str, allow_loopback: bool) -> None:
    fault = fault_of_base_url(url, allow_loopback=allow_loopback)
    assert fault
    assert "password@" not in fault


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8080",
        "http://localhost",
        "https://localhost",
        "http://[::1]:1",
        "http://127.9.9.9",
        "http://[::ffff:127.0.0.1]",
        "http://pennypipe.localhost.",
    ],
)
def test_loopback_is_taken_only_where_it_is_allowed(url: str) -> None:
    assert fault_of_base_url(url, allow_loopback=True) is None
    assert fault_of_base_url(url, allow_loopback=False) == "It is a loopback address."


@pytest.mark.parametrize("url", ["https://API.example/v1/", "HTTPS://api.example:443/v1", "https://api.example./v1//"])
def test_all_writings_of_one_place_are_one(url: str) -> None:
    assert normalised_base_url(url) == "https://api.example/v1"


def test_other_ports_paths_and_schemes_are_other_places() -> None:
    urls = ["https://a.example", "https://a.example:444", "https://a.example/A", "https://a.example/a", "http://[::1]"]
    assert len({normalised_base_url(url) for url in urls}) == len(urls)
