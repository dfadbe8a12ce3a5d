"""A column map: how the rows of a CSV file become approvals. A small YAML document, kept beside the file.

source: old-till
detailType: SaleDocumentApproved
tenantId: acme
currency: GBP
approvedAt: Approved at
timeZone: Europe/London
entity:
  Id: Invoice
  Total: Gross
  ReceiptNumber: Number
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from ledgerpost.app.webhook import BusEntry
from ledgerpost.errors import ConfigurationError, EventError, Problem
from ledgerpost.wire.approval import DetailType
from ledgerpost.wire.approvals import bus_entry_of
from ledgerpost.wire.configuration_problems import problems_of
from ledgerpost.wire.document_text import values_of
from ledgerpost.wire.event_file import EventEntry
from ledgerpost.wire.forms import did_you_mean, form_of

AMOUNT_PROPERTIES = ("Total", "Payment")


def _zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError("no time zone")
    return value


Column = Annotated[str, Field(min_length=1, max_length=200)]


class ColumnMap(BaseModel):
    """The document of a column map."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, populate_by_name=False)

    source: str = Field(min_length=1, max_length=256, description="text: the Source of the approvals")
    detail_type: DetailType = Field(alias="detailType", description="a DetailType, such as SaleDocumentApproved")
    tenant_id: str = Field(min_length=1, max_length=64, alias="tenantId", description="text of 1 to 64 characters")
    approved_at: Column = Field(alias="approvedAt", description="the column with the moment of approval")
    entity: dict[str, Column] = Field(
        min_length=1, description="an object: the entity's properties, each with its column"
    )
    currency: str | None = Field(default=None, description="a code of ISO 4217 for every row, such as GBP")
    currency_column: Column | None = Field(
        default=None, alias="currencyColumn", description="the column with the currency, instead of currency"
    )
    revision: Column | None = Field(default=None, description="the column with the revision, a whole number")
    amounts: list[str] = Field(default=list(AMOUNT_PROPERTIES), description="a list of the properties that are amounts")
    decimal: Annotated[str, Field(pattern="^[.,]$")] = Field(default=".", description='the decimal sign: "." or ","')
    thousands: Annotated[str, Field(pattern="^[., ']?$")] = Field(
        default="", description="the sign between thousands: a dot, comma, blank or apostrophe"
    )
    delimiter: str = Field(default=",", min_length=1, max_length=1, description="the one sign between columns")
    time_format: str | None = Field(
        default=None, alias="timeFormat", description="the form of approvedAt, such as %d/%m/%Y %H:%M; else ISO 8601"
    )
    time_zone: Annotated[str, AfterValidator(_zone)] | None = Field(
        default=None, alias="timeZone", description="an IANA time zone for moments without an offset"
    )

    def columns(self) -> Iterator[tuple[str, str]]:
        """Give each column that the map names, with its place in the document."""
        yield "approvedAt", self.approved_at
        yield from (("currencyColumn", name) for name in (self.currency_column,) if name is not None)
        yield from (("revision", name) for name in (self.revision,) if name is not None)
        yield from ((f"entity.{name}", column) for name, column in self.entity.items())


def read_column_map(text: str) -> ColumnMap:
    """Read a column map. Raises ConfigurationError with all problems, each with its place and its mend."""
    values = values_of(text)
    if not isinstance(values, dict):
        message = f"Expected an object, the column map; found {form_of(values)}."
        raise ConfigurationError([Problem("document", message, "Write keys and values.", "config_wrong_value")])
    try:
        found = ColumnMap.model_validate(values)
    except ValidationError as error:
        raise ConfigurationError(problems_of(error, ColumnMap)) from None
    problems = list(_faults_of(found))
    if problems:
        raise ConfigurationError(problems)
    return found


def _faults_of(found: ColumnMap) -> Iterator[Problem]:
    if (found.currency is None) == (found.currency_column is None):
        message = "The map needs either one currency for all rows or the column that has it."
        yield Problem("currency", message, "Write currency or currencyColumn, not both.", "config_wrong_value")
    if found.decimal == found.thousands:
        message = "The sign between thousands is the decimal sign."
        yield Problem("thousands", message, "Leave it out, or write the other sign.", "config_wrong_value")
    strange = [name for name in found.amounts if name not in found.entity and name not in AMOUNT_PROPERTIES]
    for name in strange:
        hint = did_you_mean(name, found.entity)
        yield Problem("amounts", "One of them is no property of entity.", hint or "Remove it.", "config_wrong_value")


