"""The approval event as the bus delivers it, validated. Source: design, section 3.1; Amazon EventBridge, events.

Keys beside the contract's are accepted and ignored, so that a publisher may add; `entity` is open. Nothing that is
found is quoted in an error: it may be a person's name.
"""

import json
import re
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from ledgerpost.domain.event import KIND_BY_DETAIL_TYPE, ApprovalEvent
from ledgerpost.domain.money import MoneyError, exponent_of
from ledgerpost.errors import EventError
from ledgerpost.wire.forms import did_you_mean, form_of, path_of
from ledgerpost.wire.message import event_of, read_json

EVENT_BYTES_MAX = 262_144
"""Bytes of an event as UTF-8. Source: Amazon EventBridge, PutEvents entry size (256 KB)."""

SCHEMA_VERSION = "1"
YEAR_MIN, YEAR_MAX = 1900, 9998
"""Years of an approval: outside of them lie the unset dates of source systems, and days that no zone can shift."""

_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def _known_detail_type(value: str) -> str:
    if value not in KIND_BY_DETAIL_TYPE:
        hint = did_you_mean(value, KIND_BY_DETAIL_TYPE)
        known = ", ".join(KIND_BY_DETAIL_TYPE)
        message = f"This DetailType is not known. {hint}".strip() + f" Known are {known}."
        raise PydanticCustomError("unknown_detail_type", "{message}", {"message": message})
    return value


def _supported_version(value: str) -> str:
    if value != SCHEMA_VERSION:
        raise PydanticCustomError(
            "unsupported_schema_version", 'Expected "1", the only version that this release reads.'
        )
    return value


def _instant(value: str) -> str:
    try:
        moment = datetime.fromisoformat(value)
        year = moment.astimezone(UTC).year if moment.tzinfo else 0
    except (ValueError, OverflowError):
        raise PydanticCustomError("instant", "no instant") from None
    if not YEAR_MIN <= year <= YEAR_MAX:
        raise PydanticCustomError("instant", "no instant")
    return value


def _not_blank(value: str) -> str:
    if not value.strip():
        raise PydanticCustomError("blank", "blank")
    return value


def _currency(value: str) -> str:
    try:
        exponent_of(value)
    except MoneyError:
        raise PydanticCustomError("currency_unknown", "Expected a code of ISO 4217 in capitals, such as GBP.") from None
    return value


Text = Annotated[str, Field(min_length=1), AfterValidator(_not_blank)]

DetailType = Annotated[
    str, AfterValidator(_known_detail_type), Field(json_schema_extra={"enum": list(KIND_BY_DETAIL_TYPE)})
]


class ApprovalDetail(BaseModel):
    """What was approved, and which version of it."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    schema_version: Annotated[str, AfterValidator(_supported_version)] = Field(
        default=SCHEMA_VERSION,
        alias="schemaVersion",
        description='the text "1" (also where it is missing)',
        json_schema_extra={"enum": [SCHEMA_VERSION]},
    )
    tenant_id: Text = Field(max_length=64, alias="tenantId", description="text of 1 to 64 characters")
    revision: Annotated[int, Field(ge=0, le=2**63 - 1)] | None = Field(
        default=None, description="a whole number from 0; it orders the versions of one entity"
    )
    approved_at: Annotated[str, AfterValidator(_instant)] = Field(
        alias="approvedAt",
        description="an ISO 8601 instant with its offset, such as 2010-12-01T08:26:00Z, from 1900 on",
        json_schema_extra={"format": "date-time"},
    )
    currency: Annotated[str, AfterValidator(_currency)] = Field(
        description="a code of ISO 4217 in capitals, such as GBP", json_schema_extra={"pattern": "^[A-Z]{3}$"}
    )
    entity: dict[str, Any] = Field(description="an object: the transaction, any properties in PascalCase")


class EventEnvelope(BaseModel):
    """An event as EventBridge writes it into a queue."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)

    id: Text = Field(max_length=128, description="text of 1 to 128 characters")
    detail_type: DetailType = Field(alias="detail-type", description="the text of a known DetailType")
    source: Text = Field(max_length=256, description="text of 1 to 256 characters")
    time: str | None = Field(default=None, description="text: an ISO 8601 instant")
    detail: ApprovalDetail = Field(description="an object")


def read_event(body: str) -> ApprovalEvent:
    """Read the body of an intake message, numbers exactly.

    Raises EventError with the path of the culprit and the code malformed_event, unknown_detail_type,
    unsupported_schema_version, currency_unknown or event_too_large.
    """
    envelope = _parse(body)
    try:
        EventEnvelope.model_validate(envelope)
    except ValidationError as error:
        raise _event_error(error) from None
    return event_of(envelope, body)


def _parse(body: str) -> dict[str, Any]:
    try:
        size = len(body.encode())
        if size > EVENT_BYTES_MAX:
            raise EventError("event_too_large", f"Expected at most {EVENT_BYTES_MAX} bytes; found {size}.")
        envelope = read_json(body)
        if _ESCAPED_SURROGATE.search(body):
            _assert_is_unicode(envelope)
    except UnicodeEncodeError:
        raise EventError(
            "malformed_event", "The event holds half a surrogate pair, which is no Unicode text."
        ) from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise EventError("malformed_event", f"Expected JSON; found none at {where}: {error.msg}.") from None
    except ValueError:
        message = "Expected JSON; found NaN, Infinity, a number beyond all range, or objects nested too deeply."
        raise EventError("malformed_event", message) from None
    if not isinstance(envelope, dict):
        raise EventError("malformed_event", f"Expected an object, the event; found {form_of(envelope)}.")
    return envelope


def _assert_is_unicode(value: Any) -> None:
    """Raise UnicodeEncodeError where an escape left half a surrogate pair: no ledger and no store could take it."""
    json.dumps(value, ensure_ascii=False, default=str).encode()


_OWN_CODES = ("unknown_detail_type", "unsupported_schema_version", "currency_unknown")
"""Error types that are codes of the catalogue; the first two come first, since they explain what follows."""


def _event_error(error: ValidationError) -> EventError:
    culprit = min(error.errors(include_url=False), key=_rank)
    path = path_of(culprit["loc"])
    if culprit["type"] in _OWN_CODES:
        return EventError(culprit["type"], culprit["msg"], path=path)
    expected = _description_of(culprit["loc"])
    if culprit["type"] == "missing":
        return EventError("malformed_event", f"It is missing; expected {expected}.", path=path)
    return EventError("malformed_event", f"Expected {expected}; found {_found(culprit)}.", path=path)


def _found(culprit: ErrorDetails) -> str:
    form = form_of(culprit["input"])
    return f"{form} that is none" if culprit["type"] == "instant" else form


def _rank(culprit: ErrorDetails) -> int:
    ranks = {"unknown_detail_type": 0, "unsupported_schema_version": 1}
    return ranks.get(culprit["type"], 2)


def _description_of(location: tuple[str | int, ...]) -> str:
    model: type[BaseModel] = EventEnvelope if len(location) < 2 else ApprovalDetail
    name = location[min(len(location), 2) - 1]
    fields = model.model_fields
    field = next(field for key, field in fields.items() if name in (key, field.alias))
    return field.description or "another form"
