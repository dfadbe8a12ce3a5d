"""The API of what is under way: deliveries, what is parked, why nothing came, the checklist, the audit."""

import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.openapi.params import Query

from ledgerpost.app import acts
from ledgerpost.app.operate import Bulk
from ledgerpost.console.api.models import BulkBody, DeliveryBody, ExplainBody
from ledgerpost.console.caller import Caller
from ledgerpost.console.gate import Endpoint
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.console.requests import Fields
from ledgerpost.console.views.audit import audit
from ledgerpost.console.views.checklist import checklist
from ledgerpost.console.views.deliveries import deliveries, plain_delivery, search_of
from ledgerpost.console.views.overview import Bar, overview
from ledgerpost.console.views.parked import needed_reason, redrive_cause, skip_cause
from ledgerpost.console.views.why import Why, why_event
from ledgerpost.domain.access import Act
from ledgerpost.domain.change_log import ChangeEntry
from ledgerpost.domain.delivery import DeliveryKey
from ledgerpost.domain.entry import Reference
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.route import AccountId, ConnectionId
from ledgerpost.errors import UsageError

ENDPOINTS = (
    Endpoint("GET", "/v1/overview", Act.READ),
    Endpoint("GET", "/v1/checklist", Act.READ),
    Endpoint("GET", "/v1/audit", Act.READ_CHANGES),
    Endpoint("GET", "/v1/deliveries", Act.READ),
    Endpoint("GET", "/v1/deliveries/one", Act.READ),
    Endpoint("POST", "/v1/deliveries/redrive", Act.REDRIVE),
    Endpoint("POST", "/v1/deliveries/skip", Act.SKIP),
    Endpoint("POST", "/v1/parked/redrive", Act.REDRIVE),
    Endpoint("POST", "/v1/parked/skip", Act.SKIP),
    Endpoint("POST", "/v1/explain", Act.PREVIEW),
)

Plain = dict[str, Any]
Asked = Annotated[str, Query(max_length=300)]
Needed = Annotated[str, Query(min_length=1, max_length=300)]


def register(resolver: APIGatewayHttpResolver, ports: ConsolePorts, caller: Callable[[], Caller]) -> None:
    """Let `resolver` answer these calls."""
    _register_standing(resolver, ports, caller)
    _register_finding(resolver, ports, caller)
    _register_acting(resolver, ports, caller)


def _register_standing(resolver: APIGatewayHttpResolver, ports: ConsolePorts, caller: Callable[[], Caller]) -> None:
    """How the tenant stands: what needs a person, what is missing to go live, who changed what."""

    @resolver.get("/v1/overview", tags=["understand"], summary="Is money stuck?")
    def read_overview() -> Plain:
        page = overview(caller().tenant, ports)
        return {
            "tone": page.tone.value,
            "verdict": page.verdict,
            "needs": [{"tone": each.tone.value, "title": each.title, "fix": each.fix} for each in page.needs],
            "today": _plain_bars(page.today),
            "standing": _plain_bars(page.standing),
        }

    @resolver.get("/v1/checklist", tags=["understand"], summary="The go-live checklist.")
    def read_checklist() -> Plain:
        page = checklist(caller().tenant, ports)
        lines = [
            {"title": line.title, "done": line.is_done, "missing": list(line.missing), "notes": list(line.notes)}
            for line, _ in page.lines
        ]
        return {"done": page.is_done, "lines": lines}

    @resolver.get("/v1/audit", tags=["understand"], summary="The change log, the latest first.")
    def read_audit(before: Annotated[int | None, Query(ge=1)] = None) -> Plain:
        page = audit(caller().tenant, ports, before=before)
        return {"entries": [_plain_entry(each) for each in page.entries], "before": page.before}


