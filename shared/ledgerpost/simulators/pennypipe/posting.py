"""Posting entries, one or a batch, with the faults that may strike on the way.

The order of one call: authorised → faults that keep it from being applied (`expire`, `limit`, `refuse`, `conflict`) →
validated → applied → faults that hide that it was (`cut`, `error_after`, `html`). `slow` delays any answer of it.
"""

from dataclasses import dataclass
from http import HTTPStatus

from ledgerpost.simulators.pennypipe import validation
from ledgerpost.simulators.pennypipe.counts import Effect
from ledgerpost.simulators.pennypipe.faults import FaultKind
from ledgerpost.simulators.pennypipe.ledger import Account, Applied
from ledgerpost.simulators.pennypipe.problems import (
    FieldError,
    Problem,
    concurrent_update,
    failed_after_applying,
    rate_limited,
    token_invalid,
    unavailable,
    unprocessable,
)
from ledgerpost.simulators.pennypipe.simulator import Simulator
from ledgerpost.simulators.serving.exchange import Answer, json_answer
from ledgerpost.simulators.serving.faults import CallFaults
from ledgerpost.simulators.serving.striking import delay, digest_of, hide


@dataclass(frozen=True, slots=True)
class Post:
    """One authorised post to an account. `token` is the one presented; `is_oauth` tells whether it can be replaced."""

    account: Account
    token: str
    is_oauth: bool
    body: bytes


def post_entry(simulator: Simulator, post: Post) -> Answer:
    """Create or update one entry: 201 or 200, or the problem. Source: reference/pennypipe.md §3.2."""
    document = validation.read_json(post.body)
    reference = validation.reference_of(document.get("entry") if isinstance(document, dict) else None)
    faults = simulator.faults.call(post.account.id, reference if reference is not None else digest_of(post.body))
    return delay(faults, _post_entry(simulator, post, document, faults))


def post_batch(simulator: Simulator, post: Post) -> Answer:
    """Create or update up to 100 entries, each on its own. Source: reference/pennypipe.md §3.3.

    A fault strikes the batch as one call, drawn by the text of its body; `poison` strikes its items.
    """
    document = validation.read_json(post.body)
    faults = simulator.faults.call(post.account.id, digest_of(post.body))
    return delay(faults, _post_batch(simulator, post, document, faults))


def _post_entry(simulator: Simulator, post: Post, document: object, faults: CallFaults) -> Answer:
    try:
        _strike_before(simulator, post, faults)
        value, create_missing_tags = validation.read_envelope(document, "entry")
        applied = _apply(simulator, post.account, value, create_missing_tags=create_missing_tags, path="entry")
    except Problem as problem:
        return problem.answer()
    created = applied.effect is Effect.CREATED
    body = applied.entry.document()
    body["created"] = created
    return hide(faults, json_answer(body, HTTPStatus.CREATED if created else HTTPStatus.OK), failed_after_applying())


def _post_batch(simulator: Simulator, post: Post, document: object, faults: CallFaults) -> Answer:
    try:
        _strike_before(simulator, post, faults)
        entries, create_missing_tags = validation.read_batch(document)
    except Problem as problem:
        return problem.answer()
    results = [
        {"index": index}
        | _batch_item(simulator, post.account, entry, create_missing_tags=create_missing_tags, path=f"entries[{index}]")
        for index, entry in enumerate(entries)
    ]
    return hide(faults, json_answer({"results": results}), failed_after_applying())


def _batch_item(
    simulator: Simulator, account: Account, entry: object, *, create_missing_tags: bool, path: str
) -> dict[str, object]:
    try:
        applied = _apply(simulator, account, entry, create_missing_tags=create_missing_tags, path=path)
    except Problem as problem:
        return {"status": problem.status.value, "problem": problem.document()}
    status = HTTPStatus.CREATED if applied.effect is Effect.CREATED else HTTPStatus.OK
    return {"status": status.value, "id": applied.entry.id, "version": applied.entry.version}


def _apply(simulator: Simulator, account: Account, entry: object, *, create_missing_tags: bool, path: str) -> Applied:
    draft = validation.read_entry(entry, path)
    if simulator.faults.names(FaultKind.POISON, draft.reference_id):
        raise unprocessable("validation", [FieldError(f"{path}.referenceId", "is refused by the simulator's plan")])
    applied = simulator.ledger.post(account, draft, create_missing_tags=create_missing_tags, path=path)
    simulator.tally.effects[applied.effect] += 1
    return applied


def _strike_before(simulator: Simulator, post: Post, faults: CallFaults) -> None:
    if post.is_oauth and faults.strikes(FaultKind.EXPIRE):
        simulator.tokens.revoke(post.token)
        raise token_invalid("the token was revoked", presented=True)
    if fault := faults.strikes(FaultKind.LIMIT):
        raise rate_limited(int(fault.seconds))
    if fault := faults.strikes(FaultKind.REFUSE):
        raise unavailable(int(fault.seconds))
    if faults.strikes(FaultKind.CONFLICT):
        raise concurrent_update()
