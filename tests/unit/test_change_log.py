"""The chain of changes: any entry altered, dropped, doubled or moved is found."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerpost.domain.access import Act
from ledgerpost.domain.change_log import (
    FACT_LENGTH_MAX,
    ChangeEntry,
    canonical_change,
    change_of,
    check_chain,
    next_entry,
)
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.hash_chain import NO_HEAD
from tests.contract.records import NOON

ACME = TenantId("acme")


def a_chain(length: int) -> list[ChangeEntry]:
    chain: list[ChangeEntry] = []
    for number in range(length):
        at = NOON + timedelta(minutes=number)
        change = change_of(Act.SKIP, ACME, "ann", at, {"reference": str(number), "reason": "entered by hand – é"})
        chain.append(next_entry(change, chain[-1] if chain else None))
    return chain


def test_a_whole_chain_holds_and_gives_its_head() -> None:
    chain = a_chain(4)
    checked = check_chain(chain, ACME)
    assert (checked.entries, checked.head, checked.broken_at) == (4, chain[-1].digest, None)


def test_an_empty_chain_holds() -> None:
    checked = check_chain([], ACME)
    assert (checked.entries, checked.head, checked.broken_at) == (0, NO_HEAD, None)


@given(length=st.integers(1, 6), data=st.data())
def test_an_entry_that_was_altered_is_named(length: int, data: st.DataObject) -> None:
    chain = a_chain(length)
    at = data.draw(st.integers(0, length - 1))
    change = chain[at].change
    altered = data.draw(
        st.sampled_from(
            [
                replace(change, by="bob"),
                replace(change, at=change.at + timedelta(microseconds=1)),
                replace(change, act=Act.REDRIVE),
                replace(change, facts={**change.facts, "reason": "other"}),
                replace(change, refused="not_allowed"),
            ]
        )
    )
    chain[at] = replace(chain[at], change=altered)
    assert check_chain(chain, ACME).broken_at == at + 1


@given(length=st.integers(2, 6), data=st.data())
def test_an_entry_that_was_dropped_or_doubled_is_named(length: int, data: st.DataObject) -> None:
    chain = a_chain(length)
    at = data.draw(st.integers(0, length - 2))
    assert check_chain(chain[:at] + chain[at + 1 :], ACME).broken_at == at + 1
    assert check_chain(chain[: at + 1] + chain[at:], ACME).broken_at == at + 2


def test_a_chain_of_another_tenant_does_not_hold() -> None:
    assert check_chain(a_chain(2), TenantId("globex")).broken_at == 1


def test_an_entry_is_never_earlier_than_the_one_before_it() -> None:
    first = a_chain(1)[0]
    early = change_of(Act.SKIP, ACME, "bob", NOON - timedelta(hours=1), {})
    assert next_entry(early, first).change.at == first.change.at


def test_the_log_keeps_no_fact_that_is_not_on_its_list() -> None:
    with pytest.raises(AssertionError, match="token"):
        change_of(Act.PUT_SECRET, ACME, "ann", NOON, {"token": "s3cret"})


def test_a_fact_that_is_too_long_is_cut_and_one_that_is_blank_is_left_out() -> None:
    change = change_of(Act.APPLY, ACME, "ann", NOON, {"changes": "x" * 5000, "reason": "", "route": None})
    assert {name: len(value) for name, value in change.facts.items()} == {"changes": FACT_LENGTH_MAX}


def test_the_digested_form_is_this_one() -> None:
    # Golden: whoever checks the chain by other means reads this text.
    change = change_of(Act.PAUSE, ACME, "zoë", NOON, {"connection": "main", "reason": "move"})
    assert canonical_change(change, 7) == (
        '{"act":"pause","at":"2026-03-01T12:00:00.000000+00:00","by":"zo\\u00eb",'
        '"facts":{"connection":"main","reason":"move"},"number":7,"refused":"","tenant":"acme"}'
    )
