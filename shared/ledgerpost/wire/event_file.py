"""Files of approval events: PutEvents entries, one a line (JSON Lines), or one JSON document of one or several.

`Detail` is handed on as the text that stands in the file, also where it is an object: it is cut out, never read and
written anew, so no number changes on the way. Source: design, section 3.1; Amazon EventBridge, PutEventsRequestEntry.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from ledgerpost.errors import EventError
from ledgerpost.wire.forms import did_you_mean, form_of
from ledgerpost.wire.message import read_json

KEYS = ("Source", "DetailType", "EventBusName", "Time", "Detail", "Resources", "TraceHeader")
"""What a PutEvents entry may hold; other keys are ignored."""

_SPACE = re.compile(r"[ \t\r\n]*")
_OPENINGS = (b"{", b"[", b"[{")
"""First lines of a document over several lines, also of one that is no JSON further down."""

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class EventEntry:
    """An entry ready for the bus. `line` counts from 1; `time` is None where the bus has to set it."""

    line: int
    source: str
    detail_type: str
    time: str | None
    detail: str

    def envelope(self, event_id: str, *, time: str) -> str:
        """Give the event as the bus writes it into a queue, under `event_id`; `time` where the entry has none."""
        head = {
            "version": "0",
            "id": event_id,
            "detail-type": self.detail_type,
            "source": self.source,
            "account": "000000000000",
            "time": self.time or time,
            "region": "local",
            "resources": [],
        }
        return f'{json.dumps(head, ensure_ascii=False)[:-1]}, "detail": {self.detail}}}'


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no entry: which one, the code of the catalogue, what is wrong and how to mend it.

    `text` is the line as it stands, to be set aside with it; it is never shown or logged.
    """

    file: str
    line: int
    code: str
    message: str
    mend: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.message} {self.mend}"

    @property
    def error(self) -> EventError:
        """The same as an error, for who treats it like an event that cannot be understood."""
        return EventError(self.code, f"{self.message} {self.mend}", path=f"{self.file}:{self.line}")


class _Bad(Exception):  # noqa: N818 - control flow inside this module, never seen outside
    def __init__(self, message: str, mend: str) -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend


class _Member(NamedTuple):
    value: Any
    text: str


def read_entries(content: bytes, file: str) -> Iterator[EventEntry | BadLine]:
    """Give the entries of a file's content in their order, and a BadLine for each line that is none: the others go on.

    Blank lines are passed over, and a byte order mark at the start is allowed. A file that is one JSON document over
    several lines is read as that: one entry, or a list of them. `file` names the file in messages.
    """
    content = content.removeprefix(_BYTE_ORDER_MARK)
    lines = content.split(b"\n")
    first = next((line.strip() for line in lines if line.strip()), b"")
    if not _is_json(first) and (first in _OPENINGS or _is_json(content)):
        yield from _read_document(content, file)
        return
    for number, line in enumerate(lines, start=1):
        if line.strip():
            yield _read_line(line, number, file)


def _is_json(line: bytes) -> bool:
    try:
        read_json(line.decode())
    except ValueError:
        return False
    return True


def _read_document(content: bytes, file: str) -> Iterator[EventEntry | BadLine]:
    if not _is_json(content):
        yield _read_line(content, 1, file)
        return
    text = content.decode()
    start = _skip_space(text, 0)
    spans = _elements(text, start) if text[start] == "[" else iter([(start, len(text))])
    for begin, end in spans:
        yield _read_text(text[begin:end], text.count("\n", 0, begin) + 1, file)


def _read_line(line: bytes, number: int, file: str) -> EventEntry | BadLine:
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        return BadLine(
            file=file,
            line=number,
            code="malformed_event",
            message=f"Byte {error.start + 1} of the line is not UTF-8.",
            mend="Save the file as UTF-8.",
            text=line.decode(errors="replace"),
        )
    return _read_text(text, number, file)


def _read_text(text: str, number: int, file: str) -> EventEntry | BadLine:
    try:
        return _entry_of(_members_of(text), number)
    except _Bad as bad:
        return BadLine(file, number, "malformed_event", bad.message, bad.mend, text)


