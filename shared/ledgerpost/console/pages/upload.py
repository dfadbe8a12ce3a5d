"""File upload: counts and sums first, then the sending, in pieces that a request has time for."""

from collections.abc import Callable, Mapping

from ledgerpost.console.answers import Answer, Html, Page, Redirect, problems_in, status_of
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.console.requests import PageRequest
from ledgerpost.console.views.upload import (
    FILE_BYTES_MAX,
    Upload,
    UploadPage,
    keep_map,
    planned_upload,
    send_upload,
    upload_page,
)
from ledgerpost.domain.access import Act
from ledgerpost.errors import LedgerpostError, UsageError

Parts = Mapping[str, str]


def show_upload(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:  # noqa: ARG001
    """The form."""
    return _page(request, ports, lambda: upload_page(request.caller.tenant, ports))


def post_check(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:  # noqa: ARG001
    """What the file would bring; nothing is sent."""
    return _page(request, ports, lambda: planned_upload(_upload(request), request.caller.tenant, ports))


def post_send(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:  # noqa: ARG001
    """Publish it, or go on with it."""
    reason = request.form.text("reason")
    return _page(request, ports, lambda: send_upload(_upload(request), reason, request.caller, ports))


def post_map(request: PageRequest, ports: ConsolePorts, parts: Parts) -> Answer:  # noqa: ARG001
    """Keep the column map that is written there."""
    form = request.form
    try:
        keep_map(form.text("name"), form.raw("columns").replace("\r\n", "\n"), request.caller, ports)
    except LedgerpostError as error:
        page = upload_page(request.caller.tenant, ports)
        shown = {
            "page": page,
            "max_bytes": FILE_BYTES_MAX,
            "problems": problems_in(error),
            "typed": form.raw("columns"),
        }
        return Html("upload.html", shown, status_of(error))
    return Redirect("/upload?done=map-kept")


def _upload(request: PageRequest) -> Upload:
    form = request.form
    content = form.raw("content") or form.raw("file")
    if not content.strip():
        raise UsageError("request_unreadable", "Choose a file that is not empty.")
    return Upload(
        name=form.text("name") or form.text("file_name") or "upload.jsonl",
        content=content,
        columns=form.raw("columns").replace("\r\n", "\n").strip("\n"),
        map_name=form.text("map_name"),
    )


def _page(request: PageRequest, ports: ConsolePorts, make: Callable[[], UploadPage]) -> Html:
    shown = {"max_bytes": FILE_BYTES_MAX, "problems": (), "typed": ""}
    try:
        return Html("upload.html", shown | {"page": make()})
    except LedgerpostError as error:
        page = upload_page(request.caller.tenant, ports)
        return Html("upload.html", shown | {"page": page, "problems": problems_in(error)}, status_of(error))


PAGES = (
    Page("GET", "/upload", Act.READ, show_upload),
    Page("POST", "/upload/check", Act.PREVIEW, post_check),
    Page("POST", "/upload", Act.BACKFILL, post_send),
    Page("POST", "/upload/maps", Act.KEEP_COLUMN_MAP, post_map),
)
