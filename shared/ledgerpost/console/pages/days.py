"""Days: what of each company is due and closed, and one day's preview, close and reopening."""

from collections.abc import Mapping

from ledgerpost.console.answers import Answer, Html, Page, Redirect, problems_in, status_of
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.console.requests import PageRequest
from ledgerpost.console.views.days import all_days, close_one, day_page, days_of, previewed_day, reopen_one
from ledgerpost.domain.access import Act
from ledgerpost.errors import LedgerpostError, describe

Parts = Mapping[str, str]


def show_all(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:  # noqa: ARG001
    """Every company with its last week."""
    return Html("days.html", {"companies": all_days(request.caller.tenant, ports)})


def show_company(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:
    """One company's days and runs."""
    return Html("company_days.html", {"page": days_of(request.caller.tenant, parts["id"], ports)})


def show_day(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:
    """One day."""
    return _day(request, ports, parts)


def post_preview(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:
    """What a close would send now; nothing is written."""
    return Html("day.html", {"page": previewed_day(request.caller.tenant, parts["id"], parts["day"], ports)})


def post_close(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:
    """Close the day."""
    reason = request.form.text("reason")
    try:
        result = close_one(parts["id"], parts["day"], reason, request.caller, ports)
    except LedgerpostError as error:
        return _day(request, ports, parts, problems=problems_in(error), status=status_of(error))
    if result.problems or result.vanished:
        vanished = describe("close_document_vanished") if result.vanished else None
        return _day(request, ports, parts, problems=result.problems, vanished=result.vanished, vanished_entry=vanished)
    done = "day-closed" if result.documents else "day-nothing"
    return Redirect(f"/days/{parts['id']}/{parts['day']}?done={done}")


def post_reopen(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:
    """Reopen the day, with a reason."""
    try:
        reopen_one(parts["id"], parts["day"], request.form.text("reason"), request.caller, ports)
    except LedgerpostError as error:
        return _day(request, ports, parts, problems=problems_in(error), status=status_of(error))
    return Redirect(f"/days/{parts['id']}/{parts['day']}?done=day-reopened")


def _day(request: PageRequest, ports: ConsolePorts, parts: Parts, *, status: int = 200, **values: object) -> Html:
    page = day_page(request.caller.tenant, parts["id"], parts["day"], ports)
    return Html("day.html", {"page": page} | values, status)


PAGES = (
    Page("GET", "/days", Act.READ, show_all),
    Page("GET", "/days/<id>", Act.READ, show_company),
    Page("GET", "/days/<id>/<day>", Act.READ, show_day),
    Page("POST", "/days/<id>/<day>/preview", Act.PREVIEW, post_preview),
    Page("POST", "/days/<id>/<day>/close", Act.CLOSE_DAY, post_close),
    Page("POST", "/days/<id>/<day>/reopen", Act.REOPEN_DAY, post_reopen),
)
