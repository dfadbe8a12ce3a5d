"""Deliveries: search, and the story of one with what a person may do about it."""

from collections.abc import Mapping

from ledgerpost.app import acts
from ledgerpost.console.answers import Answer, Html, Page, Redirect, problems_in, status_of
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.console.rendering import delivery_link
from ledgerpost.console.requests import PageRequest
from ledgerpost.console.views.deliveries import deliveries, key_of, search_of, story
from ledgerpost.console.views.parked import needed_reason
from ledgerpost.domain.access import Act
from ledgerpost.errors import LedgerpostError, UsageError

Parts = Mapping[str, str]


def show_deliveries(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:  # noqa: ARG001
    """Search."""
    return Html("deliveries.html", {"page": deliveries(request.caller.tenant, search_of(request.query), ports)})


def show_delivery(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:  # noqa: ARG001
    """The whole story of one."""
    page = story(key_of(request.caller.tenant, request.query), ports)
    return Html("delivery.html", {"page": page, "problems": ()})


def post_redrive(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:  # noqa: ARG001
    """Take it up again."""
    key = key_of(request.caller.tenant, request.form)
    try:
        record = acts.redrive(key, ports.operate, ports.doing(request.caller, request.form.text("reason")))
    except UsageError as error:
        return _refused(request, ports, error)
    return Redirect(f"{delivery_link(record)}&done=redriven")


def post_skip(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:  # noqa: ARG001
    """Skip it for good, with a reason."""
    key = key_of(request.caller.tenant, request.form)
    try:
        record = acts.skip(key, ports.operate, ports.doing(request.caller, needed_reason(request.form.text("reason"))))
    except UsageError as error:
        return _refused(request, ports, error)
    return Redirect(f"{delivery_link(record)}&done=skipped")


def _refused(request: PageRequest, ports: ConsolePorts, error: LedgerpostError) -> Html:
    page = story(key_of(request.caller.tenant, request.form), ports)
    return Html("delivery.html", {"page": page, "problems": problems_in(error)}, status_of(error))


PAGES = (
    Page("GET", "/deliveries", Act.READ, show_deliveries),
    Page("GET", "/delivery", Act.READ, show_delivery),
    Page("POST", "/delivery/redrive", Act.REDRIVE, post_redrive),
    Page("POST", "/delivery/skip", Act.SKIP, post_skip),
)
