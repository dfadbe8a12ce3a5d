"""The refusals, each built in one place. Source: fincome sheet, sections 1 and 3."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at one path of the body, as FastAPI lists it."""

    path: tuple[str | int, ...]
    message: str
    type: str = "value_error"

    def document(self) -> dict[str, object]:
        """The fault as an element of `detail`."""
        return {"loc": ["body", *self.path], "msg": self.message, "type": self.type}

    def sentence(self) -> str:
        """The fault as text."""
        return f"{'.'.join(map(str, self.path))}: {self.message}"


@dataclass
class Refusal(Exception):  # noqa: N818 - it says what it is; nothing outside this package sees it
    """A refusal: nothing was applied. `faults` are listed where there are any, else `detail` is text."""

    status: HTTPStatus
    detail: str
    faults: Sequence[Fault] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    def document(self, *, as_text: bool) -> dict[str, object]:
        """The body of the answer."""
        if not self.faults:
            return {"detail": self.detail}
        if as_text:
            return {"detail": "; ".join(fault.sentence() for fault in self.faults)}
        return {"detail": [fault.document() for fault in self.faults]}


def unprocessable(faults: Sequence[Fault]) -> Refusal:
    """The body breaks a rule."""
    return Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "the body breaks a rule", faults)


def unknown_key() -> Refusal:
    """No key, or a wrong one."""
    return Refusal(HTTPStatus.UNAUTHORIZED, "Invalid or missing API key")


def not_found(what: str) -> Refusal:
    """No such path or row."""
    return Refusal(HTTPStatus.NOT_FOUND, f"{what} not found")


def too_many(retry_after_s: int) -> Refusal:
    """Too many calls."""
    headers = {"Retry-After": str(retry_after_s)}
    return Refusal(HTTPStatus.TOO_MANY_REQUESTS, "Too many requests", headers=headers)


def unavailable(retry_after_s: int) -> Refusal:
    """The service is away."""
    headers = {"Retry-After": str(retry_after_s)}
    return Refusal(HTTPStatus.SERVICE_UNAVAILABLE, "Service unavailable", headers=headers)
