"""Undoing a route's day: shown first, then sent, then read back."""

from collections.abc import Callable, Mapping

from ledgerpost.console.answers import Answer, Html, Page, problems_in, status_of
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.console.requests import PageRequest
from ledgerpost.console.views.undo import UndoPage, checked, planned, undo_day, undo_page
from ledgerpost.domain.access import Act
from ledgerpost.errors import LedgerpostError

Parts = Mapping[str, str]


def show_undo(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:  # noqa: ARG001
    """The form."""
    return Html("undo.html", {"page": undo_page(request.caller.tenant, ports), "problems": ()})


def post_plan(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:  # noqa: ARG001
    """What would be reversed; nothing is done."""
    form, tenant = request.form, request.caller.tenant
    return _page(request, ports, lambda: planned(tenant, form.text("route"), form.text("day"), ports))


def post_undo(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:  # noqa: ARG001
    """Send the reversals."""
    form = request.form
    return _page(
        request,
        ports,
        lambda: undo_day(request.caller, form.text("route"), form.text("day"), form.text("reason"), ports),
    )


def post_check(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:  # noqa: ARG001
    """What the ledger shows of it."""
    form, tenant = request.form, request.caller.tenant
    return _page(request, ports, lambda: checked(tenant, form.text("route"), form.text("day"), ports))


def _page(request: PageRequest, ports: ConsolePorts, make: Callable[[], UndoPage]) -> Html:
    try:
        page = make()
    except LedgerpostError as error:
        page = undo_page(request.caller.tenant, ports)
        return Html("undo.html", {"page": page, "problems": problems_in(error)}, status_of(error))
    return Html("undo.html", {"page": page, "problems": ()})


PAGES = (
    Page("GET", "/undo", Act.READ, show_undo),
    Page("POST", "/undo/plan", Act.PREVIEW, post_plan),
    Page("POST", "/undo", Act.UNDO, post_undo),
    Page("POST", "/undo/check", Act.READ, post_check),
)
