"""The class that a connector declares holds on its own simulator: under cut replies and under doubled calls."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from ledgerpost.app.posting import Posted, post_entry
from ledgerpost.domain.delivery import Attempt, DeliveryKey, DeliveryRecord, Status
from ledgerpost.domain.document import Postable
from ledgerpost.domain.event import EventId, EventKind
from ledgerpost.domain.outcome import AccountAbility, Applied, TargetClass, Unknown
from ledgerpost.domain.route import RouteId
from ledgerpost.domain.version import SourceVersion, Version
from ledgerpost.ports import LedgerTarget
from tests.connectors.conformance.case import ConnectorCase, RunningLedger
from tests.connectors.conformance.cases import CASES
from tests.connectors.scripted import NOW, TENANT, HeldSecrets, targets_with

ENTRIES = 20
CLASSES = [(case, target_class) for case in CASES for target_class in case.ledgers]


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


def target_of(ledger: RunningLedger) -> LedgerTarget:
    targets = targets_with(HeldSecrets(dict(ledger.secrets)), SystemClock(), allow_loopback=True)
    return targets.target_of(TENANT, ledger.connection)


def entry_of(case: ConnectorCase, ledger: RunningLedger, reference: str) -> Postable:
    return case.posting(reference, ledger.currency)


def record_of(ledger: RunningLedger, entry: Postable, *, unsettled: bool) -> DeliveryRecord:
    """The delivery record at a claim; `unsettled` after a post whose reply was lost a while ago."""
    lost = Attempt(NOW - timedelta(hours=1), "unknown", "reply_lost")
    return DeliveryRecord(
        key=DeliveryKey(TENANT, ledger.connection.id, ledger.account, entry.reference),
        route=RouteId("route"),
        kind=EventKind.SALE_DOCUMENT,
        event_id=EventId(f"event-{entry.reference}"),
        version=Version(SourceVersion(NOW), 1),
        fingerprint=entry.fingerprint(),
        status=Status.IN_FLIGHT,
        source="{}",
        updated_at=NOW,
        unsettled=unsettled,
        history=(lost,) if unsettled else (),
    )


def attempt(target: LedgerTarget, ledger: RunningLedger, entry: Postable, *, unsettled: bool = False) -> Posted:
    record = record_of(ledger, entry, unsettled=unsettled)
    return post_entry(target, record, entry, now=NOW, read_lag=timedelta(seconds=30))


@pytest.mark.parametrize(("case", "target_class"), CLASSES, ids=str)
def test_the_ability_names_the_class_that_the_account_is_in(case: ConnectorCase, target_class: TargetClass):
    with case.ledgers[target_class]() as ledger:
        ability = target_of(ledger).ability(ledger.account)

        assert isinstance(ability, AccountAbility)
        assert (ability.target_class, ability.currency) == (target_class, ledger.stated_currency)


@pytest.mark.parametrize(("case", "target_class"), CLASSES, ids=str)
def test_an_entry_whose_reply_was_cut_has_one_effect_after_it_is_taken_up_again(
    case: ConnectorCase, target_class: TargetClass
):
    with case.ledgers[target_class]() as ledger:
        target = target_of(ledger)
        entries = [entry_of(case, ledger, f"cut-{number}") for number in range(ENTRIES)]
        ledger.cut_replies(1.0)
        first = [attempt(target, ledger, entry).outcome for entry in entries]
        ledger.cut_replies(0)
        second = [attempt(target, ledger, entry, unsettled=True).outcome for entry in entries]

        assert {type(outcome) for outcome in first} == {Unknown}
        assert {(type(outcome), outcome.created) for outcome in second} == {(Applied, False)}
        assert [ledger.effects_of(entry.reference) for entry in entries] == [1] * ENTRIES


@pytest.mark.parametrize(("case", "target_class"), CLASSES, ids=str)
def test_a_call_that_is_made_twice_has_one_effect(case: ConnectorCase, target_class: TargetClass):
    with case.ledgers[target_class]() as ledger:
        target = target_of(ledger)
        entry = entry_of(case, ledger, "twice")
        outcomes = [attempt(target, ledger, entry).outcome for _ in range(3)]

        assert len({outcome.ledger_id for outcome in outcomes}) == 1
        assert ledger.effects_of(entry.reference) == 1


@pytest.mark.parametrize("case", [case for case in CASES if TargetClass.UPSERT in case.ledgers], ids=str)
def test_posts_of_one_reference_side_by_side_have_one_effect_where_the_ledger_upserts(case: ConnectorCase):
    with case.ledgers[TargetClass.UPSERT]() as ledger:
        target = target_of(ledger)
        entry = entry_of(case, ledger, "side by side")
        with ThreadPoolExecutor(10) as executor:
            list(executor.map(lambda _: target.post(ledger.account, entry, "event"), range(30)))
        target.post(ledger.account, entry, "event")

        assert ledger.effects_of(entry.reference) == 1


@pytest.mark.parametrize(("case", "target_class"), CLASSES, ids=str)
def test_a_bare_repeat_shows_that_the_class_is_not_declared_too_well(case: ConnectorCase, target_class: TargetClass):
    with case.ledgers[target_class]() as ledger:
        target = target_of(ledger)
        entry = entry_of(case, ledger, "bare")
        target.post(ledger.account, entry, "event")
        target.post(ledger.account, entry, "event")

        repeats = target_class in (TargetClass.UPSERT, TargetClass.KEY) or case.refuses_doubles
        assert (ledger.effects_of(entry.reference) == 1) == repeats
