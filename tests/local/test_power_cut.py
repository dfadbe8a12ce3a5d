"""Wherever the power is cut, what was accepted is in the ledger once when the next process has run on from the disk."""

import io
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ledgerpost.adapters.clock import SystemClock
from ledgerpost.app.operate import redrive, redrive_rejection, skip
from ledgerpost.domain.delivery import Status
from ledgerpost.domain.entry import LedgerEntry
from ledgerpost.domain.event import TenantId
from ledgerpost.domain.outcome import AccountAbility, FindOutcome, Found, LedgerFact, PostOutcome, TargetClass
from ledgerpost.domain.pause import Pause
from ledgerpost.domain.route import AccountId, Connection
from ledgerpost.errors import StoreError
from ledgerpost.local.accepted import ACCEPTED_FILE
from ledgerpost.local.engine import EngineOptions, LocalEngine
from ledgerpost.ports import LedgerTarget
from tests.local.approvals import CONFIGURATION, CONNECTION, approval
from tests.local.disk import Disk, Image
from tests.local.fake_ledger import APPLIED, REFUSED, FakeLedger

ONE_BY_ONE = {"RETRY_DELAYS_S": "0.01,0.01,0.01,0.01", "POSTS_SIDE_BY_SIDE": "1", "READ_LAG_S": "0"}
ACME = TenantId("acme")
TABLE = "DeliveriesTable"


class Later:
    """The clock of the process after the cut, when the claims of the lost one are over."""

    def now(self) -> datetime:
        return SystemClock().now() + timedelta(minutes=10)


@dataclass
class Books:
    """A ledger that keeps every post, one that writes over what it has or one that only creates and is searched."""

    upserts: bool
    posts: list[LedgerEntry] = field(default_factory=list)
    moment: Callable[[], None] = lambda: None

    def target_of(self, tenant: TenantId, connection: Connection) -> LedgerTarget:
        return self

    def ability(self, account: AccountId) -> AccountAbility:
        wanted = TargetClass.UPSERT if self.upserts else TargetClass.LOOK_UP
        return AccountAbility(wanted, "GBP", looks_first=False)

    def post(self, account: AccountId, entry: LedgerEntry, correlation_id: str, onto: object = None) -> PostOutcome:
        self.moment()
        if not self.upserts or self.holds(entry.reference) != entry:
            self.posts.append(entry)
        self.moment()
        return APPLIED

    def find(self, account: AccountId, reference: str) -> FindOutcome:
        return Found(tuple(_fact(each) for each in self.posts if each.reference == reference))

    def holds(self, reference: str) -> LedgerEntry | None:
        return next((each for each in reversed(self.posts) if each.reference == reference), None)


def _fact(entry: LedgerEntry) -> LedgerFact:
    return LedgerFact(
        ledger_id="id",
        reference=entry.reference,
        type=entry.type,
        amount=entry.money.amount,
        day=entry.day,
        note=entry.note,
    )


@contextmanager
def engine_on(ledger: Any, folder: Path, **options: Any) -> Iterator[LocalEngine]:
    clock = options.pop("clock", None)
    settings = {"overrides": ONE_BY_ONE, "workers": 1} | options
    engine = LocalEngine(
        EngineOptions(
            configurations=[CONFIGURATION],
            targets=lambda _: ledger,
            log_stream=io.StringIO(),
            state_dir=folder,
            **settings,
        ),
        clock=clock,
    )
    try:
        yield engine
    finally:
        engine.close()


@dataclass(frozen=True)
class Moment:
    """The disk, the ledger's posts and the answered references at one instant."""

    image: Image
    posts: list[LedgerEntry]
    answered: tuple[str, ...]


def moments_of(folder: Path, ledger: Books, rounds: Sequence[Sequence[dict[str, Any]]]) -> list[Moment]:
    """Publish one entry after the other and run each round to its end; look before and after each post and answer."""
    disk, found = Disk(folder), list[Moment]()
    answered: list[str] = []

    def look() -> None:
        found.append(Moment(disk.image(), list(ledger.posts), tuple(answered)))

    ledger.moment = look
    with engine_on(ledger, folder, sync=disk.sync) as engine:
        for entries in rounds:
            for entry in entries:
                engine.publish([entry])
                answered.append(entry["Id"])
                look()
            assert engine.run([]).is_settled
            look()
    return found


def approved(reference: str, total: str = "10.00", revision: int = 1) -> dict[str, Any]:
    return approval(reference, total=total, revision=revision) | {"Id": reference}


LEFT = {
    "only what was synced": lambda _: 0.0,
    "and half of the rest": lambda _: 0.5,
    "and the accepted events as they were": lambda name: float(name == ACCEPTED_FILE),
    "and the records as they were": lambda name: float(name != ACCEPTED_FILE),
    "and all the rest": lambda _: 1.0,
}


@pytest.mark.parametrize("left", LEFT)
def test_a_ledger_that_only_creates_has_every_accepted_entry_once(left: str, tmp_path: Path) -> None:
    rounds = [[approved("R1"), approved("R2"), approved(" ")], [approved("R3"), approved("R4")]]
    lost = tmp_path / "lost"
    lost.mkdir()
    for number, moment in enumerate(moments_of(lost, Books(upserts=False), rounds)):
        folder = moment.image.after_a_power_cut(tmp_path / str(number), LEFT[left])
        ledger = Books(upserts=False, posts=list(moment.posts))
        with engine_on(ledger, folder, clock=Later()) as engine:
            assert engine.run([]).is_settled
            set_aside = list(engine.tables.rejections(TABLE).rejections())
        counts = Counter(each.reference for each in ledger.posts)
        assert counts.keys() >= {each for each in moment.answered if each.strip()}, f"moment {number}: lost"
        assert set(counts.values()) <= {1}, f"moment {number}: {counts}"
        assert len(set_aside) == 1 or " " not in moment.answered, f"moment {number}: what was set aside is lost"


