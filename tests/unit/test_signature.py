"""A signed request is taken only from who holds a key, unaltered, and within the window."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerpost.domain.signature import WINDOW, Flaw, Signature, flaw_of, read_signature, sign
from tests.contract.records import NOON

OLD, NEW, OTHER = b"o" * 32, b"n" * 32, b"x" * 32
BODY = b'{"Source":"shop"}'


def flaw(
    header: str, body: bytes = BODY, *, secrets: tuple[bytes, ...] = (NEW, OLD), after_s: float = 0
) -> Flaw | None:
    signature = read_signature(header)
    assert signature is not None
    return flaw_of(signature, body, secrets, NOON + timedelta(seconds=after_s))


def test_the_signature_is_this_one() -> None:
    # Golden: worked out with `printf '1772366400.{"Source":"shop"}' | openssl dgst -sha256 -hmac nnnn…`.
    assert sign("acme-1", NEW, BODY, NOON) == (
        "t=1772366400,k=acme-1,v1=52e8ee494061b535235938b81b34d39ef4606b30a497e8cc080053e66b02622b"
    )


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_two_versions_of_a_key_are_good_while_it_is_rotated(secret: bytes) -> None:
    assert flaw(sign("acme-1", secret, BODY, NOON)) is None


def test_a_third_version_is_not_good() -> None:
    assert flaw(sign("acme-1", OTHER, BODY, NOON), secrets=(NEW, OLD, OTHER)) is Flaw.WRONG


@given(st.binary(max_size=60), st.binary(max_size=60))
def test_another_body_is_not_taken(signed: bytes, sent: bytes) -> None:
    assert (flaw(sign("acme-1", NEW, signed, NOON), sent) is None) == (signed == sent)


def test_another_time_under_the_same_digest_is_not_taken() -> None:
    header = sign("acme-1", NEW, BODY, NOON).replace("t=1772366400", "t=1772366401")
    assert flaw(header) is Flaw.WRONG


@pytest.mark.parametrize(
    ("after_s", "expected"), [(0, None), (300, None), (-300, None), (301, Flaw.STALE), (-301, Flaw.STALE)]
)
def test_a_request_is_good_for_five_minutes_in_both_directions(after_s: float, expected: Flaw | None) -> None:
    assert timedelta(seconds=300) == WINDOW
    assert flaw(sign("acme-1", NEW, BODY, NOON), after_s=after_s) is expected


def test_who_does_not_hold_the_key_does_not_learn_that_a_request_is_stale() -> None:
    assert flaw(sign("acme-1", OTHER, BODY, NOON), after_s=3600) is Flaw.WRONG


def test_one_good_signature_among_several_is_enough() -> None:
    wrong, right = sign("acme-1", OTHER, BODY, NOON), sign("acme-1", NEW, BODY, NOON)
    assert flaw(f"{wrong},{right.split(',')[2]}") is None


DIGEST = "a" * 64


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "t=1,k=a",
        f"k=a,v1={DIGEST}",
        f"t=1,v1={DIGEST}",
        f"t=1,t=2,k=a,v1={DIGEST}",
        f"t=1,k=a,k=b,v1={DIGEST}",
        f"t=-1,k=a,v1={DIGEST}",
        f"t=1e3,k=a,v1={DIGEST}",
        f"t=1,k=../a,v1={DIGEST}",
        f"t=1,k={'a' * 65},v1={DIGEST}",
        f"t=1,k=a,v1={DIGEST[1:]}",
        f"t=1,k=a,v1={DIGEST.upper()}",
        f"t=1,k=a,v0={DIGEST}",
        f"t=1,k=a,{','.join([f'v1={DIGEST}'] * 20)}",
    ],
)
def test_a_header_of_another_form_is_none(header: str | None) -> None:
    assert read_signature(header) is None


def test_a_header_is_read_in_any_order_with_blanks_and_what_is_unknown_is_passed_over() -> None:
    assert read_signature(f"v1={DIGEST}, k=a , x=1, t=7") == Signature("a", 7, (DIGEST,))


@given(st.text(max_size=300))
def test_no_header_makes_reading_fail(header: str) -> None:
    read_signature(header)
