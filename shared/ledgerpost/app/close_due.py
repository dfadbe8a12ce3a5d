"""The schedule of closing: every hour, the companies whose run hour has struck."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from ledgerpost.app.close_day import ClosePorts
from ledgerpost.app.run_company import CompanyRun, run_company
from ledgerpost.domain.closing import CompanyKey
from ledgerpost.ports import Notices

BATCH_MAX = 500
"""Companies of one reading of the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseDuePorts:
    """What the schedule works with."""

    close: ClosePorts
    notices: Notices
    new_run_id: Callable[[], str] = lambda: str(uuid.uuid4())


def due_batches(ports: CloseDuePorts) -> Iterator[Sequence[CompanyKey]]:
    """Give the companies that are due now, each once, the longest due first, batch by batch: queries, never a scan.

    A batch is to be run before the next is asked for. What was run leaves the list; what failed, or is still listed
    because the list is a second old, is read past: so many more are asked for the next time. Ends when a reading
    shows that there is no other.
    """
    now = ports.close.clock.now()
    given: set[CompanyKey] = set()
    known = 0
    while True:
        limit = BATCH_MAX + known
        listed = ports.close.companies.due(now, limit)
        fresh = [key for key in listed if key not in given]
        given.update(fresh)
        known = len(listed) - len(fresh)
        if fresh:
            yield fresh
        if len(listed) < limit:
            return


def run_due_company(key: CompanyKey, ports: CloseDuePorts) -> CompanyRun | None:
    """Run one company and tell of it; raises what its stores raise: the company then stays due."""
    kept = ports.close.companies.company(key)
    if kept is None or kept.next_run > ports.close.clock.now():
        return None  # somebody else ran it since the list was read
    outcome = run_company(kept, ports.new_run_id(), ports.close)
    if outcome is None:
        return None
    documents = sum(len(result.documents) for result in outcome.days)
    told = {"tenant": key.tenant, "status": outcome.run.status.value, "count": documents}
    if outcome.run.status.is_success:
        ports.notices.info("close.ran", **told)
    else:
        ports.notices.warning("close.failed", code=outcome.run.code, **told)
    if outcome.disabled:
        ports.notices.warning("close.disabled", code="close_company_disabled", tenant=key.tenant)
    return outcome
