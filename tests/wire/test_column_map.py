"""A CSV file becomes approvals by a column map, and what does not fit is told with its place."""

from typing import Any

import pytest

from ledgerpost.app.webhook import BusEntry
from ledgerpost.errors import ConfigurationError, EventError
from ledgerpost.wire.approvals import approval_of
from ledgerpost.wire.column_map import read_column_map, read_rows

MAP = """
source: old-till
detailType: SaleDocumentApproved
tenantId: acme
currency: EUR
approvedAt: Approved at
timeZone: Europe/Berlin
timeFormat: "%d.%m.%Y %H:%M"
delimiter: ";"
decimal: ","
thousands: "."
revision: Version
entity:
  Id: Invoice
  Total: Gross
  ReceiptNumber: Number
"""
HEADER = "Invoice;Number;Gross;Approved at;Version;Cashier"
ROW = "A-1;0017;1.234,50;01.07.2026 09:30;2;Ann"


def rows(*lines: str, columns: str = MAP, header: str = HEADER) -> list[BusEntry | EventError]:
    return list(read_rows("\n".join((header, *lines)).encode(), read_column_map(columns)))


def one(line: str, **more: Any) -> BusEntry | EventError:
    [found] = rows(line, **more)
    return found


def problems(columns: str) -> list[tuple[str, str]]:
    with pytest.raises(ConfigurationError) as refusal:
        read_column_map(columns)
    return [(problem.path, problem.code) for problem in refusal.value.problems]


def test_a_row_becomes_an_approval() -> None:
    entry = one(ROW)
    assert isinstance(entry, BusEntry)
    event = approval_of(entry)
    assert (event.source, event.kind, event.tenant, event.currency) == ("old-till", "SaleDocument", "acme", "EUR")
    assert event.approved_at.isoformat() == "2026-07-01T07:30:00+00:00"
    assert event.version.revision == 2
    assert dict(event.entity) == {"Id": "A-1", "Total": "1234.50", "ReceiptNumber": "0017"}


def test_a_blank_cell_is_no_property_and_a_blank_line_no_row() -> None:
    entry = one("A-1;;5,00;01.07.2026 09:30;;\n;;;;;")
    assert isinstance(entry, BusEntry)
    event = approval_of(entry)
    assert dict(event.entity) == {"Id": "A-1", "Total": "5.00"}
    assert event.version.revision is None


def test_a_quoted_cell_may_hold_the_delimiter_and_a_line_break() -> None:
    entry = one('"A;1";"two\nlines";5,00;01.07.2026 09:30;1;')
    assert isinstance(entry, BusEntry)
    assert dict(approval_of(entry).entity)["Id"] == "A;1"


def test_the_plain_map_reads_plain_rows() -> None:
    columns = (
        "source: t\ndetailType: SalePaymentApproved\ntenantId: acme\ncurrencyColumn: cur\napprovedAt: at\n"
        "entity: {Id: id, Payment: paid}\n"
    )
    entry = one("7,12.30,GBP,2026-03-01T10:00:00Z", columns=columns, header="id,paid,cur,at")
    assert isinstance(entry, BusEntry)
    event = approval_of(entry)
    assert (event.currency, event.entity["Payment"]) == ("GBP", "12.30")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("A-1;0017;5,00", "The row has 3 columns; the first line has 6."),
        ("A-1;0017;5,00;2026-07-01;2;", "Column Approved at: Expected a moment of the form %d.%m.%Y %H:%M."),
        ("A-1;0017;5,00;01.07.2026 09:30;two;", "Column Version: Expected a whole number."),
        ("A-1;0017;5,00;01.07.1026 09:30;2;", "Expected an ISO 8601 instant"),
    ],
)
def test_a_row_that_does_not_fit_is_told_with_its_line_and_the_others_go_on(line: str, message: str) -> None:
    good, bad = rows(ROW, line)
    assert isinstance(good, BusEntry)
    assert isinstance(bad, EventError)
    assert bad.path.startswith("line 3")
    assert bad.message.startswith(message)


def test_a_moment_without_an_offset_asks_for_a_zone() -> None:
    columns = MAP.replace("timeZone: Europe/Berlin\n", "")
    bad = one(ROW, columns=columns)
    assert isinstance(bad, EventError)
    assert "timeZone" in bad.message


def test_quotes_that_do_not_match_end_the_file() -> None:
    good, bad = rows(ROW, '"A-2;0018')
    assert isinstance(good, BusEntry)
    assert isinstance(bad, EventError)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (("source: old-till\n", ""), [("source", "config_missing_key")]),
        (("approvedAt", "approvedat"), [("approvedAt", "config_missing_key"), ("approvedat", "config_unknown_key")]),
        (("SaleDocumentApproved", "Sale"), [("detailType", "config_wrong_value")]),
        (("Europe/Berlin", "Berlin"), [("timeZone", "config_wrong_value")]),
        (('decimal: ","', 'decimal: ";"'), [("decimal", "config_wrong_value")]),
        (('thousands: "."', 'thousands: ","'), [("thousands", "config_wrong_value")]),
        (("currency: EUR\n", ""), [("currency", "config_wrong_value")]),
        (("currency: EUR", "currency: EUR\ncurrencyColumn: Invoice"), [("currency", "config_wrong_value")]),
        (("entity:", "amounts: [Totl]\nentity:"), [("amounts", "config_wrong_value")]),
        (("source: old-till", "source: old-till\nsource: x"), [("line 3, column 1", "config_unreadable")]),
    ],
)
def test_a_wrong_map_is_refused_with_the_place(change: tuple[str, str], expected: list[tuple[str, str]]) -> None:
    assert problems(MAP.replace(*change)) == expected


def test_a_map_that_is_no_object_is_refused() -> None:
    assert problems("- a\n- b\n") == [("document", "config_wrong_value")]


def test_a_file_that_lacks_a_column_is_refused_before_any_row_with_the_nearest_name() -> None:
    with pytest.raises(ConfigurationError) as refusal:
        rows(ROW, header=HEADER.replace("Gross", "Gros"))
    [problem] = refusal.value.problems
    assert (problem.path, problem.code, problem.mend) == ("entity.Total", "column_map_mismatch", "Did you mean Gros?")


def test_a_column_that_stands_twice_and_a_file_that_is_not_utf_8_are_refused() -> None:
    with pytest.raises(ConfigurationError):
        rows(ROW, header=HEADER.replace("Cashier", "Gross"))
    with pytest.raises(ConfigurationError):
        list(read_rows(b"\xff\xfe", read_column_map(MAP)))
