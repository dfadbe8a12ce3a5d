"""The overview, the go-live checklist, the test post and the audit."""

from collections.abc import Mapping

from ledgerpost.console.answers import Answer, Html, Page, problems_in, status_of
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.console.requests import Fields, PageRequest
from ledgerpost.console.views.audit import audit
from ledgerpost.console.views.checklist import checklist
from ledgerpost.console.views.overview import overview
from ledgerpost.console.views.trial import SMALL_AMOUNT, TrialForm, run_trial, trial_page
from ledgerpost.domain.access import Act
from ledgerpost.errors import LedgerpostError

Parts = Mapping[str, str]


def show_overview(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:  # noqa: ARG001
    """Is money stuck?"""
    return Html("overview.html", {"page": overview(request.caller.tenant, ports)})


def show_checklist(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:  # noqa: ARG001
    """The go-live checklist."""
    return Html("checklist.html", {"page": checklist(request.caller.tenant, ports)})


def show_audit(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:  # noqa: ARG001
    """Who changed what, and when."""
    text = request.query.text("before")
    before = int(text) if text.isascii() and text.isdigit() else None
    page = audit(request.caller.tenant, ports, before=before, checked=request.query.ticked("check"))
    return Html("audit.html", {"page": page})


def show_trial(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:  # noqa: ARG001
    """The form of the test post."""
    return _trial(request, ports, request.query)


def post_trial(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:  # noqa: ARG001
    """Run a test post and say what came of it."""
    form = request.form
    trying = TrialForm(
        connection=form.text("connection"),
        account=form.text("account"),
        amount=form.text("amount"),
        clean_up=form.ticked("clean_up"),
    )
    try:
        result = run_trial(trying, request.caller, ports)
    except LedgerpostError as error:
        return _trial(request, ports, form, problems=problems_in(error), status=status_of(error))
    return _trial(request, ports, form, result=result)


def _trial(request: PageRequest, ports: ConsolePorts, form: Fields, *, status: int = 200, **values: object) -> Html:
    page = trial_page(request.caller.tenant, ports)
    shown = {"page": page, "form": form, "small": SMALL_AMOUNT, "result": None, "problems": ()} | values
    return Html("trial.html", shown, status)


PAGES = (
    Page("GET", "/", Act.READ, show_overview),
    Page("GET", "/checklist", Act.READ, show_checklist),
    Page("GET", "/audit", Act.READ_CHANGES, show_audit),
    Page("GET", "/test-post", Act.READ, show_trial),
    Page("POST", "/test-post", Act.TEST_POST, post_trial),
)
