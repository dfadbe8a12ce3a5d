"""Why nothing?, and reconciliation: looking, never changing, so a viewer may do both."""

from collections.abc import Mapping

from ledgerpost.console.answers import Answer, Html, Page, problems_in, status_of
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.console.requests import PageRequest
from ledgerpost.console.views.books import books, reconcile_day
from ledgerpost.console.views.why import Why, why_event, why_reference
from ledgerpost.domain.access import Act
from ledgerpost.errors import LedgerpostError

Parts = Mapping[str, str]


def show_why(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:  # noqa: ARG001
    """What became of a reference or receipt number."""
    reference = request.query.text("reference")
    page = why_reference(request.caller.tenant, reference, ports) if reference else Why()
    return Html("why.html", {"page": page})


def post_why(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:  # noqa: ARG001
    """Walk a pasted approval past every route; nothing is posted and nothing is kept."""
    return Html("why.html", {"page": why_event(request.caller.tenant, request.form.raw("event"), ports)})


def show_books(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:  # noqa: ARG001
    """The days that can be reconciled."""
    query = request.query
    page = books(request.caller.tenant, query.text("route"), query.text("day"), ports)
    return Html("books.html", {"page": page, "problems": ()})


def post_books(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:  # noqa: ARG001
    """Read the ledger back for a day."""
    form, tenant = request.form, request.caller.tenant
    try:
        page = reconcile_day(tenant, form.text("route"), form.text("day"), ports)
    except LedgerpostError as error:
        page = books(tenant, form.text("route"), form.text("day"), ports)
        return Html("books.html", {"page": page, "problems": problems_in(error)}, status_of(error))
    return Html("books.html", {"page": page, "problems": ()})


PAGES = (
    Page("GET", "/why", Act.READ, show_why),
    Page("POST", "/why", Act.PREVIEW, post_why),
    Page("GET", "/reconciliation", Act.READ, show_books),
    Page("POST", "/reconciliation", Act.READ, post_books),
)
