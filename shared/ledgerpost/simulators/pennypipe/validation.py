"""Reads a posted body strictly: exact numbers, a closed schema, every violation with its path.

Source: reference/pennypipe.md §3.2 (limits) and §3.4 (which error). A number that cannot be read is 400 `malformed`; a
number that can be read and breaks a rule is 422 `validation`.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, TypeGuard

from ledgerpost.simulators.pennypipe.problems import FieldError, malformed, unprocessable

REFERENCE_CHARACTERS_MAX: Final = 200
NOTE_CHARACTERS_MAX: Final = 2000
TAGS_MAX: Final = 20
TAG_CHARACTERS_MAX: Final = 64
AMOUNT_DECIMALS_MAX: Final = 4
AMOUNT_INTEGER_DIGITS_MAX: Final = 15
"""Ours: the sheet names no largest amount, and a number without a limit is a way to fill the memory."""
BATCH_ENTRIES_MAX: Final = 100

_ENVELOPE_KEYS: Final = {key: frozenset({key, "createMissingTags"}) for key in ("entry", "entries")}
_ENTRY_KEYS: Final = frozenset({"referenceId", "type", "amount", "date", "note", "tagNames", "customFieldValues"})
_VALUE_KEYS: Final = frozenset({"fieldDefinitionId", "value"})
_DECIMAL_TEXT: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?", re.ASCII)
_DATE_TEXT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


@dataclass(frozen=True, slots=True)
class SentValue:
    """A custom field value as sent: any JSON value, numbers as Decimal or int."""

    field_id: str
    value: object


@dataclass(frozen=True, slots=True)
class EntryDraft:
    """An entry that satisfies every rule that needs no account. `amount` > 0, in the account's currency."""

    reference_id: str | None
    type: str
    amount: Decimal
    date: str
    note: str | None
    tag_names: tuple[str, ...]
    values: tuple[SentValue, ...]


class Findings:
    """The violations found so far under one path of the body."""

    __slots__ = ("_path", "errors")

    def __init__(self, path: str) -> None:
        self.errors: list[FieldError] = []
        self._path = path

    def add(self, path: str, message: str) -> None:
        """Note one violation; `path` is relative."""
        self.errors.append(FieldError(f"{self._path}.{path}" if self._path else path, message))

    def closed(self, value: Mapping[str, object], allowed: frozenset[str], prefix: str = "") -> None:
        """Note each key that the schema has not."""
        if value.keys() <= allowed:
            return
        for key in value:
            if key not in allowed:
                self.add(prefix + key, "unknown property")

    def settle(self) -> None:
        """Raise 422 `validation` if there is a violation."""
        if self.errors:
            raise unprocessable("validation", self.errors)


def read_json(body: bytes) -> object:
    """The JSON value of a body, fractions as Decimal. Raises 400 `malformed`."""
    try:
        value: object = _DECODER.decode(body.decode())
        if b"\\u" in body:  # only an escape can hold half a surrogate pair, which no text in UTF-8 can
            json.dumps(value, ensure_ascii=False, default=str).encode()
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise malformed(f"the body is not JSON: {error}") from None
    return value


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is not a JSON number")


_DECODER: Final = json.JSONDecoder(parse_float=Decimal, parse_constant=_refuse_constant)
"""Kept, because `json.loads` with these arguments builds one for each call."""


def read_envelope(document: object, key: str) -> tuple[object, bool]:
    """The value at `key` and `createMissingTags` (default false). Raises 422 `validation`."""
    if not isinstance(document, dict):
        raise unprocessable("validation", [FieldError("", "the body must be an object")])
    findings = Findings("")
    findings.closed(document, _ENVELOPE_KEYS[key])
    if key not in document:
        findings.add(key, "is required")
    create_missing_tags = document.get("createMissingTags", False)
    if not isinstance(create_missing_tags, bool):
        findings.add("createMissingTags", "must be true or false")
    findings.settle()
    return document[key], create_missing_tags is True


def read_batch(document: object) -> tuple[list[object], bool]:
    """The 1 to 100 entries of a batch, unread, and `createMissingTags`. Raises 422 `validation`."""
    entries, create_missing_tags = read_envelope(document, "entries")
    if not isinstance(entries, list) or not 1 <= len(entries) <= BATCH_ENTRIES_MAX:
        raise unprocessable("validation", [FieldError("entries", f"must be a list of 1 to {BATCH_ENTRIES_MAX}")])
    return entries, create_missing_tags


def reference_of(entry: object) -> str | None:
    """The reference a posted entry asks for, if it is text; nothing else is checked."""
    reference = entry.get("referenceId") if isinstance(entry, dict) else None
    return reference if isinstance(reference, str) else None


