"""Faults: their grammar, that they repeat, and what each does to a call and to the books."""

import pytest

from ledgerpost.simulators.pennypipe import FaultSpecError, parse_faults
from ledgerpost.simulators.pennypipe.faults import FaultKind
from ledgerpost.simulators.serving.faults import Fault, FaultInjector
from tests.simulators.pennypipe_calls import SALES_ENTRIES, InMemory, entry

LOOK_UP = f"{SALES_ENTRIES}?referenceId=R-1"


def test_a_plan_is_read_from_text() -> None:
    text = "cut=0.05, refuse=0.1:once:2,limit=1:0,slow=.01:0.2,lag=1:0.5,poison=R-1|a%2Cb"

    assert parse_faults(text) == {
        FaultKind.CUT: Fault(rate=0.05),
        FaultKind.REFUSE: Fault(rate=0.1, once=True, seconds=2),
        FaultKind.LIMIT: Fault(rate=1, seconds=0),
        FaultKind.SLOW: Fault(rate=0.01, seconds=0.2),
        FaultKind.LAG: Fault(rate=1, seconds=0.5),
        FaultKind.POISON: Fault(references=frozenset({"R-1", "a,b"})),
    }
    assert parse_faults(" ") == {}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("cutt=0.1", "unknown fault 'cutt'; the faults are cut,"),
        ("cut", "write cut=VALUE"),
        ("cut=", "write cut=VALUE"),
        ("cut=1.5", "above 1"),
        ("cut=-0.1", "not a plain number"),
        ("cut=nan", "not a plain number"),
        ("cut=0.1,cut=0.2", "given twice"),
        ("cut=0.1:5", "has no option '5'"),
        ("cut=0.1:twice", "has no option 'twice'"),
        ("slow=0.1", "needs seconds"),
        ("lag=1:1:once", "no 'once'"),
        ("refuse=0.1:1.5", "whole seconds"),
        ("refuse=0.1:1:2", "more than one number"),
    ],
)
def test_a_plan_that_cannot_be_read_says_what_to_mend(text: str, says: str) -> None:
    with pytest.raises(FaultSpecError, match=says):
        parse_faults(text)


def test_what_strikes_depends_on_seed_and_reference_and_never_on_the_order_of_arrival() -> None:
    references = [f"R-{number}" for number in range(300)]

    forward = _struck(7, references)

    assert forward == _struck(7, list(reversed(references)))
    assert forward != _struck(8, references)


def test_a_rate_is_kept_to_in_the_long_run() -> None:
    references = [f"R-{number}" for number in range(4000)]

    assert 0.08 < len(_struck(1, references)) / (2 * len(references)) < 0.12


def test_once_spares_a_reference_that_was_struck_before() -> None:
    ledger = InMemory(faults="refuse=1:once")

    assert [ledger.post(entry()).status for _ in range(3)] == [503, 201, 200]
    assert ledger.post(entry("R-2")).status == 503
    assert ledger.counts.faults == {"refuse": 2}


@pytest.mark.parametrize(
    ("faults", "status", "code", "retry_after"),
    [
        ("refuse=1", 503, "unavailable", "1"),
        ("refuse=1:30", 503, "unavailable", "30"),
        ("limit=1:0", 429, "rate_limited", "0"),
        ("conflict=1", 409, "concurrent_update", None),
        ("poison=R-1", 422, "validation", None),
    ],
)
def test_a_fault_before_applying_leaves_the_books_alone(
    faults: str, status: int, code: str, retry_after: str | None
) -> None:
    ledger = InMemory(faults=faults)

    reply = ledger.post(entry())

    assert (reply.status, reply.code, reply.headers.get("Retry-After")) == (status, code, retry_after)
    assert ledger.counts.entries == 0


@pytest.mark.parametrize(("kind", "status"), [("cut", 0), ("error_after", 500), ("html", 200)])
def test_a_fault_after_applying_hides_that_the_entry_is_in_the_books(kind: str, status: int) -> None:
    ledger = InMemory(faults=f"{kind}=1:once")

    reply = ledger.post(entry())

    assert reply.status == status
    assert (ledger.counts.created, ledger.counts.faults) == (1, {kind: 1})
    assert ledger.counts.calls == {"post_entry": {"cut" if kind == "cut" else str(status): 1}}
    assert ledger.post(entry()).json["version"] == 2


