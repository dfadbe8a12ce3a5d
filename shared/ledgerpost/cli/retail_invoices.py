"""Real invoices as approval events: the data set of the demo, or another file of the same form."""

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import ledgerpost
from ledgerpost.errors import UsageError
from ledgerpost.wire.event_file import EventEntry

INVOICES = Path(ledgerpost.__file__).parents[2] / "events" / "data" / "online-retail-invoices-2009-12-to-2010-11.csv"
"""27,728 invoices of a UK online shop; source and licence stand in the README beside the file."""

SHOP_ZONE = ZoneInfo("Europe/London")
_COLUMNS = ("invoice_id", "invoice_date", "customer_id", "total_price")


def retail_entries(path: Path, tenant: str, limit: int | None = None) -> Iterator[EventEntry]:
    """Give one SaleDocumentApproved entry per invoice, in the file's order, at most `limit`.

    The total goes on exactly as the file writes it, binary-float noise included. Raises UsageError for another file.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            missing = [column for column in _COLUMNS if column not in (rows.fieldnames or ())]
            if missing:
                raise UsageError("usage", f"{path} has no column {', '.join(missing)}.")
            for number, row in enumerate(rows):
                if limit is not None and number >= limit:
                    return
                yield _entry_of(row, number + 2, tenant)
    except OSError as error:
        raise UsageError("usage", f"The invoices cannot be read: {error}. Give another file with --invoices.") from None


def _entry_of(row: dict[str, str], line: int, tenant: str) -> EventEntry:
    try:
        local = datetime.strptime(row["invoice_date"], "%m/%d/%y %H:%M").replace(tzinfo=SHOP_ZONE)
    except ValueError:
        raise UsageError("usage", f"Line {line}: invoice_date is not of the form 12/1/09 7:45.") from None
    approved_at = local.astimezone(UTC).isoformat().replace("+00:00", "Z")
    invoice = json.dumps(row["invoice_id"])
    customer = json.dumps(row["customer_id"].removesuffix(".0") or None)
    detail = (
        f'{{"schemaVersion":"1","tenantId":{json.dumps(tenant)},"revision":1,"approvedAt":"{approved_at}",'
        f'"currency":"GBP","entity":{{"Id":{invoice},"ReceiptNumber":{invoice},"Total":{row["total_price"]},'
        f'"Notes":null,"CustomerDetails":{customer}}}}}'
    )
    return EventEntry(
        line=line, source="stocksmart", detail_type="SaleDocumentApproved", time=approved_at, detail=detail
    )
