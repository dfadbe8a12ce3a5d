"""The shipped collection against the text that it was made from. Source: seed 004, "Mappings"."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from ledgerpost.domain.collection import Collection, Importance, Row, RowType
from ledgerpost.domain.formula import FormulaFault, Scope
from ledgerpost.domain.look_up import Known, LookUp
from ledgerpost.domain.orders.fields import FIELDS
from ledgerpost.wire.collection import collection_from
from tests.collections.orders import ANSWERS, FORMULAS, FULL_ORDER, SHIPPED

SEED = (Path(__file__).parent / "seed" / "mappings.txt").read_text(encoding="utf-8")
PAGE = Path(__file__).parents[2] / "docs" / "mapping-collections.md"
COLLECTIONS = list(SHIPPED.collection.with_descendants())

IMPORTANCE = {
    "Required for creating package contents.": Importance.RECOMMENDED,  # the tracking number itself needs it not
    "Supplied automatically.": Importance.OPTIONAL,
    "Environment-specific.": Importance.OPTIONAL,
}


@dataclass(frozen=True)
class SeedRow:
    """A row of a table of the seed: its four columns."""

    type: str
    source: str
    destination: str
    description: str


def section_of(collection: Collection) -> str:
    start = SEED.index(f"{collection.title}\n")
    later = [SEED.index(f"{each.title}\n") for each in COLLECTIONS]
    return SEED[start : min((place for place in later if place > start), default=len(SEED))]


def seed_rows(collection: Collection) -> list[SeedRow]:
    paragraphs = [part.strip() for part in re.split(r"\n\s*\n", section_of(collection)) if part.strip()]
    rest = paragraphs[paragraphs.index("Destination Field (Acumatica)") + 2 :]
    rows = []
    while len(rest) >= 4 and rest[0] in ("Static", "Field", "Dynamic Formula"):
        rows.append(SeedRow(*rest[:4]))
        rest = rest[4:]
    return rows


def source_text(row: Row) -> str:
    """Give the source column of our row as the seed writes it."""
    match row.type:
        case RowType.STATIC:
            return str(row.value).lower() if isinstance(row.value, bool) else str(row.value)
        case RowType.FIELD:
            return f"{row.source} (custom field)" if row.custom else row.source
        case RowType.FORMULA:
            return row.original


def one_line(text: str) -> str:
    return " ".join(text.split())


def test_every_row_of_the_seed_is_there_and_no_other() -> None:
    counts = {collection.name: len(seed_rows(collection)) for collection in COLLECTIONS}
    assert counts == {
        "acumatica-sales-order": 10,
        "Lines": 7,
        "Addresses": 12,
        "Payments": 4,
        "Taxes": 4,
        "TrackingNumbers": 13,
    }
    assert {each.name: len(each.rows) for each in COLLECTIONS} == counts


@pytest.mark.parametrize("collection", COLLECTIONS, ids=lambda each: each.name)
def test_each_row_has_the_type_destination_and_description_of_the_seed(collection: Collection) -> None:
    ours = [(str(row.type), row.destination, one_line(row.description)) for row in collection.rows]
    assert ours == [(row.type, row.destination, one_line(row.description)) for row in seed_rows(collection)]


@pytest.mark.parametrize("collection", COLLECTIONS, ids=lambda each: each.name)
def test_each_row_has_the_source_of_the_seed(collection: Collection) -> None:
    for row, seed in zip(collection.rows, seed_rows(collection), strict=True):
        if seed.source == "See the formula below the table.":
            assert one_line(row.original) in one_line(section_of(collection))
            assert "GetExternalIdAsync" in row.original
        else:
            assert source_text(row) == seed.source


@pytest.mark.parametrize("collection", COLLECTIONS, ids=lambda each: each.name)
def test_each_row_matters_as_much_as_the_seed_says(collection: Collection) -> None:
    for row in collection.rows:
        sentence = row.description.split(". ")[0] + "."
        word = re.split(r"[ .]", row.description)[0].lower()
        assert row.importance == IMPORTANCE.get(sentence, word)


@pytest.mark.parametrize("collection", COLLECTIONS, ids=lambda each: each.name)
def test_each_filter_is_that_of_the_seed(collection: Collection) -> None:
    section = one_line(section_of(collection))
    if collection.filter is None:
        assert "has no mapping filter" in section
    else:
        assert one_line(collection.filter.original) in section
        assert one_line(collection.filter.description) in section


def test_the_marks_to_replace_are_those_of_the_seed() -> None:
    marked = {row.destination: row for each in COLLECTIONS for row in each.rows if row.placeholder}
    assert set(marked) == {"FinancialTerms", "PaymentMethod", "Picked"}
    assert (marked["FinancialTerms"].value, marked["PaymentMethod"].value) == ("30D", "ONLINE")
    for row in marked.values():
        assert one_line(row.placeholder) in one_line(SEED)
    assert len(re.findall("^Placeholder value — replace", SEED, flags=re.MULTILINE)) == len(marked)


def test_every_destination_is_one_that_the_form_has_and_every_one_has_a_row() -> None:
    ours = {
        ("" if each is SHIPPED.collection else each.name): {row.destination for row in each.rows}
        for each in COLLECTIONS
    }
    assert ours == {child: set(fields) for child, fields in FIELDS.items()}


def formulas() -> list[tuple[str, str, str, str]]:
    """Give every formula of the seed: its collection, its row, its own form and ours."""
    found = []
    for collection in COLLECTIONS:
        if collection.filter is not None:
            found.append((collection.name, "filter", collection.filter.original, collection.filter.formula))
        found += [
            (collection.name, row.destination, row.original, row.formula) for row in collection.rows if row.formula
        ]
    return found


def scope_of(collection: str) -> Scope:
    answers: dict[LookUp, Known] = {LookUp(*name.split("/", 1)): answer for name, answer in ANSWERS.items()}
    top = Scope(FULL_ORDER, None, answers)
    if collection == SHIPPED.collection.name:
        return top
    return Scope(FULL_ORDER[collection][0], top, answers)


EXPECTED = {
    "Type;": "Order",
    'Type == "Order"': True,
    "await GetTaxZoneId();": "NYSTATE",
    'EmailAddress + " placed order";': "ann@example.com placed order",
    "null": None,
    "await CheckProductExistBySku(Sku);": True,
    "UnitPrice": 10,
    "ExtendedPrice": 20,
    "false": False,
    "Parent.EmailAddress": "ann@example.com",
    'Regex.IsMatch(PostalCode, @"^\\d+$") ? PostalCode : null': "10001",
    '"iPaaS.com "+Id': "iPaaS.com 77",
    "await GetTaxId();": "NYSALES",
    "SpaceportSystemId": 7,
    "Parent.TransactionNumber": "WEB1001",
}
"""What each formula of the seed comes to on the full order; the longer ones are told by their first words."""

LONG = {"var customerId": "C000001", "var boxId": True}


@pytest.mark.parametrize(("collection", "row", "original", "formula"), formulas())
def test_every_formula_of_the_seed_has_its_form_here_and_a_value(
    collection: str, row: str, original: str, formula: str
) -> None:
    value = FORMULAS.compile(formula).evaluate(scope_of(collection))
    expected = next((value for start, value in LONG.items() if original.startswith(start)), EXPECTED.get(original, ...))
    assert expected is not ..., "the seed has no such formula"
    assert value == expected


def test_there_are_as_many_formulas_as_in_the_seed() -> None:
    rows = [row for collection in COLLECTIONS for row in seed_rows(collection) if row.type == "Dynamic Formula"]
    assert len(formulas()) == len(rows) + SEED.count("Mapping Filter") == 20


def test_the_page_has_both_forms_of_every_formula() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for _, row, original, formula in formulas():
        assert formula.replace("|", "\\|") in page, row
        assert one_line(original).replace("|", "\\|") in page, row


def test_the_names_of_the_source_are_case_sensitive() -> None:
    with pytest.raises(FormulaFault, match="case-sensitive"):
        FORMULAS.compile("emailAddress").evaluate(Scope(FULL_ORDER))


def test_the_shipped_collection_is_accepted_with_its_three_marks_as_warnings() -> None:
    checked = collection_from("acumatica-sales-order", ("routes", 0, "collection"), FORMULAS)
    assert checked.problems == ()
    assert [(each.code, each.path) for each in checked.warnings] == [
        ("placeholder_in_use", "routes[0].collection.FinancialTerms"),
        ("placeholder_in_use", "routes[0].collection.Payments.PaymentMethod"),
        ("placeholder_in_use", "routes[0].collection.TrackingNumbers.Picked"),
    ]


def test_a_mark_that_was_replaced_or_removed_is_no_warning_any_more() -> None:
    overrides = {
        "FinancialTerms": {"type": "Static", "value": "NET30"},
        "Payments.PaymentMethod": {"type": "Field", "source": "Method"},
        "TrackingNumbers.Picked": None,
    }
    checked = collection_from({"use": "acumatica-sales-order", "overrides": overrides}, (), FORMULAS)
    assert checked.warnings == ()
    assert checked.mapping is not None
    assert next(row for row in checked.mapping.collection.rows if row.destination == "FinancialTerms").value == "NET30"
