"""Companies: their configuration shown, checked and applied as JSON."""

from collections.abc import Mapping

from ledgerpost.console.answers import Answer, Html, Page, Redirect, problems_in, status_of
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.console.requests import Fields, PageRequest
from ledgerpost.console.views.companies import check_company, companies, company_of, configuration_text, save_company
from ledgerpost.domain.access import Act
from ledgerpost.errors import LedgerpostError

Parts = Mapping[str, str]


def show_companies(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:  # noqa: ARG001
    """All companies, and the editor for a new one."""
    return _all(request, ports)


def show_company(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:
    """One company's configuration."""
    return _one(request, ports, parts["id"])


def post_check(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:  # noqa: ARG001
    """Say what is wrong with a configuration, or that nothing is; nothing is written."""
    form = request.form
    try:
        checked, _ = check_company(form.raw("configuration"), request.caller.tenant, ports)
    except LedgerpostError as error:
        return _refused(request, ports, error)
    return _shown(request, ports, checked=checked.company.id, warnings=checked.warnings)


def post_company(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:  # noqa: ARG001
    """Apply a configuration."""
    form = request.form
    try:
        kept, _ = save_company(form.raw("configuration"), request.caller, ports, revision=_revision(form))
    except LedgerpostError as error:
        return _refused(request, ports, error)
    return Redirect(f"/companies/{kept.company.id}?done=company-applied")


def _refused(request: PageRequest, ports: ConsolePorts, error: LedgerpostError) -> Html:
    return _shown(request, ports, problems=problems_in(error), status=status_of(error))


def _shown(request: PageRequest, ports: ConsolePorts, *, status: int = 200, **values: object) -> Html:
    """Show the page that the form was on again, with what was typed."""
    id_, typed = request.form.text("id"), request.form.raw("configuration")
    if id_:
        return _one(request, ports, id_, status=status, text=typed, **values)
    return _all(request, ports, status=status, text=typed, **values)


def _all(request: PageRequest, ports: ConsolePorts, *, status: int = 200, **values: object) -> Html:
    page = companies(request.caller.tenant, ports)
    shown = {"page": page, "text": "", "problems": (), "warnings": (), "checked": ""}
    return Html("companies.html", shown | values, status)


def _one(request: PageRequest, ports: ConsolePorts, id_: str, *, status: int = 200, **values: object) -> Html:
    kept = company_of(request.caller.tenant, id_, ports)
    shown = {"kept": kept, "text": configuration_text(kept), "problems": (), "warnings": (), "checked": ""}
    return Html("company.html", shown | values, status)


def _revision(form: Fields) -> int | None:
    text = form.text("revision")
    return int(text) if text.isascii() and text.isdigit() else None


PAGES = (
    Page("GET", "/companies", Act.READ, show_companies),
    Page("POST", "/companies", Act.APPLY, post_company),
    Page("POST", "/companies/check", Act.PREVIEW, post_check),
    Page("GET", "/companies/<id>", Act.READ, show_company),
)
