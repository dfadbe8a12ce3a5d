"""What a page is asked with: one request as plain values, read from an HTTP API event (payload 2.0)."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.parser import Parser
from email.policy import HTTP
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

from ledgerpost.console.caller import Caller
from ledgerpost.errors import UsageError

BODY_CHARACTERS_MAX = 6_000_000
"""No more reaches a function. Source: AWS Lambda quotas, 6 MB of a synchronous invocation."""

FIELDS_MAX = 1000

FORM_TYPE = "application/x-www-form-urlencoded"
PARTS_TYPE = "multipart/form-data"
JSON_TYPE = "application/json"


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of a form or of a query, each with all its values, in their order."""

    values: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @classmethod
    def of_text(cls, text: str) -> "Fields":
        """Read an encoded form. Raises UsageError(request_unreadable)."""
        try:
            return cls(parse_qs(text, keep_blank_values=True, max_num_fields=FIELDS_MAX))
        except ValueError:
            raise UsageError("request_unreadable", f"The form has more than {FIELDS_MAX} fields.") from None

    @classmethod
    def of_parts(cls, content_type: str, body: str) -> "Fields":
        """Read a form in parts (RFC 7578); the name of a file is the value of `<field>_name`.

        Raises UsageError(request_unreadable).
        """
        message = Parser(policy=HTTP).parsestr(f"Content-Type: {content_type}\r\n\r\n{body}")
        values: dict[str, list[str]] = {}
        for part in message.iter_parts() if message.is_multipart() else ():
            name, text = part.get_param("name", header="content-disposition"), part.get_payload()
            if not isinstance(name, str) or not isinstance(text, str) or len(values) > FIELDS_MAX:
                raise UsageError("request_unreadable", "The form is in parts that cannot be read.")
            values.setdefault(name, []).append(text)
            if part.get_filename() is not None:
                values.setdefault(f"{name}_name", []).append(str(part.get_filename()))
        return cls(values)

    def text(self, name: str) -> str:
        """Give the first value, without space around it; blank where there is none."""
        return self.raw(name).strip()

    def raw(self, name: str) -> str:
        """Give the first value as it came; blank where there is none."""
        return next(iter(self.values.get(name, ())), "")

    def all(self, name: str) -> list[str]:
        """Give every value, without space around it."""
        return [value.strip() for value in self.values.get(name, ())]

    def ticked(self, name: str) -> bool:
        """Say whether a box is ticked: a browser leaves out what is not."""
        return name in self.values


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """A request before it is known whose it is. Header names are lower case; `body` is text."""

    method: str
    path: str
    query: Fields
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    body: str

    @property
    def content_type(self) -> str:
        """The media type of the body, without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def form(self) -> Fields:
        """The fields of the body, where it is a form."""
        if self.content_type == PARTS_TYPE:
            return Fields.of_parts(self.headers["content-type"], self.body)
        return Fields.of_text(self.body) if self.content_type == FORM_TYPE else Fields()

    @property
    def is_for_a_program(self) -> bool:
        """Whether the API is meant, and not a page."""
        return self.path == "/v1" or self.path.startswith("/v1/")


@dataclass(frozen=True, slots=True, kw_only=True)
class PageRequest:
    """A request that the gate let in. `csrf` is the token that the forms of the page have to carry."""

    path: str
    query: Fields
    form: Fields
    caller: Caller
    csrf: str


def incoming_of(event: Mapping[str, Any]) -> Incoming:
    """Read an event of an HTTP API. Raises UsageError(request_unreadable) for a body that is no text, or too long."""
    http = event.get("requestContext", {}).get("http", {})
    return Incoming(
        method=str(http.get("method", "GET")).upper(),
        path=str(event.get("rawPath", "/")) or "/",
        query=Fields.of_text(str(event.get("rawQueryString", ""))),
        headers={str(name).lower(): str(value) for name, value in (event.get("headers") or {}).items()},
        cookies=_cookies(event.get("cookies") or ()),
        body=_body(event),
    )


def _body(event: Mapping[str, Any]) -> str:
    text = event.get("body") or ""
    if event.get("isBase64Encoded"):
        try:
            text = base64.b64decode(text).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            raise UsageError("request_unreadable", "The body is not text in UTF-8; save the file as UTF-8.") from None
    if len(text) > BODY_CHARACTERS_MAX:
        raise UsageError("upload_too_large", f"The request is longer than {BODY_CHARACTERS_MAX:,} characters.")
    return str(text)


def _cookies(texts: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for text in texts:
        try:
            found |= {name: morsel.value for name, morsel in SimpleCookie(text).items()}
        except CookieError:
            continue  # somebody else's cookie of this host: none of ours has such a name
    return found
