"""The API of companies and their days: configuration, runs, and the preview, close and reopening of a day."""

import json
from collections.abc import Callable
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.openapi.params import Path

from ledgerpost.console.api.models import CompanyBody, ReasonBody
from ledgerpost.console.caller import Caller
from ledgerpost.console.gate import Endpoint
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.console.views.companies import check_company, companies, company_of, save_company
from ledgerpost.console.views.days import DayPage, close_one, day_page, days_of, previewed_day, reopen_one
from ledgerpost.console.views.deliveries import plain_delivery
from ledgerpost.domain.access import Act
from ledgerpost.domain.grouping.close import DayClose
from ledgerpost.domain.grouping.document import CommerceDocument
from ledgerpost.errors import Problem
from ledgerpost.ports_commerce import KeptCompany
from ledgerpost.wire.company_text import company_document

ENDPOINTS = (
    Endpoint("GET", "/v1/companies", Act.READ),
    Endpoint("POST", "/v1/companies", Act.APPLY),
    Endpoint("POST", "/v1/companies/check", Act.PREVIEW),
    Endpoint("GET", "/v1/companies/<id>", Act.READ),
    Endpoint("GET", "/v1/companies/<id>/days", Act.READ),
    Endpoint("GET", "/v1/companies/<id>/days/<day>", Act.READ),
    Endpoint("POST", "/v1/companies/<id>/days/<day>/preview", Act.PREVIEW),
    Endpoint("POST", "/v1/companies/<id>/days/<day>/close", Act.CLOSE_DAY),
    Endpoint("POST", "/v1/companies/<id>/days/<day>/reopen", Act.REOPEN_DAY),
)

Id = Annotated[str, Path(description="The companyId.")]
Day = Annotated[str, Path(description="The business day, such as 2026-01-31.")]
Plain = dict[str, Any]
TAGS = ["grouping"]


def register(resolver: APIGatewayHttpResolver, ports: ConsolePorts, caller: Callable[[], Caller]) -> None:
    """Let `resolver` answer these calls."""
    _register_companies(resolver, ports, caller)
    _register_days(resolver, ports, caller)


def _register_companies(resolver: APIGatewayHttpResolver, ports: ConsolePorts, caller: Callable[[], Caller]) -> None:
    @resolver.get("/v1/companies", tags=TAGS, summary="The companies whose days are grouped.")
    def list_companies() -> Plain:
        page = companies(caller().tenant, ports)
        return {"companies": [_plain_company(each) for each in page.companies], "whole": page.is_whole}

    @resolver.post("/v1/companies", tags=TAGS, summary="Apply a company's configuration.")
    def apply_company(body: CompanyBody) -> Plain:
        kept, warnings = save_company(_text(body), caller(), ports, revision=body.revision)
        return _plain_company(kept) | {"warnings": [_plain_problem(each) for each in warnings]}

    @resolver.post("/v1/companies/check", tags=TAGS, summary="Check a company's configuration; nothing is written.")
    def check(body: CompanyBody) -> Plain:
        checked, before = check_company(_text(body), caller().tenant, ports)
        warnings = [_plain_problem(each) for each in checked.warnings]
        return {"company": checked.company.id, "new": before is None, "warnings": warnings}

    @resolver.get("/v1/companies/<id>", tags=TAGS, summary="One company with its configuration.")
    def read_company(id: Id) -> Plain:  # noqa: A002 - the name of the path's part
        kept = company_of(caller().tenant, id, ports)
        return _plain_company(kept) | {"configuration": company_document(kept.company)}


def _register_days(resolver: APIGatewayHttpResolver, ports: ConsolePorts, caller: Callable[[], Caller]) -> None:
    @resolver.get("/v1/companies/<id>/days", tags=TAGS, summary="A company's due and closed days, and its runs.")
    def list_days(id: Id) -> Plain:  # noqa: A002
        page = days_of(caller().tenant, id, ports)
        return {
            "due": [each.isoformat() for each in page.due],
            "dueCount": page.due_count,
            "late": [each.isoformat() for each in page.late],
            "days": [_plain_state(each) for each in page.days],
            "runs": [dict(each) for each in page.runs],
        }

    @resolver.get("/v1/companies/<id>/days/<day>", tags=TAGS, summary="One day with its documents' deliveries.")
    def read_day(id: Id, day: Day) -> Plain:  # noqa: A002
        return _plain_day(day_page(caller().tenant, id, day, ports))

    @resolver.post("/v1/companies/<id>/days/<day>/preview", tags=TAGS, summary="What a close would send now.")
    def preview(id: Id, day: Day) -> Plain:  # noqa: A002
        page = previewed_day(caller().tenant, id, day, ports)
        problems = [_plain_problem(each) for each in page.problems]
        return {"documents": [_plain_document(each) for each in page.documents or ()], "problems": problems}

    @resolver.post("/v1/companies/<id>/days/<day>/close", tags=TAGS, summary="Close a day.")
    def close(id: Id, day: Day, body: ReasonBody) -> Plain:  # noqa: A002
        result = close_one(id, day, body.reason, caller(), ports)
        return {
            "statusCode": result.status.value,
            "status": result.status.text,
            "documents": [_plain_document(each) for each in result.documents],
            "problems": [_plain_problem(each) for each in result.problems],
            "vanished": list(result.vanished),
        }

    @resolver.post("/v1/companies/<id>/days/<day>/reopen", tags=TAGS, summary="Reopen a closed day, with a reason.")
    def reopen(id: Id, day: Day, body: ReasonBody) -> Plain:  # noqa: A002
        return _plain_state(reopen_one(id, day, body.reason, caller(), ports))


def _text(body: CompanyBody) -> str:
    return json.dumps(body.configuration, ensure_ascii=False, default=str)


def _plain_company(kept: KeptCompany) -> Plain:
    company = kept.company
    return {
        "companyId": company.id,
        "name": company.accounting_software_company_name,
        "enabled": company.enabled,
        "connection": company.extras.connection,
        "account": company.extras.account,
        "timeZone": company.extras.time_zone.key,
        "nextRun": kept.next_run.isoformat(),
        "revision": kept.fence,
    }


def _plain_state(state: DayClose) -> Plain:
    return {
        "day": state.day.isoformat(),
        "status": state.status.value,
        "revision": state.revision,
        "adjustments": max(0, len(state.layers) - 1),
        "references": list(state.references),
        "operations": [
            {"at": each.at.isoformat(), "act": each.act, "by": each.by, "reason": each.reason}
            for each in state.operations
        ],
    }


def _plain_day(page: DayPage) -> Plain:
    return {
        "day": page.day.isoformat(),
        "due": page.is_due,
        "late": page.is_late,
        "state": _plain_state(page.state) if page.state is not None else None,
        "deliveries": [plain_delivery(each) for each in page.deliveries],
        "unseen": list(page.unseen),
    }


def _plain_document(document: CommerceDocument) -> Plain:
    return {
        "reference": document.reference,
        "form": document.form.value,
        "description": document.description,
        "lines": len(document.lines),
        "total": document.money,
        "currency": document.place.currency,
    }


def _plain_problem(problem: Problem) -> Plain:
    return {"path": problem.path, "message": problem.message, "mend": problem.mend, "code": problem.code}
