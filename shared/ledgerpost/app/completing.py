"""Completing a document's draft with the ledger's answers, between the claim and the post.

Only a route with a mapping collection comes here. A question that is not answered is like a post that was refused for
now: asking changes nothing, so the entry is tried again, and nothing is guessed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from ledgerpost.app.delivery_work import Approval, DeliverPorts, Task
from ledgerpost.app.posting import Posted
from ledgerpost.domain.collection_document import complete_document
from ledgerpost.domain.collection_mapping import CollectionMapper
from ledgerpost.domain.document import LedgerDocument
from ledgerpost.domain.look_up import Absent, Ambiguous, Known, LookedUp, LookUp, LookUpAnswer
from ledgerpost.domain.mapping import Refusal
from ledgerpost.domain.outcome import NotApplied, Retry, TargetClass, Unknown
from ledgerpost.domain.route import AccountId
from ledgerpost.ports import Clock, LedgerTarget, LookUps, ManyLookUps

LOOK_UPS_MAX = 1200
"""Questions that one document may ask: a SKU per line, and a few of the order."""

LOOK_UPS_S_MAX = 20.0
"""How long the questions of one attempt may take: less than half of what a post may take in all, so that the worker is
never cut off between them. A connector that keeps answers for some minutes goes on from there with the next attempt."""


TOGETHER_MAX = 20
"""Questions that are asked at a time of a ledger that takes many: between two such calls the time is looked at."""


@dataclass(frozen=True, slots=True)
class Ready:
    """What is to be posted, and how many questions it took."""

    document: LedgerDocument
    lookups: int


def completed(task: Task, target: LedgerTarget, ports: DeliverPorts) -> Ready | Posted:
    """Give the document of the task's draft, or the outcome of an attempt that could not come to a post."""
    mapping, draft, message = task.route.collection_for(task.work.kind), task.work.entry, task.message
    assert mapping is not None, "only what a collection mapped is completed"
    assert isinstance(draft, LedgerDocument), "a collection makes documents"
    event = message.event if isinstance(message, Approval) else ports.read_event(task.work.source)
    ends_at = ports.clock.now() + timedelta(seconds=LOOK_UPS_S_MAX)
    questions = _Questions(target, task.work.key.account, ports.clock, ends_at)
    try:
        mapper = CollectionMapper(ports.formulas, questions.ask, questions.ask_together)
        document = complete_document(draft, event, mapping, mapper)
    except _Unanswered as unanswered:
        return _posted(unanswered.outcome, questions)
    if isinstance(document, Refusal):
        return _posted(NotApplied(document.code, Retry.NEVER, document.message), questions)
    return Ready(document, questions.asked)


def _posted(outcome: NotApplied, questions: "_Questions") -> Posted:
    # Nothing was written, so the class of the target makes no difference.
    return Posted(outcome=outcome, target_class=TargetClass.UPSERT, lookups=questions.asked)


class _Unanswered(Exception):  # noqa: N818 - control flow inside this module, never seen outside
    def __init__(self, outcome: NotApplied) -> None:
        super().__init__(outcome.code)
        self.outcome = outcome


@dataclass(slots=True)
class _Questions:
    """The questions of one document, counted."""

    target: LedgerTarget
    account: AccountId
    clock: Clock
    ends_at: datetime
    asked: int = field(default=0)

    def ask(self, look_up: LookUp) -> Known:
        """Give the ledger's answer; raises _Unanswered where there is none."""
        if not isinstance(self.target, LookUps):
            raise _Unanswered(NotApplied("look_up_unsupported", Retry.NEVER, f"{look_up.name} was asked."))
        self._count(1)
        return _known(look_up, self.target.look_up(self.account, look_up.name, look_up.argument))

    def ask_together(self, look_ups: Sequence[LookUp]) -> Mapping[LookUp, Known]:
        """Give the ledger's answers, in few calls where it can; raises _Unanswered where there is none."""
        if not isinstance(self.target, ManyLookUps):
            return {look_up: self.ask(look_up) for look_up in look_ups}
        known: dict[LookUp, Known] = {}
        for start in range(0, len(look_ups), TOGETHER_MAX):
            questions = look_ups[start : start + TOGETHER_MAX]
            self._count(len(questions))
            answers = self.target.look_up_together(self.account, questions)
            known |= {each: _known(each, answer) for each, answer in zip(questions, answers, strict=True)}
        return known

    def _count(self, questions: int) -> None:
        """Count questions that are about to be asked; raises _Unanswered where they are too many, or too slow."""
        if self.asked + questions > LOOK_UPS_MAX:
            raise _Unanswered(NotApplied("look_ups_exceeded", Retry.NEVER, f"More than {LOOK_UPS_MAX} questions."))
        if self.clock.now() >= self.ends_at:
            detail = f"{self.asked} questions took {LOOK_UPS_S_MAX:.0f} s."
            raise _Unanswered(NotApplied("look_ups_slow", Retry.LATER, detail))
        self.asked += questions


def _known(look_up: LookUp, answer: LookUpAnswer) -> Known:
    match answer:
        case LookedUp() | Absent() | Ambiguous():
            return answer
        case NotApplied():
            raise _Unanswered(replace(answer, detail=f"{look_up.name}: {answer.detail}"))
        case Unknown():
            detail = f"{look_up.name}: {answer.detail}"
            raise _Unanswered(NotApplied(answer.code, Retry.LATER, detail, status=answer.status))
