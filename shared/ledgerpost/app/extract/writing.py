"""Writing the rows of one source row, repeated where nothing is known of the outcome: the target writes by id."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ledgerpost.app.extract.page_row import PageRow
from ledgerpost.app.extract.ports import RowTarget
from ledgerpost.domain.extract.progress import RowFate
from ledgerpost.domain.extract.results import Note
from ledgerpost.domain.extract.rows import TargetRow
from ledgerpost.domain.outcome import Applied, NotApplied, PostOutcome, Retry, Unknown

CONNECTION_CODES = frozenset(
    {
        "token_refused",
        "account_forbidden",
        "extract_path_unknown",
        "address_refused",
        "redirect_refused",
        "secret_unavailable",
    }
)
"""Refusals that every row would meet: the night stops there instead of trying them all."""


UNSETTLED_IN_A_ROW_MAX = 5
"""So many rows without a clear answer, one after the other, are an outage: the night stops and goes on later."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """The page is not done, since a side did not answer or lets nobody in; it is done again later."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatPolicy:
    """How often a row is written where the outcome is unknown or the target is busy, and how long it waits between:
    `wait_s` doubled each time up to `wait_s_max`, never shorter than what the target asks for.
    """

    attempts_max: int = 5
    wait_s: float = 1.0
    wait_s_max: float = 30.0

    def wait_after(self, attempt: int, outcome: NotApplied | Unknown) -> float:
        """Give the seconds to wait after the attempt of this number, from 0."""
        asked_s = (outcome.retry_after_s or 0.0) if isinstance(outcome, NotApplied) else 0.0
        doubled_s: float = min(self.wait_s_max, self.wait_s * 2**attempt)
        return max(asked_s, doubled_s)


def write_rows(
    target: RowTarget, rows: Sequence[TargetRow], policy: RepeatPolicy, pause: Callable[[float], None]
) -> PostOutcome:
    """Write `rows` in their order up to the first that is not applied; give the outcome of the last one written."""
    assert rows, "a source row that was mapped has at least one row"
    outcome: PostOutcome = Unknown("reply_lost")
    for row in rows:
        outcome = _write_row(target, row, policy, pause)
        if not isinstance(outcome, Applied):
            return outcome
    return outcome


def _write_row(target: RowTarget, row: TargetRow, policy: RepeatPolicy, pause: Callable[[float], None]) -> PostOutcome:
    outcome = target.write(row)
    for attempt in range(policy.attempts_max - 1):
        if isinstance(outcome, Applied) or (isinstance(outcome, NotApplied) and outcome.retry is Retry.NEVER):
            return outcome
        pause(policy.wait_after(attempt, outcome))
        outcome = target.write(row)
    return outcome


class PageWriter:
    """Writes the rows of one page, some side by side, until the target turns out to be away."""

    def __init__(self, target: RowTarget, policy: RepeatPolicy, pause: Callable[[float], None]) -> None:
        self.stopped: Stopped | None = None
        self._target = target
        self._policy = policy
        self._pause = pause
        self._unsettled_in_a_row = 0
        self._lock = threading.Lock()

    def write(self, each: PageRow) -> None:
        """Write one row of the source and give it its fate; a row that is no longer begun gets none."""
        if self.stopped is not None:
            return
        outcome = write_rows(self._target, each.target_rows, self._policy, self._pause)
        with self._lock:
            self._settle(each, outcome)

    def _settle(self, each: PageRow, outcome: PostOutcome) -> None:
        match outcome:
            case Applied():
                each.fate, self._unsettled_in_a_row = RowFate.WRITTEN, 0
            case NotApplied() if _stops_the_night(outcome):
                self.stopped = Stopped(outcome.code, outcome.detail)
            case NotApplied():
                each.fate, self._unsettled_in_a_row = RowFate.REFUSED, 0
                each.notes.append(Note(outcome.code, outcome.detail))
            case Unknown():
                each.fate = RowFate.UNSETTLED
                each.notes.append(Note("extract_row_unsettled", outcome.detail))
                self._unsettled_in_a_row += 1
                if self._unsettled_in_a_row >= UNSETTLED_IN_A_ROW_MAX:
                    self.stopped = Stopped(outcome.code, outcome.detail)


def _stops_the_night(outcome: NotApplied) -> bool:
    """Say whether the rows after this one would fare no better: the target is away, or lets nobody in."""
    return outcome.retry is Retry.LATER or outcome.code in CONNECTION_CODES