def _members_of(text: str) -> dict[str, _Member]:
    try:
        value = read_json(text)
    except json.JSONDecodeError as error:
        raise _Bad(f"It is not JSON: {error.msg} at {_place(error)}.", "Write one JSON object a line.") from None
    except ValueError:
        message = "It holds NaN, Infinity, a number beyond all range, or objects nested too deeply."
        raise _Bad(message, "Write numbers as JSON has them.") from None
    if not isinstance(value, dict):
        raise _Bad(f"Expected an object; found {form_of(value)}.", "Write one PutEvents entry a line.")
    return _cut_members(text)


def _place(error: json.JSONDecodeError) -> str:
    line = f"line {error.lineno}, " if error.lineno > 1 else ""
    return f"{line}column {error.colno}"


def _cut_members(text: str) -> dict[str, _Member]:
    """Give the members of the object that `text` is known to hold, each with the very text of its value."""
    decoder = json.JSONDecoder(parse_float=str)
    members: dict[str, _Member] = {}
    at = _skip_space(text, _skip_space(text, 0) + 1)
    while text[at] != "}":
        key, at = decoder.raw_decode(text, at)
        begin = _skip_space(text, _skip_space(text, at) + 1)
        value, end = decoder.raw_decode(text, begin)
        if key in members:
            raise _Bad(f"The key {key} stands twice.", "Keep one of the two.")
        members[key] = _Member(value, text[begin:end])
        at = _next_item(text, end)
    return members


def _elements(text: str, start: int) -> Iterator[tuple[int, int]]:
    """Give where each element of the list at `start` begins and ends."""
    decoder = json.JSONDecoder(parse_float=str)
    at = _skip_space(text, start + 1)
    while text[at] != "]":
        _, end = decoder.raw_decode(text, at)
        yield at, end
        at = _next_item(text, end)


def _next_item(text: str, end: int) -> int:
    at = _skip_space(text, end)
    return _skip_space(text, at + 1) if text[at] == "," else at


def _skip_space(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    assert match is not None, "the pattern matches nothing at all"
    return match.end()


def _entry_of(members: dict[str, _Member], number: int) -> EventEntry:
    return EventEntry(
        line=number,
        source=_text_member(members, "Source"),
        detail_type=_text_member(members, "DetailType"),
        time=_time_of(members),
        detail=_detail_of(members),
    )


def _member(members: dict[str, _Member], key: str) -> _Member:
    if key in members:
        return members[key]
    near = next((name for name in members if name not in KEYS and key in did_you_mean(name, KEYS)), None)
    mend = f"Rename {near} to {key}." if near else f"Add {key}; an entry has Source, DetailType and Detail."
    raise _Bad(f"{key} is missing.", mend)


def _text_member(members: dict[str, _Member], key: str) -> str:
    value = _member(members, key).value
    if not isinstance(value, str) or not value.strip():
        raise _Bad(f"{key}: expected text; found {form_of(value)}.", f"Write {key} as text.")
    return value


def _time_of(members: dict[str, _Member]) -> str | None:
    value = members["Time"].value if "Time" in members else None
    if value is None:
        return None
    try:
        assert_aware = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        assert_aware = None
    if assert_aware is None or assert_aware.tzinfo is None:
        message = f"Time: expected an ISO 8601 instant with its offset; found {form_of(value)} that is none."
        raise _Bad(message, "Write it like 2010-12-01T08:26:00Z, or leave it out.")
    return str(value)


def _detail_of(members: dict[str, _Member]) -> str:
    member = _member(members, "Detail")
    if isinstance(member.value, dict):
        return member.text
    mend = "Write Detail as an object, or as the JSON text of one."
    if not isinstance(member.value, str):
        raise _Bad(f"Detail: expected an object or its JSON text; found {form_of(member.value)}.", mend)
    try:
        inner = read_json(member.value)
    except ValueError:
        raise _Bad("Detail: expected an object or its JSON text; found text that is not JSON.", mend) from None
    if not isinstance(inner, dict):
        raise _Bad(f"Detail: expected the JSON text of an object; found that of {form_of(inner)}.", mend)
    return member.value
