"""From a call to its answer: the one place where a refusal becomes a response, is counted and is logged."""

from collections.abc import Callable

from ledgerpost.simulators.serving.admin import ADMIN_PREFIX, AdminPaths, answer_admin
from ledgerpost.simulators.serving.exchange import Answer, Call, Refusal
from ledgerpost.simulators.serving.log import RequestLog

Api = Callable[[Call, Callable[[str], None]], Answer]
"""Answers a call of the API. It tells its second argument the operation as soon as that is known; raises `Refusal`."""


def dispatch(call: Call, *, log: RequestLog, admin: AdminPaths, api: Api) -> Answer:
    """The answer to any call. Calls of the API are counted and logged; those of the admin paths are not."""
    if call.path.startswith(ADMIN_PREFIX):
        return answer_admin(call, admin)
    operation = "unknown"

    def name(known: str) -> None:
        nonlocal operation
        operation = known

    try:
        given = api(call, name)
    except Refusal as refusal:
        given = refusal.answer()
    given.operation = operation
    log.note(call, given)
    return given