def _register_finding(resolver: APIGatewayHttpResolver, ports: ConsolePorts, caller: Callable[[], Caller]) -> None:
    """What became of a transaction, or why it makes no delivery."""

    @resolver.get("/v1/deliveries", tags=["understand"], summary="Search deliveries.")
    def list_deliveries(  # noqa: PLR0917 - each is a key of the query, none has a position
        reference: Asked = "",
        receipt: Asked = "",
        status: Asked = "",
        route: Asked = "",
        day: Asked = "",
        code: Asked = "",
        after: Annotated[str, Query(max_length=2000)] = "",
    ) -> Plain:
        asked = {"reference": reference, "receipt": receipt, "status": status, "route": route, "day": day}
        asked |= {"code": code, "after": after}
        page = deliveries(caller().tenant, search_of(Fields({key: [text] for key, text in asked.items()})), ports)
        found = [plain_delivery(record) for record in page.found.records]
        return {"deliveries": found, "after": page.found.after or None}

    @resolver.get("/v1/deliveries/one", tags=["understand"], summary="One delivery by its key.")
    def read_delivery(connection: Needed, account: Needed, reference: Needed, collision: Asked = "") -> Plain:
        key = _key(caller().tenant, connection, account, reference, collision=collision)
        record = ports.operate.records.get(key)
        if record is None:
            raise UsageError("delivery_not_found", "There is no delivery of this key.")
        return plain_delivery(record)

    @resolver.post("/v1/explain", tags=["understand"], summary="Walk an approval past every route; nothing is posted.")
    def explain(body: ExplainBody) -> Plain:
        return _plain_why(why_event(caller().tenant, json.dumps(body.event, default=str), ports))


def _register_acting(resolver: APIGatewayHttpResolver, ports: ConsolePorts, caller: Callable[[], Caller]) -> None:
    @resolver.post("/v1/deliveries/redrive", tags=["operate"], summary="Take a delivery up again.")
    def redrive(body: DeliveryBody) -> Plain:
        doing = ports.doing(caller(), body.reason)
        return plain_delivery(acts.redrive(_key_of(caller().tenant, body), ports.operate, doing))

    @resolver.post("/v1/deliveries/skip", tags=["operate"], summary="Skip a delivery for good.")
    def skip(body: DeliveryBody) -> Plain:
        doing = ports.doing(caller(), needed_reason(body.reason))
        return plain_delivery(acts.skip(_key_of(caller().tenant, body), ports.operate, doing))

    @resolver.post("/v1/parked/redrive", tags=["operate"], summary="Take up all that is parked with one code.")
    def redrive_all(body: BulkBody) -> Plain:
        return _plain_bulk(redrive_cause(body.code, body.route, caller(), ports, reason=body.reason))

    @resolver.post("/v1/parked/skip", tags=["operate"], summary="Skip all that is parked with one code.")
    def skip_all(body: BulkBody) -> Plain:
        return _plain_bulk(skip_cause(body.code, body.route, caller(), ports, reason=body.reason))


def _key(tenant: TenantId, connection: str, account: str, reference: str, *, collision: str) -> DeliveryKey:
    return DeliveryKey(tenant, ConnectionId(connection), AccountId(account), Reference(reference), collision)


def _key_of(tenant: TenantId, body: DeliveryBody) -> DeliveryKey:
    return _key(tenant, body.connection, body.account, body.reference_id, collision=body.collision)


def _plain_bars(bars: tuple[Bar, ...]) -> list[Plain]:
    return [{"route": bar.route, "counts": {part.name: part.count for part in bar.segments}} for bar in bars]


def _plain_bulk(bulk: Bulk) -> Plain:
    return {"done": bulk.done, "movedOn": bulk.moved_on}


def _plain_entry(entry: ChangeEntry) -> Plain:
    change = entry.change
    return {
        "number": entry.number,
        "at": change.at.isoformat(),
        "by": change.by,
        "act": change.act.value,
        "facts": dict(change.facts),
        "refused": change.refused or None,
        "digest": entry.digest,
    }


def _plain_why(why: Why) -> Plain:
    routes = why.explanation.routes if why.explanation else ()
    return {
        "fault": {"message": why.fault[0], "fix": why.fault[1]} if why.fault else None,
        "code": why.no_route.code if why.no_route else None,
        "fix": why.no_route.fix if why.no_route else None,
        "routes": [
            {
                "route": each.route.id,
                "taken": each.taken,
                "reachesLedger": each.reaches_ledger,
                "checks": [asdict(check) | {"fix": check.fix} for check in each.checks],
            }
            for each in routes
        ],
    }