def read_entry(entry: object, path: str) -> EntryDraft:
    """The entry at `path` of the body. Raises 400 `malformed` or 422 `validation` with every path at fault."""
    if not isinstance(entry, dict):
        raise unprocessable("validation", [FieldError(path, "must be an object")])
    findings = Findings(path)
    findings.closed(entry, _ENTRY_KEYS)
    draft = EntryDraft(
        reference_id=_text(entry.get("referenceId"), 1, REFERENCE_CHARACTERS_MAX, "referenceId", findings),
        type=_type(entry.get("type"), findings),
        amount=_amount(entry.get("amount"), findings),
        date=_date(entry.get("date"), findings),
        note=_text(entry.get("note"), 0, NOTE_CHARACTERS_MAX, "note", findings),
        tag_names=_tag_names(entry.get("tagNames", []), findings),
        values=_values(entry.get("customFieldValues", []), findings),
    )
    findings.settle()
    return draft


def _text(value: object, shortest: int, longest: int, path: str, findings: Findings) -> str | None:
    if value is None:
        return None
    if isinstance(value, str) and shortest <= len(value) <= longest:
        return value
    findings.add(path, f"must be text of {shortest} to {longest} characters")
    return None


def _type(value: object, findings: Findings) -> str:
    if value == "credit":
        return "credit"
    if value != "debit":
        findings.add("type", "must be credit or debit")
    return "debit"


def _amount(value: object, findings: Findings) -> Decimal:
    amount = read_decimal(value)
    if amount is None:
        if isinstance(value, str):
            raise malformed(f"the amount {value[:40]!r} is not a decimal number")
        findings.add("amount", "is required: a decimal number, as text or as a JSON number")
        return Decimal(0)
    exponent = amount.as_tuple().exponent
    if amount <= 0:
        findings.add("amount", "must be greater than 0")
    elif isinstance(exponent, int) and exponent < -AMOUNT_DECIMALS_MAX:
        findings.add("amount", f"must have at most {AMOUNT_DECIMALS_MAX} decimals")
    elif amount.adjusted() >= AMOUNT_INTEGER_DIGITS_MAX:
        findings.add("amount", f"must have at most {AMOUNT_INTEGER_DIGITS_MAX} digits before the point")
    return amount


def read_decimal(value: object) -> Decimal | None:
    """The exact number of a JSON number or of plain decimal text; None if it is neither."""
    if isinstance(value, str):
        return Decimal(value) if _DECIMAL_TEXT.fullmatch(value) else None
    if isinstance(value, Decimal):
        return value
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else None


def is_date(value: object) -> TypeGuard[str]:
    """Whether a value is a day of the calendar, written YYYY-MM-DD."""
    if not isinstance(value, str) or not _DATE_TEXT.fullmatch(value):
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _date(value: object, findings: Findings) -> str:
    if is_date(value):
        return value
    findings.add("date", "must be a day of the calendar, written YYYY-MM-DD")
    return ""


def _tag_names(value: object, findings: Findings) -> tuple[str, ...]:
    if not isinstance(value, list) or len(value) > TAGS_MAX:
        findings.add("tagNames", f"must be a list of at most {TAGS_MAX}")
        return ()
    names: list[str] = []
    for index, name in enumerate(value):
        if isinstance(name, str) and 1 <= len(name) <= TAG_CHARACTERS_MAX and not name.isspace():
            names.append(name)
        else:
            findings.add(f"tagNames[{index}]", f"must be text of 1 to {TAG_CHARACTERS_MAX} characters, not blank")
    return tuple(names)


def _values(value: object, findings: Findings) -> tuple[SentValue, ...]:
    if not isinstance(value, list):
        findings.add("customFieldValues", "must be a list")
        return ()
    sent = tuple(_value(item, f"customFieldValues[{index}].", findings) for index, item in enumerate(value))
    seen: set[str] = set()
    for index, item in enumerate(sent):
        if item.field_id in seen:
            findings.add(f"customFieldValues[{index}].fieldDefinitionId", "is given twice")
        seen.add(item.field_id)
    return sent


def _value(item: object, prefix: str, findings: Findings) -> SentValue:
    if not isinstance(item, dict) or not isinstance(item.get("fieldDefinitionId"), str) or "value" not in item:
        findings.add(prefix[:-1], "must be an object with fieldDefinitionId, as text, and value")
        return SentValue(prefix, None)
    findings.closed(item, _VALUE_KEYS, prefix)
    return SentValue(item["fieldDefinitionId"].lower(), item["value"])
