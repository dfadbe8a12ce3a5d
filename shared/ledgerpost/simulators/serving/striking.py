"""The faults that every simulator of posts has: those that hide what was done, and the one that delays.

Each is asked of a call's plan by name, so a simulator that has not the kind is never struck by it.
"""

from hashlib import blake2b
from http import HTTPStatus
from typing import Final

from ledgerpost.simulators.serving.exchange import Answer, Refusal
from ledgerpost.simulators.serving.faults import CallFaults

_HTML: Final = b"<!doctype html><title>Gateway</title><h1>Please stand by</h1>"


def hide(faults: CallFaults, answer: Answer, failure: Refusal) -> Answer:
    """The answer after something was done: cut (`cut`), turned into `failure` (`error_after`) or a page (`html`)."""
    if faults.strikes("cut"):
        answer.cut = True
    elif faults.strikes("error_after"):
        return failure.answer()
    elif faults.strikes("html"):
        return Answer(int(HTTPStatus.OK), _HTML, "text/html")
    return answer


def delay(faults: CallFaults, answer: Answer) -> Answer:
    """The answer, later where the plan says so (`slow`)."""
    if fault := faults.strikes("slow"):
        answer.delay_s = fault.seconds
    return answer


def digest_of(body: bytes) -> str:
    """Stands for the reference of a call that has none, so that its faults too follow from what was sent."""
    return f"body:{blake2b(body, digest_size=8).hexdigest()}"
