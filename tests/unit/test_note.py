"""Note templates, case by case. Source: seed 000, "About note templates"."""

import pytest

from ledgerpost.domain.entity import property_of, text_of
from ledgerpost.domain.note import NOTE_LENGTH_MAX, NoteTemplate

ENTITY = {"Id": "1", "ReceiptNumber": "R-1", "Total": 7, "Notes": None, "CustomerDetails": "Ada {Total}"}


def rendered(template: str) -> str:
    return NoteTemplate(template).render(lambda name: text_of(property_of(ENTITY, name)))


@pytest.mark.parametrize(
    ("template", "note"),
    [
        ("Sale #{ReceiptNumber} total {Total}", "Sale #R-1 total 7"),
        ("{receiptnumber}/{RECEIPTNUMBER}", "R-1/R-1"),
        ("{ ReceiptNumber }", "R-1"),
        ("a{Notes}b{Missing}c", "abc"),
        ("{CustomerDetails}", "Ada {Total}"),
        ("{__class__}{Id.__class__}{Id[0]}{Id!r}{0}{}", ""),
        ("{{Id}}", "{1}"),
        ("{Id", "{Id"),
        ("Id}", "Id}"),
        ("  {Id}  ", "1"),
        ("", ""),
    ],
)
def test_a_template_is_filled_with_properties_and_nothing_else(template: str, note: str) -> None:
    assert rendered(template) == note


def test_the_placeholders_are_given_as_they_are_written() -> None:
    assert NoteTemplate("{A} { b }{__class__}{}").placeholders == ("A", "b", "__class__", "")


def test_a_note_of_ten_kilobytes_is_cut_with_a_mark() -> None:
    note = NoteTemplate("Sale {Notes}").render(lambda _: "x" * 10_000)
    assert (len(note), note[:6], note[-2:]) == (NOTE_LENGTH_MAX, "Sale x", "x…")
