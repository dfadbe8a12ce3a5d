"""A file of approvals from a page or a call: counted and summed first, then published, and gone on with where it ended.

The file is not kept anywhere: whoever sends it sends it again to go on, and what was published is known by its digest.
Source: issue 8, "Ways in".
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ledgerpost.app import acts
from ledgerpost.app.backfill import BackfillPlan, BackfillRun, Pace, plan_backfill, run_backfill
from ledgerpost.app.webhook import BusEntry
from ledgerpost.console.caller import Caller
from ledgerpost.console.editing import applied_or_empty
from ledgerpost.console.ports import ConsolePorts
from ledgerpost.domain.event import TenantId
from ledgerpost.errors import EventError, UsageError
from ledgerpost.wire.approvals import approval_of, entries_of_file
from ledgerpost.wire.column_map import read_column_map, read_rows

FILE_BYTES_MAX = 4_000_000
"""A function gets at most 6 MB with the file in base64. Source: AWS Lambda quotas; API Gateway, 10 MB of a payload."""

PACE = Pace(seconds_max=20.0)
"""An HTTP API waits 30 seconds for its function. Source: API Gateway quotas for HTTP APIs."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file as it was sent. `columns` is the text of a column map, `map_name` that of a saved one; blank for none."""

    name: str
    content: str
    columns: str = ""
    map_name: str = ""

    @property
    def bytes(self) -> bytes:
        """The content as it is read: a form changes the ends of lines, so they count as one and the same."""
        return self.content.replace("\r\n", "\n").encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadPage:
    """The page. `plan` is None until a file was read, `run` until it was sent; `reached` is how far earlier runs of the
    file are.
    """

    maps: Sequence[str]
    upload: Upload | None = None
    plan: BackfillPlan | None = None
    reached: int = 0
    run: BackfillRun | None = None


def upload_page(tenant: TenantId, ports: ConsolePorts) -> UploadPage:
    """Give the form."""
    return UploadPage(maps=ports.maps.names(tenant))


def planned_upload(upload: Upload, tenant: TenantId, ports: ConsolePorts) -> UploadPage:
    """Count and sum what the file would bring; nothing is sent. Raises UsageError, ConfigurationError, StoreError."""
    found, _ = _read(upload, tenant, ports)
    return found


def send_upload(upload: Upload, reason: str, caller: Caller, ports: ConsolePorts) -> UploadPage:
    """Publish the file from where an earlier run of it ended, for as long as a request may take.

    Raises UsageError where a line is no approval, and StoreError.
    """
    page, entries = _read(upload, caller.tenant, ports)
    assert page.plan is not None, "a file that was read has a plan"
    assert page.upload is not None, "a file that was read is there"
    if page.plan.bad_count:
        raise UsageError("request_unreadable", f"{page.plan.bad_count} lines are no approval; mend or remove them.")
    digest = _digest(page.upload)
    run = acts.backfill(
        caller.tenant,
        f"{upload.name} {digest}",
        len(entries),
        lambda: run_backfill(entries, digest, PACE, ports.upload),
        ports.doing(caller, reason),
    )
    return replace(page, run=run, reached=run.reached)


def keep_map(name: str, text: str, caller: Caller, ports: ConsolePorts) -> None:
    """Keep a column map under a name. Raises ConfigurationError for what is none, UsageError for what is no name."""
    if not NAME.fullmatch(name):
        raise UsageError("request_unreadable", "A name has letters, digits, dots, hyphens and underscores, up to 64.")
    found = read_column_map(text)
    if found.tenant_id != caller.tenant:
        raise UsageError("backfill_foreign_tenant", f"The map is of another tenant than {caller.tenant}.")
    acts.keep_column_map(caller.tenant, name, text, ports.maps, ports.doing(caller))


def map_called(tenant: TenantId, name: str, ports: ConsolePorts) -> str:
    """Give the text of a saved map. Raises UsageError(page_not_found)."""
    text = ports.maps.read(tenant, name)
    if text is None:
        raise UsageError("page_not_found", f"There is no column map {name!r}.")
    return text


def _read(upload: Upload, tenant: TenantId, ports: ConsolePorts) -> tuple[UploadPage, list[BusEntry]]:
    if len(upload.bytes) > FILE_BYTES_MAX:
        raise UsageError("upload_too_large", f"The file has more than {FILE_BYTES_MAX:,} bytes.")
    if upload.map_name and not upload.columns:
        upload = replace(upload, columns=map_called(tenant, upload.map_name, ports))
    items = list(_items(upload))
    configuration, _ = applied_or_empty(ports, tenant)
    page = UploadPage(
        maps=ports.maps.names(tenant),
        upload=upload,
        plan=plan_backfill(items, configuration, approval_of, ports.formulas),
        reached=ports.upload.checkpoints.position(tenant, _digest(upload)),
    )
    return page, [item for item in items if isinstance(item, BusEntry)]


def _items(upload: Upload) -> Iterable[BusEntry | EventError]:
    if upload.columns.strip():
        return read_rows(upload.bytes, read_column_map(upload.columns))
    if upload.name.casefold().endswith(".csv"):
        raise UsageError("request_unreadable", "A CSV file needs a column map: choose a saved one, or write it.")
    return entries_of_file(upload.bytes, upload.name)


def _digest(upload: Upload) -> str:
    """Give what the run of a file is known by: the same as the command's for the same bytes and map."""
    return hashlib.sha256(upload.bytes + upload.columns.encode()).hexdigest()
