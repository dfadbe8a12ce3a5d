"""Whatever happens in whatever order, crashes included: the ledger's latest documents sum up to the records."""

from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ledgerpost.app.close_day import reopen_day
from ledgerpost.domain.commerce import Order, PaymentType
from ledgerpost.domain.grouping.document import Direction
from ledgerpost.domain.version import SourceVersion
from ledgerpost.errors import StoreError, UsageError
from tests.grouping.builders import DAY, NOON, a_company, a_line, a_payment, an_order
from tests.grouping.world import Shop


@dataclass(frozen=True)
class Take:
    """A version of an order arrives: its name, its version, what it sells and refunds, what was paid how."""

    name: str
    version: int
    pounds: int
    refunded: int
    kind: PaymentType

    def record(self) -> Order:
        lines = [a_line(str(self.pounds), str(self.pounds // 5))]
        if self.refunded:
            lines.append(a_line(str(-self.refunded), "0", "0", quantity="-1"))
        order = an_order(self.name, lines, [a_payment(str(self.pounds), self.kind)])
        # A version has one content: whoever draws it again draws the same.
        return replace(order, version=SourceVersion(NOON + timedelta(minutes=self.version)))


@dataclass(frozen=True)
class Close:
    """A close, whose queue takes so many events before it fails; None: all."""

    takes: int | None


@dataclass(frozen=True)
class Reopen:
    """A person reopens the day, where it is closed."""


def takes() -> st.SearchStrategy[Take]:
    contents = st.tuples(st.sampled_from("123"), st.integers(0, 3))
    return contents.map(
        lambda drawn: Take(
            *drawn,
            pounds=10 + 7 * drawn[1] * int(drawn[0]) % 23,
            refunded=3 * (drawn[1] % 2),
            kind=[PaymentType.CASH, PaymentType.CARD][drawn[1] // 2],
        )
    )


steps = st.lists(
    st.one_of(takes(), st.builds(Close, st.none() | st.integers(0, 3)), st.builds(Reopen)), min_size=1, max_size=14
)


class Ledger:
    """What a ledger that takes the latest revision of each reference holds. Source: design, section 3.1."""

    def __init__(self) -> None:
        self.held: dict[str, tuple[int, dict[str, Any]]] = {}
        self.sent: dict[tuple[str, int], dict[str, Any]] = {}

    def take(self, events: list[dict[str, Any]]) -> None:
        for event in events:
            entity, revision = event["detail"]["entity"], event["detail"]["revision"]
            known = self.sent.setdefault((entity["Id"], revision), entity)
            assert known == entity, "one reference in one revision says one thing"
            if revision >= self.held.get(entity["Id"], (0, {}))[0]:
                self.held[entity["Id"]] = revision, entity

    def sums(self) -> dict[str, Decimal]:
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for _, entity in self.held.values():
            is_payment = entity["Document"]["direction"] in set(Direction)
            sums["paid" if is_payment else "sold"] += Decimal(entity["Total"])
        return sums


def run(shop: Shop, step: Take | Close | Reopen) -> None:
    match step:
        case Take():
            shop.takes(step.record())
        case Close():
            close(shop, step.takes)
        case Reopen():
            with suppress(UsageError):  # a day that is not closed
                reopen_day(shop.key, DAY, shop.close_ports, by="ann", reason="drawn")


def close(shop: Shop, takes: int | None) -> None:
    shop.outbox.takes = None if takes is None else len(shop.outbox.events) + takes
    try:
        shop.closes()
    except StoreError:
        shop.clock.time += timedelta(minutes=15)  # the lease of the close that died runs out
    finally:
        shop.outbox.takes = None


@settings(max_examples=60, deadline=None)
@given(steps=steps)
def test_the_latest_documents_sum_up_to_the_records_after_any_history(
    steps: list[Take | Close | Reopen],
) -> None:
    shop, ledger = Shop(company=a_company()), Ledger()
    shop.waits_until("2026-03-03T02:00")
    latest: dict[str, Take] = {}
    for step in steps:
        run(shop, step)
        if isinstance(step, Take) and step.version >= latest.get(step.name, step).version:
            latest[step.name] = step
    close(shop, None)
    sent = len(shop.outbox.events)
    close(shop, None)
    assert len(shop.outbox.events) == sent, "a close without news sends nothing"
    ledger.take(shop.outbox.events)
    records = [take.record() for take in latest.values()]
    assert ledger.sums()["sold"] == sum((record.total for record in records), Decimal(0))
    assert ledger.sums()["paid"] == sum((record.payments[0].amount for record in records), Decimal(0))
