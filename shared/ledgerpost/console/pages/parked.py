"""What is parked, mended singly or in bulk."""

from collections.abc import Mapping

from ledgerpost.app import acts
from ledgerpost.app.operate import Bulk
from ledgerpost.console.answers import Answer, Html, Page, Redirect, problems_in, status_of
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.console.requests import PageRequest
from ledgerpost.console.views.parked import parked, redrive_cause, skip_cause
from ledgerpost.domain.access import Act
from ledgerpost.errors import LedgerpostError, UsageError

Parts = Mapping[str, str]


def show_parked(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:  # noqa: ARG001
    """Every cause with its fix."""
    return _page(request, ports)


def post_redrive(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:  # noqa: ARG001
    """Take up all of one cause."""
    form = request.form
    try:
        done = redrive_cause(form.text("code"), form.text("route"), request.caller, ports, reason=form.text("reason"))
    except LedgerpostError as error:
        return _page(request, ports, problems=problems_in(error), status=status_of(error))
    return _page(request, ports, done=_sentence("taken up again", done))


def post_skip(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:  # noqa: ARG001
    """Skip all of one cause for good."""
    form = request.form
    try:
        done = skip_cause(form.text("code"), form.text("route"), request.caller, ports, reason=form.text("reason"))
    except LedgerpostError as error:
        return _page(request, ports, problems=problems_in(error), status=status_of(error))
    return _page(request, ports, done=_sentence("skipped", done))


def post_event(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:  # noqa: ARG001
    """Send an event that was set aside through intake again."""
    asked = request.form.raw("id")
    for each in ports.set_aside(request.caller.tenant):
        if each.id == asked:
            doing = ports.doing(request.caller, request.form.text("reason"))
            acts.redrive_rejection(request.caller.tenant, each, ports.operate, doing)
            return Redirect("/parked?done=event-redriven")
    error = UsageError("delivery_not_found", "The event is not set aside any more.")
    return _page(request, ports, problems=problems_in(error), status=status_of(error))


def _sentence(act: str, bulk: Bulk) -> str:
    many = "1 delivery was" if bulk.done == 1 else f"{bulk.done:,} deliveries were"
    moved_on = f"; {bulk.moved_on:,} had moved on meanwhile" if bulk.moved_on else ""
    return f"{many} {act}{moved_on}."


def _page(request: PageRequest, ports: ConsolePorts, *, status: int = 200, **values: object) -> Html:
    page = parked(request.caller.tenant, request.query.text("code"), ports)
    return Html("parked.html", {"page": page, "problems": (), "done": ""} | values, status)


PAGES = (
    Page("GET", "/parked", Act.READ, show_parked),
    Page("POST", "/parked/redrive", Act.REDRIVE, post_redrive),
    Page("POST", "/parked/skip", Act.SKIP, post_skip),
    Page("POST", "/parked/event", Act.REDRIVE_REJECTION, post_event),
)
