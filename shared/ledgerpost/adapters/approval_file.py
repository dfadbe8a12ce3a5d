"""An extract's target that writes approval events to a file (port RowTarget), as `ledgerpost local` and a bus take."""

import json
import threading
from typing import TextIO

from ledgerpost.adapters.synced_file import Sync, sync_to_disk
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.extract.approvals import approval_of
from ledgerpost.domain.extract.rows import CreditNoteRow, InvoiceRow, TargetRow
from ledgerpost.domain.outcome import Applied, PostOutcome
from ledgerpost.ports import Clock


class ApprovalFile:
    """Writes one line for each invoice and credit note; rows of other kinds are no approvals and pass. Safe to share
    between threads.
    """

    def __init__(self, file: TextIO, tenant: TenantId, clock: Clock, sync: Sync = sync_to_disk) -> None:
        self._file = file
        self._tenant = tenant
        self._clock = clock
        self._sync = sync
        self._lock = threading.Lock()

    def write(self, row: TargetRow) -> PostOutcome:
        """Write the row's approval, on disk before it counts as applied. Raises OSError where it cannot be."""
        if isinstance(row, InvoiceRow | CreditNoteRow):
            line = json.dumps(approval_of(row, self._tenant, self._clock.now()), ensure_ascii=False)
            with self._lock:
                self._file.write(line + "\n")
                self._file.flush()
                self._sync(self._file.fileno())
        return Applied(row.original_id, created=True)
