"""Files of events: exact texts out, and one bad line never loses the others."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledgerpost.wire.approval import read_event
from ledgerpost.wire.event_file import BadLine, EventEntry, read_entries

HEAD = '"Source": "stocksmart", "DetailType": "SaleDocumentApproved", "Time": "2010-12-01T08:26:00Z"'


def line_of(detail: str) -> str:
    return f'{{{HEAD}, "Detail": {detail}}}'


def entries_of(content: str | bytes) -> list[EventEntry | BadLine]:
    return list(read_entries(content.encode() if isinstance(content, str) else content, "events.jsonl"))


def only_bad(content: str | bytes) -> BadLine:
    (bad,) = entries_of(content)
    assert isinstance(bad, BadLine)
    return bad


def test_an_object_detail_keeps_its_very_text() -> None:
    detail = '{"entity":  {"Total":508.20000000000005, "Tax": 1E+2,"Zero":-0.0 , "s":"a}\\"{"}}'
    assert entries_of(line_of(detail)) == [
        EventEntry(1, "stocksmart", "SaleDocumentApproved", "2010-12-01T08:26:00Z", detail)
    ]


def test_a_text_detail_is_handed_on_as_it_is() -> None:
    detail = '{"entity": {"Total": 508.20000000000005}}'
    (entry,) = entries_of(line_of(json.dumps(detail)))
    assert isinstance(entry, EventEntry)
    assert entry.detail == detail


NUMBERS = st.from_regex(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)


@given(st.lists(NUMBERS, max_size=5), st.text(max_size=20))
def test_no_number_changes_between_the_file_and_the_event(numbers: list[str], text: str) -> None:
    entity = f'{{"Id": {json.dumps(text)}, "N": [{", ".join(numbers)}]}}'
    detail = f'{{"tenantId":"acme","approvedAt":"2010-12-01T08:26:00Z","currency":"GBP","entity":{entity}}}'
    (entry,) = entries_of(line_of(detail))
    assert isinstance(entry, EventEntry)
    assert entry.detail == detail
    read = read_event(entry.envelope("event-1", time="2010-12-01T08:26:00Z")).entity["N"]
    assert [Decimal(number) for number in read] == [Decimal(number) for number in numbers]


def test_the_lines_around_a_bad_one_go_on() -> None:
    found = entries_of(f"{line_of('{}')}\n{{oops\n\n   \n{line_of('{}')}\n")
    assert [type(entry) for entry in found] == [EventEntry, BadLine, EventEntry]
    assert [entry.line for entry in found] == [1, 2, 5]


def test_a_bad_line_names_the_file_the_line_and_the_mend() -> None:
    bad = next(entry for entry in entries_of(f"{line_of('{}')}\n{{oops\n") if isinstance(entry, BadLine))
    assert str(bad).startswith("events.jsonl, line 2: It is not JSON")
    assert bad.mend == "Write one JSON object a line."
    assert (bad.error.code, bad.error.path) == ("malformed_event", "events.jsonl:2")
    assert bad.text == "{oops"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[1, 2]", "found a list of 2"),
        ("7", "found a whole number"),
        (line_of("[]"), "found a list of 0"),
        (line_of('"no json"'), "found text that is not JSON"),
        (line_of('"[1]"'), "that of a list of 1"),
        (line_of("null"), "found null"),
        (line_of('{"a": NaN}'), "NaN"),
        (line_of("{}") + "{}", "Extra data"),
        ('{"DetailType": "X", "Detail": {}}', "Source is missing"),
        ('{"Source": "", "DetailType": "X", "Detail": {}}', "found empty text"),
        ('{"Source": "s", "DetailType": 3, "Detail": {}}', "found a whole number"),
        ('{"Source": "s", "Source": "t", "DetailType": "X", "Detail": {}}', "stands twice"),
        ('{"Source": "s", "DetailType": "X", "Detail": {}, "Time": "noon"}', "Time: expected an ISO 8601 instant"),
        ('{"Source": "s", "DetailType": "X", "Detail": {}, "Time": 5}', "Time: expected an ISO 8601 instant"),
        ('{"Source": "s", "DetailType": "X", "Detail": {}, "Time": "2010-12-01T08:26:00"}', "Time: expected"),
    ],
)
def test_a_line_that_is_no_entry_says_why(line: str, said: str) -> None:
    assert said in only_bad(line).message


def test_a_misspelt_key_is_told_with_the_right_one() -> None:
    assert only_bad('{"Source": "s", "detailType": "X", "Detail": {}}').mend == "Rename detailType to DetailType."


def test_a_line_that_is_not_utf_8_is_told_by_its_byte() -> None:
    bad = only_bad(b'{"Source": "caf\xe9"}')
    assert bad.message == "Byte 16 of the line is not UTF-8."


def test_a_byte_order_mark_and_windows_line_ends_are_let_be() -> None:
    found = entries_of(b"\xef\xbb\xbf" + f"{line_of('{}')}\r\n{line_of('{}')}\r\n".encode())
    assert [entry.line for entry in found if isinstance(entry, EventEntry)] == [1, 2]


def test_one_entry_over_several_lines_is_one_entry() -> None:
    (entry,) = entries_of(json.dumps(json.loads(line_of('{"entity": {"Total": 1.5}}')), indent=2))
    assert isinstance(entry, EventEntry)
    assert json.loads(entry.detail) == {"entity": {"Total": 1.5}}


def test_a_list_of_entries_is_read_with_the_line_of_each() -> None:
    found = entries_of(f"[\n{line_of('{}')},\n{{}},\n{line_of('{}')}\n]")
    assert [(type(entry), entry.line) for entry in found] == [(EventEntry, 2), (BadLine, 3), (EventEntry, 4)]


def test_a_document_that_breaks_off_is_one_fault_and_not_one_a_line() -> None:
    assert "It is not JSON" in only_bad('{\n  "Source": "s",\n  "DetailType":\n}\n').message


def test_a_first_line_that_breaks_off_does_not_take_the_others_along() -> None:
    found = entries_of(f'{{"Source": "s",\n{line_of("{}")}\n')
    assert [type(entry) for entry in found] == [BadLine, EventEntry]


@pytest.mark.parametrize("content", ["", "\n\n", "  \r\n", b"\xef\xbb\xbf"])
def test_an_empty_file_has_no_entries(content: str | bytes) -> None:
    assert entries_of(content) == []


def test_an_entry_without_time_takes_that_of_the_bus() -> None:
    (entry,) = entries_of('{"Source": "s", "DetailType": "X", "Detail": {}}')
    assert isinstance(entry, EventEntry)
    assert json.loads(entry.envelope("e", time="2026-01-01T00:00:00Z"))["time"] == "2026-01-01T00:00:00Z"


def test_an_envelope_cannot_be_reshaped_from_inside_its_texts() -> None:
    (entry,) = entries_of('{"Source": "s\\", \\"id\\": \\"x", "DetailType": "X", "Detail": "{\\"id\\": \\"y\\"}"}')
    assert isinstance(entry, EventEntry)
    envelope = json.loads(entry.envelope("e", time="2026-01-01T00:00:00Z"))
    assert (envelope["id"], envelope["source"], envelope["detail"]) == ("e", 's", "id": "x', {"id": "y"})