@pytest.mark.parametrize("left", LEFT)
def test_no_older_version_is_written_over_a_newer_one_again(left: str, tmp_path: Path) -> None:
    rounds = [[approved("R1", "1.00"), approved("R1", "1.50", 2), approved("R2", "2.00")], [approved("R2", "2.50", 2)]]
    lost = tmp_path / "lost"
    lost.mkdir()
    for number, moment in enumerate(moments_of(lost, Books(upserts=True), rounds)):
        folder = moment.image.after_a_power_cut(tmp_path / str(number), LEFT[left])
        ledger = Books(upserts=True, posts=list(moment.posts))
        with engine_on(ledger, folder, clock=Later()) as engine:
            engine.run(each for entries in rounds for each in entries)
        for reference, totals in {"R1": ["1.00", "1.50"], "R2": ["2.00", "2.50"]}.items():
            written = [str(each.money.amount) for each in ledger.posts if each.reference == reference]
            assert written in (totals, totals[1:]), f"moment {number}"


def test_what_is_settled_is_settled_for_good(tmp_path: Path) -> None:
    """An outcome may wait for the disk, but not for longer than what was accepted is kept."""
    lost = tmp_path / "lost"
    lost.mkdir()
    settled = moments_of(lost, Books(upserts=False), [[approved("R1"), approved("R2")]])[-1]
    folder = settled.image.after_a_power_cut(tmp_path / "again", LEFT["and the accepted events as they were"])
    with engine_on(FakeLedger(), folder, clock=Later()) as engine:
        assert not engine.has_work
        assert {each.status for each in engine.deliveries.records(ACME)} == {Status.DELIVERED}


def test_no_post_is_made_without_its_claim_on_the_disk(tmp_path: Path) -> None:
    disk, ledger = Disk(tmp_path), FakeLedger()
    claims: list[int] = []
    ledger.before_post = lambda: claims.append(disk.image().synced[f"{TABLE}.jsonl"].count(b'"in_flight"'))
    with engine_on(ledger, tmp_path, sync=disk.sync) as engine:
        engine.run([approval(f"R{n}") for n in range(4)])
    assert claims == [1, 2, 3, 4]


def test_once_the_disk_fails_nothing_is_posted_and_nothing_is_answered_as_taken(tmp_path: Path) -> None:
    disk, ledger, failed = Disk(tmp_path), Books(upserts=True), threading.Event()

    def fail_after_the_second_post() -> None:
        if len(ledger.posts) == 2:
            disk.is_off = True
            failed.set()

    def interrupted_then() -> Iterator[dict[str, Any]]:
        assert failed.wait(30)
        raise KeyboardInterrupt
        yield

    ledger.moment = fail_after_the_second_post
    with engine_on(ledger, tmp_path, sync=disk.sync) as engine:
        engine.publish([approval(f"R{n}") for n in range(5)])
        engine.run(interrupted_then())
        with pytest.raises(StoreError, match=r"accepted\.jsonl cannot be written") as refused:
            engine.publish([approval("R9")])
    assert refused.value.code == "state_unwritable"
    assert [each.reference for each in ledger.posts] == ["R0", "R1"]

    ledger.moment = lambda: None
    with engine_on(ledger, disk.image().after_a_power_cut(tmp_path / "again"), clock=Later()) as engine:
        assert engine.run([]).is_settled
    assert [each.reference for each in ledger.posts] == [f"R{n}" for n in range(5)]


def test_what_a_person_did_is_on_the_disk_when_the_command_returns(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    disk, ledger = Disk(folder), FakeLedger()
    ledger.script.extend([REFUSED, REFUSED])
    with engine_on(ledger, folder, sync=disk.sync) as engine:
        engine.run([approval("R1"), approval("R2"), approval(" ")])
        ports, parked = engine.operate_ports(), list(engine.deliveries.records(ACME, Status.PARKED))
        skip(parked[0].key, "counted by hand", ports, by="Ana")
        redrive(parked[1].key, ports, by="Ana")
        redrive_rejection(next(engine.tables.rejections(TABLE).rejections()), ports, by="Ana")
        engine.pauses.pause(
            ACME,
            Pause(connection=CONNECTION.id, account=None, code="paused", by="Ana", at=SystemClock().now()),
        )
        image = disk.image()
    left = LEFT["and the accepted events as they were"]
    with engine_on(FakeLedger(), image.after_a_power_cut(tmp_path / "again", left)) as engine:
        records = {each.key.reference: each for each in engine.deliveries.records(ACME)}
        assert records["R1"].operations[-1].reason == "counted by hand"
        assert records["R2"].status is Status.PENDING
        assert [each.by for each in engine.pauses.pauses(ACME)] == ["Ana"]
        assert list(engine.tables.rejections(TABLE).rejections()) == []
        assert engine.run([]).is_settled
        assert len(list(engine.tables.rejections(TABLE).rejections())) == 1, "it was sent through intake again"
