"""The API of files of approvals, and of the column maps that CSV files are read by."""

from collections.abc import Callable
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.event_handler.openapi.params import Path

from ledgerpost.console.api.models import ColumnMapBody, FileBody
from ledgerpost.console.caller import Caller
from ledgerpost.console.gate import Endpoint
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.console.views.upload import Upload, UploadPage, keep_map, map_called, planned_upload, send_upload
from ledgerpost.domain.access import Act

ENDPOINTS = (
    Endpoint("POST", "/v1/backfill/check", Act.PREVIEW),
    Endpoint("POST", "/v1/backfill", Act.BACKFILL),
    Endpoint("GET", "/v1/column-maps", Act.READ),
    Endpoint("GET", "/v1/column-maps/<name>", Act.READ),
    Endpoint("PUT", "/v1/column-maps/<name>", Act.KEEP_COLUMN_MAP),
)

Name = Annotated[str, Path(description="The name of the column map.")]
Plain = dict[str, Any]
TAGS = ["ways in"]


def register(resolver: APIGatewayHttpResolver, ports: ConsolePorts, caller: Callable[[], Caller]) -> None:
    """Let `resolver` answer these calls."""

    @resolver.post("/v1/backfill/check", tags=TAGS, summary="Count and sum a file of approvals; nothing is sent.")
    def check(body: FileBody) -> Plain:
        return _plain(planned_upload(_upload(body), caller().tenant, ports))

    @resolver.post("/v1/backfill", tags=TAGS, summary="Publish a file of approvals; send it again to go on.")
    def send(body: FileBody) -> Plain:
        return _plain(send_upload(_upload(body), body.reason, caller(), ports))

    @resolver.get("/v1/column-maps", tags=TAGS, summary="The saved column maps.")
    def list_maps() -> Plain:
        return {"columnMaps": list(ports.maps.names(caller().tenant))}

    @resolver.get("/v1/column-maps/<name>", tags=TAGS, summary="One column map.")
    def read_map(name: Name) -> Plain:
        return {"name": name, "columnMap": map_called(caller().tenant, name, ports)}

    @resolver.put("/v1/column-maps/<name>", tags=TAGS, summary="Save a column map.")
    def put_map(name: Name, body: ColumnMapBody) -> Plain:
        keep_map(name, body.column_map, caller(), ports)
        return {"name": name}


def _upload(body: FileBody) -> Upload:
    return Upload(name=body.file_name, content=body.content, columns=body.column_map, map_name=body.map_name)


def _plain(page: UploadPage) -> Plain:
    plan, run = page.plan, page.run
    assert plan is not None, "a file that was read has a plan"
    return {
        "approvals": plan.approvals,
        "rows": [
            {
                "route": row.route,
                "currency": row.currency,
                "month": row.month,
                "entries": row.entries,
                "sum": f"{row.total:f}",
            }
            for row in plan.rows
        ],
        "leftOut": dict(plan.left_out),
        "bad": [{"code": bad.code, "path": bad.path, "message": bad.message} for bad in plan.bad],
        "badCount": plan.bad_count,
        "reached": page.reached,
        "published": {"from": run.started_at, "to": run.reached, "of": run.total} if run is not None else None,
    }
