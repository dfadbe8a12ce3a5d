"""Versions are in one order, and a fingerprint is the body."""

from dataclasses import fields, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cmp_to_key
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ledgerpost.domain.entry import LedgerEntry, Reference
from ledgerpost.domain.money import Money
from ledgerpost.domain.route import EntryType
from ledgerpost.domain.version import SourceVersion, Version
from tests.property.pure_core import NOW

TIMES = st.integers(0, 5).map(lambda hours: NOW + timedelta(hours=hours))
WITH_REVISION = st.builds(SourceVersion, TIMES, st.integers(0, 5))
WITHOUT = st.builds(SourceVersion, TIMES, st.none())


def versions(sources: st.SearchStrategy[SourceVersion]) -> st.SearchStrategy[Version]:
    return st.builds(Version, sources, st.integers(1, 3))


SETS = st.one_of(st.lists(versions(WITH_REVISION), max_size=8), st.lists(versions(WITHOUT), max_size=8))


@given(SETS)
def test_the_order_of_versions_is_total_as_long_as_a_source_does_not_mix_its_ways(found: list[Version]) -> None:
    for a in found:
        assert a.compare(a) == 0
        for b in found:
            assert _sign(a.compare(b)) == -_sign(b.compare(a))
            for c in found:
                if a.compare(b) <= 0 and b.compare(c) <= 0:
                    assert a.compare(c) <= 0


@given(SETS)
def test_sorting_gives_the_latest_last_whatever_the_order_of_arrival(found: list[Version]) -> None:
    ordered = sorted(found, key=cmp_to_key(Version.compare))
    assert all(older.compare(newer) <= 0 for older, newer in pairwise(ordered))


@given(WITH_REVISION, WITH_REVISION, st.integers(1, 3), st.integers(1, 3))
def test_the_sources_version_counts_before_the_routes(a: SourceVersion, b: SourceVersion, one: int, two: int) -> None:
    expected = a.compare(b) or one - two
    assert _sign(Version(a, one).compare(Version(b, two))) == _sign(expected)


@given(TIMES, TIMES, st.integers(0, 5), st.integers(0, 5))
def test_revisions_order_whatever_the_clock_of_the_source_says(a: datetime, b: datetime, one: int, two: int) -> None:
    assert _sign(SourceVersion(a, one).compare(SourceVersion(b, two))) == _sign(one - two)


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)


MONEY = st.builds(
    Money, st.integers(1, 3).map(lambda pence: Decimal(pence).scaleb(-2)), st.sampled_from(["GBP", "EUR"])
)
ENTRIES = st.builds(
    LedgerEntry,
    reference=st.sampled_from(["1", "2"]).map(Reference),
    type=st.sampled_from(EntryType),
    money=MONEY,
    day=st.sampled_from([date(2010, 12, 1), date(2010, 12, 2)]),
    source_amount=st.sampled_from([Decimal("0.01"), Decimal("-0.01")]),
    rounding=st.sampled_from([Decimal(0), Decimal("-5E-14")]),
    note=st.sampled_from([None, "", "a", '","']),
    tag_names=st.sampled_from([(), ("a",), ("a", "b"), ("b", "a"), ('a","b',)]),
    create_missing_tags=st.booleans(),
    custom_fields=st.sampled_from([(), (("f", "a"),), (("f", "a"), ("g", "b")), (("f,a", ""),)]),
)
NOT_POSTED = ("source_amount", "rounding")


def body_of(entry: LedgerEntry) -> tuple[object, ...]:
    return tuple(getattr(entry, field.name) for field in fields(entry) if field.name not in NOT_POSTED)


@given(ENTRIES, ENTRIES)
def test_two_fingerprints_are_equal_exactly_where_the_bodies_are(one: LedgerEntry, two: LedgerEntry) -> None:
    assert (one.fingerprint() == two.fingerprint()) == (body_of(one) == body_of(two))


@given(
    ENTRIES,
    st.sampled_from(["reference", "type", "money", "day", "note", "tag_names", "create_missing_tags", "custom_fields"]),
    ENTRIES,
)
def test_each_part_of_the_body_counts(entry: LedgerEntry, name: str, other: LedgerEntry) -> None:
    mixed = replace(entry, **{name: getattr(other, name)})
    assert (mixed.fingerprint() == entry.fingerprint()) == (getattr(mixed, name) == getattr(entry, name))
