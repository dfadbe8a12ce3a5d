"""Templates and references meet whatever an entity may hold."""

from typing import Any

from hypothesis import assume, example, given
from hypothesis import strategies as st

from ledgerpost.domain.entity import PROPERTY_NAME, property_of, text_of
from ledgerpost.domain.mapping import REFERENCE_LENGTH_MAX
from ledgerpost.domain.note import CUT_MARK, NOTE_LENGTH_MAX, NoteTemplate
from ledgerpost.wire.message import read_json

JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
ENTITIES = st.dictionaries(st.text(max_size=12), JSON_VALUES, max_size=6)
TEMPLATES = st.lists(
    st.text(max_size=10) | st.from_regex(r"\{[A-Za-z_.\[\]!:()0-9 ]{0,15}\}", fullmatch=True), max_size=8
).map("".join)


class Trap(dict[str, Any]):
    """An entity that has attributes worth stealing."""

    secret = "canary"


@given(TEMPLATES)
@example("{__class__}{__class__.__mro__}{secret}{Id.secret}{0}{Id!r}{Id:>9999}{Id[0]}")
def test_a_template_looks_up_property_names_and_reaches_nothing_else(template: str) -> None:
    asked: list[str] = []

    def value_of(name: str) -> str:
        asked.append(name)
        return text_of(property_of(Trap(Id="536365"), name))

    note = NoteTemplate(template).render(value_of)
    assert all(PROPERTY_NAME.fullmatch(name) for name in asked)
    assert "canary" not in note
    assert "<class" not in note


@given(TEMPLATES, ENTITIES)
def test_a_note_is_never_longer_than_the_ledger_takes(template: str, entity: dict[str, Any]) -> None:
    note = NoteTemplate(template * 50).render(lambda name: text_of(property_of(entity, name)) * 100)
    assert len(note) <= NOTE_LENGTH_MAX


@given(st.integers(NOTE_LENGTH_MAX - 3, NOTE_LENGTH_MAX + 3))
def test_only_a_note_that_is_too_long_is_cut_and_it_shows(length: int) -> None:
    note = NoteTemplate("{Notes}").render(lambda _: "x" * length)
    if length <= NOTE_LENGTH_MAX:
        assert note == "x" * length
    else:
        assert note == "x" * (NOTE_LENGTH_MAX - 1) + CUT_MARK


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=30))
def test_what_a_property_holds_is_not_read_as_a_template_again(value: str) -> None:
    assert NoteTemplate("[{Notes}]").render(lambda _: value + "{Total}") == f"[{value}{{Total}}]"


@given(ENTITIES, st.from_regex(PROPERTY_NAME, fullmatch=True))
def test_a_property_is_found_in_any_casing_and_the_exact_one_first(entity: dict[str, Any], name: str) -> None:
    assume(name.isascii() and not any(key.casefold() == name.casefold() for key in entity))
    assert property_of(entity, name) is None
    for written in (name, name.upper(), name.lower()):
        assert property_of(entity | {written: "found"}, name) == "found"
    assert property_of({name.swapcase(): "other", name: "exact"} | entity, name) == "exact"


@given(JSON_VALUES)
def test_every_json_value_has_a_text(value: Any) -> None:
    assert isinstance(text_of(value), str)


@given(st.integers(-(10**13), 10**13), st.integers(0, 4))
def test_a_decimal_reads_the_same_however_many_zeros_follow(number: int, zeros: int) -> None:
    assert text_of(read_json(f"{number}.5" + "0" * zeros)) == f"{number}.5"


@given(st.integers(-(10**8), 10**8))
def test_the_noise_of_binary_floats_reads_as_the_number_that_was_meant(cents: int) -> None:
    exact = text_of(read_json(f"{cents / 100!r}"))
    noisy = text_of(read_json(f"{cents / 100:.17g}".replace("e", "E"))) if cents else "0"
    assert (exact if cents else "0").removesuffix(".0") == noisy


def test_the_limit_of_a_reference_is_that_of_the_contract() -> None:
    assert REFERENCE_LENGTH_MAX == 200