def read_rows(content: bytes, columns: ColumnMap) -> Iterator[BusEntry | EventError]:
    """Give the approval of each row, in order, and an EventError with its line for each row that makes none.

    Blank cells are properties that the entity does not have. Raises ConfigurationError where the file's first line
    lacks a column of the map, or the file is not UTF-8.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"Byte {error.start + 1} of the file is not UTF-8."
        raise ConfigurationError([Problem("file", message, "Save the file as UTF-8.", "config_unreadable")]) from None
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=columns.delimiter, strict=True)
    header = [name.strip() for name in next(reader, [])]
    _check_header(header, columns)
    while True:
        try:
            row = next(reader, None)
        except csv.Error:
            yield _bad(reader.line_num, "The row's quotes do not match.")
            return
        if row is None:
            return
        if any(cell.strip() for cell in row):
            yield _approval_of(row, header, columns, reader.line_num)


def _check_header(header: Sequence[str], columns: ColumnMap) -> None:
    doubled = sorted({name for name in header if name and header.count(name) > 1})
    named = {column for _, column in columns.columns()}
    problems = [
        Problem("file", f"The column {name} stands twice in the first line.", "Rename one.", "column_map_mismatch")
        for name in doubled
        if name in named
    ]
    for place, column in columns.columns():
        if column not in header:
            message = "The file's first line has no such column."
            hint = did_you_mean(column, header) or f"The file has: {', '.join(filter(None, header)) or 'nothing'}."
            problems.append(Problem(place, message, hint, "column_map_mismatch"))
    if problems:
        raise ConfigurationError(problems)


def _approval_of(row: Sequence[str], header: Sequence[str], columns: ColumnMap, line: int) -> BusEntry | EventError:
    if len(row) != len(header):
        return _bad(line, f"The row has {len(row)} columns; the first line has {len(header)}.")
    cells = dict(zip(header, (cell.strip() for cell in row), strict=True))
    try:
        detail = json.dumps(_detail_of(cells, columns), ensure_ascii=False, separators=(",", ":"))
    except _BadCell as bad:
        return _bad(line, f"Column {bad.column}: {bad.message}")
    entry = EventEntry(line=line, source=columns.source, detail_type=columns.detail_type, time=None, detail=detail)
    try:
        return bus_entry_of(entry)
    except EventError as error:
        return error


def _detail_of(cells: Mapping[str, str], columns: ColumnMap) -> dict[str, Any]:
    detail: dict[str, Any] = {"schemaVersion": "1", "tenantId": columns.tenant_id}
    if columns.revision is not None and cells[columns.revision]:
        detail["revision"] = _whole_number(cells, columns.revision)
    detail["approvedAt"] = _moment(cells, columns)
    detail["currency"] = columns.currency or cells[columns.currency_column or ""]
    filled = ((name, column) for name, column in columns.entity.items() if cells[column])
    detail["entity"] = {
        name: _amount(cells[column], columns) if name in columns.amounts else cells[column] for name, column in filled
    }
    return detail


class _BadCell(Exception):  # noqa: N818 - control flow inside this module, never seen outside
    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column
        self.message = message


def _whole_number(cells: Mapping[str, str], column: str) -> int:
    text = cells[column]
    if not (text.isascii() and text.isdecimal()):
        raise _BadCell(column, "Expected a whole number.")
    return int(text)


def _moment(cells: Mapping[str, str], columns: ColumnMap) -> str:
    text = cells[columns.approved_at]
    try:
        moment = (
            datetime.strptime(text, columns.time_format) if columns.time_format else datetime.fromisoformat(text)  # noqa: DTZ007 - the zone follows
        )
    except ValueError:
        form = f"the form {columns.time_format}" if columns.time_format else "ISO 8601"
        raise _BadCell(columns.approved_at, f"Expected a moment of {form}.") from None
    if moment.tzinfo is None:
        if columns.time_zone is None:
            raise _BadCell(columns.approved_at, "The moment has no offset; name a timeZone in the map.")
        moment = moment.replace(tzinfo=ZoneInfo(columns.time_zone))
    return moment.isoformat()


def _amount(text: str, columns: ColumnMap) -> str:
    """Give an amount with a decimal point and nothing between thousands; whether it is one, mapping says."""
    joined = text.replace(columns.thousands, "") if columns.thousands else text
    return joined.replace(columns.decimal, ".") if columns.decimal != "." else joined


def _bad(line: int, message: str) -> EventError:
    return EventError("malformed_event", message, path=f"line {line}")
