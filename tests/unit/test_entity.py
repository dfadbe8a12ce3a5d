"""The open entity: property names in any casing, values as text."""

import pytest

from ledgerpost.domain.entity import property_of, text_of
from ledgerpost.wire.message import read_json


@pytest.mark.parametrize("name", ["ReceiptNumber", "receiptnumber", "RECEIPTNUMBER", "receiptNumber"])
def test_a_property_is_found_in_any_casing(name: str) -> None:
    assert property_of({"ReceiptNumber": "R-1"}, name) == "R-1"


def test_the_exact_casing_comes_first_and_else_the_first_that_fits() -> None:
    assert property_of({"id": 1, "ID": 2, "Id": 3}, "Id") == 3
    assert property_of({"id": 1, "ID": 2}, "Id") == 1


def test_a_property_that_is_not_there_is_null() -> None:
    assert property_of({"Id": 1}, "Total") is None
    assert property_of({}, "__class__") is None


@pytest.mark.parametrize(
    ("json_text", "text"),
    [
        ("null", ""),
        ("true", "true"),
        ("false", "false"),
        ("0", "0"),
        ("-7", "-7"),
        ("12345678901234567890123", "12345678901234567890123"),
        ("139.12", "139.12"),
        ("139.10", "139.1"),
        ("7.0", "7"),
        ("508.20000000000005", "508.2"),
        ("0.30000000000000004", "0.3"),
        ("1E+2", "100"),
        ("1E-7", "0.0000001"),
        ("1E+400", "1E+400"),
        ('" as it is "', " as it is "),
        ("[1, null]", "[1, null]"),
        ('{"a": "é"}', '{"a": "é"}'),
    ],
)
def test_a_value_reads_as_a_person_would_write_it(json_text: str, text: str) -> None:
    assert text_of(read_json(json_text)) == text