def test_a_fault_after_applying_needs_something_applied() -> None:
    ledger = InMemory(faults="cut=1")

    assert ledger.post(entry(amount="0")).status == 422
    assert ledger.counts.faults == {}


def test_slow_delays_whatever_the_answer_is() -> None:
    ledger = InMemory(faults="slow=1:0.25,refuse=1:once")

    assert [(reply.status, reply.delay_s) for reply in (ledger.post(entry()), ledger.post(entry()))] == [
        (503, 0.25),
        (201, 0.25),
    ]


def test_expire_revokes_the_token_that_was_presented_and_a_new_one_works() -> None:
    ledger = InMemory(faults="expire=1:once")
    token = ledger.client_token()

    first = ledger.post(entry(), token=token)

    assert (first.status, first.code) == (401, "token_invalid")
    assert ledger.call("GET", LOOK_UP, token=token).status == 401
    assert ledger.post(entry(), token=ledger.client_token()).status == 201


def test_expire_leaves_a_personal_token_alone_for_nothing_could_replace_it() -> None:
    assert InMemory(faults="expire=1").post(entry()).status == 201


def test_a_look_up_misses_an_entry_for_the_length_of_the_lag_and_a_read_by_id_does_not() -> None:
    ledger = InMemory(faults="lag=1:2")
    entry_id = ledger.post(entry()).json["id"]
    ledger.now_s += 1.9

    assert ledger.call("GET", LOOK_UP).json["items"] == []
    assert ledger.call("GET", f"{SALES_ENTRIES}/{entry_id}").status == 200
    assert ledger.counts.faults == {"lag": 1}
    ledger.now_s += 0.1
    assert [item["id"] for item in ledger.call("GET", LOOK_UP).json["items"]] == [entry_id]


def test_faults_strike_posts_alone() -> None:
    ledger = InMemory(faults="cut=1,refuse=1,limit=1,expire=1,slow=1:1")

    reply = ledger.call("GET", LOOK_UP)

    assert (reply.status, reply.delay_s) == (200, 0.0)


def test_poison_strikes_one_item_of_a_batch_and_a_cut_strikes_the_whole() -> None:
    ledger = InMemory(faults="poison=R-2,cut=1:once")
    batch = {"entries": [entry("R-1"), entry("R-2")], "createMissingTags": True}

    assert ledger.call("POST", f"{SALES_ENTRIES}/batch", batch).status == 0
    again = ledger.call("POST", f"{SALES_ENTRIES}/batch", batch).json["results"]

    assert [item["status"] for item in again] == [200, 422]


def test_a_plan_may_change_mid_run() -> None:
    ledger = InMemory()
    ledger.post(entry())

    assert ledger.call("POST", "/_simulator/faults", {"faults": "refuse=1"}).status == 204
    assert ledger.post(entry()).status == 503
    assert (
        ledger.call("POST", "/_simulator/faults", {"faults": "refuse=2"}).json["detail"].endswith("one call in twenty")
    )
    assert ledger.call("POST", "/_simulator/faults", {}).status == 400


def test_a_run_repeats_after_a_reset() -> None:
    ledger = InMemory(faults="refuse=0.3,cut=0.3:once", seed=3)

    def run() -> list[int]:
        return [ledger.post(entry(f"R-{number % 20}")).status for number in range(60)]

    first = run()
    ledger.call("POST", "/_simulator/reset")

    assert ledger.counts.faults == {}
    assert run() == first
    assert set(first) == {0, 200, 201, 503}


def _struck(seed: int, references: list[str]) -> set[tuple[str, int]]:
    injector = FaultInjector(seed, parse_faults("cut=0.1"), injected=lambda _: None)
    return {
        (reference, nth)
        for nth in range(2)
        for reference in references
        if injector.call("account", reference).strikes(FaultKind.CUT)
    }
