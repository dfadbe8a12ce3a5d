"""Properties of mapping any order: the same each time, exact, bounded, and nothing of Python in reach."""

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ledgerpost.domain.collection_document import draft_document
from ledgerpost.domain.document import LedgerDocument
from ledgerpost.domain.look_up import Absent, Ambiguous, Known, LookedUp, LookUp
from ledgerpost.domain.mapping import Refusal, Skip
from tests.collections.orders import FORMULAS, SHIPPED, document, draft, event_of, order, route_with, with_overrides

amounts = st.decimals(0, 10**9, places=2)
quantities = st.decimals(Decimal("0.001"), 10**6, places=3)
odd = st.sampled_from(
    [None, "", " ", True, 0, -1, Decimal("1.5"), Decimal("1E+50"), "x", "x" * 5000, [], [1], {}, {"a": 1}]
)
line = st.fixed_dictionaries(
    {"Sku": st.sampled_from(["A", "b", "C", " a", None]), "Qty": quantities | odd},
    optional={"UnitPrice": amounts | odd, "ExtendedPrice": amounts | odd, "Id": st.integers(1, 99) | odd},
)
names = st.sampled_from([
    "Type", "TransactionNumber", "CustomerId", "EmailAddress", "Total", "ShippingAmount", "TaxZone", "Addresses",
    "Payments", "Taxes", "TrackingNumbers", "CustomFields", "Lines", "__class__", "parent", "Parent",
])  # fmt: skip
orders = st.builds(
    lambda changes, lines: order(**({"Lines": lines} | changes)),
    st.dictionaries(names, odd, max_size=4),
    st.lists(line, max_size=4),
)
answers = st.sampled_from([LookedUp(("X1",)), LookedUp(("X1", "X2")), Absent(), Ambiguous(2)])


def answering(answer: Known) -> Any:
    def ask(look_up: LookUp) -> Known:
        # Which answer depends on the question alone, as a ledger's does.
        return answer if len(look_up.argument) % 2 else LookedUp(("Y",))

    return ask


@settings(deadline=None)
@given(orders, answers)
def test_any_order_ends_in_a_document_a_skip_or_a_refusal_and_the_same_each_time(entity: Any, answer: Known) -> None:
    first, second = draft(entity), draft(entity)
    assert first == second
    assert isinstance(first, LedgerDocument | Skip | Refusal)
    if isinstance(first, LedgerDocument):
        made = document(entity, ask=answering(answer))
        assert made == document(entity, ask=answering(answer))
        assert isinstance(made, LedgerDocument | Refusal)


@settings(deadline=None)
@given(orders, answers)
def test_the_answers_of_the_ledger_never_change_the_fingerprint(entity: Any, answer: Known) -> None:
    drafted = draft(entity)
    if isinstance(drafted, LedgerDocument):
        made = document(entity, ask=answering(answer))
        assert isinstance(made, Refusal) or made.fingerprint() == drafted.fingerprint()


@settings(deadline=None)
@given(st.lists(st.tuples(quantities, amounts, amounts), min_size=1, max_size=8))
def test_every_number_of_the_lines_arrives_exactly(lines: list[tuple[Decimal, Decimal, Decimal]]) -> None:
    sent = [
        {"Sku": f"S{place}", "Qty": quantity, "UnitPrice": price, "ExtendedPrice": extended}
        for place, (quantity, price, extended) in enumerate(lines)
    ]
    made = document(order(Lines=sent), ask=lambda _: LookedUp(("X",)))
    assert isinstance(made, LedgerDocument)
    arrived = [
        tuple(Decimal(each[name]) for name in ("OrderQty", "UnitPrice", "Amount")) for each in made.content()["Lines"]
    ]
    assert arrived == lines


@settings(deadline=None)
@given(orders)
def test_no_value_of_the_source_stands_in_a_refusal(entity: Any) -> None:
    marked = entity | {"EmailAddress": "secret-person@example.com", "FirstName": "secret-person"}
    made = draft(marked)
    assert not isinstance(made, Refusal) or "secret-person" not in made.message


def test_noise_and_fields_that_nobody_reads_make_no_other_document() -> None:
    plain, noisy = (
        draft(order(Total=Decimal("508.2"))),
        draft(order(Total=Decimal("508.20000000000005"), Colour="blue")),
    )
    assert isinstance(plain, LedgerDocument)
    assert isinstance(noisy, LedgerDocument)
    assert plain.fingerprint() == noisy.fingerprint()


def test_a_field_that_is_read_makes_another_document() -> None:
    first, second = draft(order()), draft(order(TransactionNumber="WEB1002"))
    assert isinstance(first, LedgerDocument)
    assert isinstance(second, LedgerDocument)
    assert first.fingerprint() != second.fingerprint()


def test_an_order_as_large_as_an_event_can_be_is_mapped_in_bounded_time() -> None:
    lines = [{"Sku": f"SKU{number}", "Qty": 1, "UnitPrice": 1, "ExtendedPrice": 1} for number in range(1000)]
    drafted = draft_document(event_of(order(Lines=lines)), route_with(SHIPPED), SHIPPED, FORMULAS)
    assert isinstance(drafted, LedgerDocument)


def test_a_custom_field_with_a_space_in_its_name_is_read_and_counts() -> None:
    boxes = {"TrackingNumbers.BoxID_Package": {"type": "Field", "source": "Box Id", "custom": True}}
    formula = {"Description": {"type": "Dynamic Formula", "formula": '$customField("Gift Note")'}}
    mapping = with_overrides(boxes | formula)

    def made(note: str, other: str) -> LedgerDocument:
        fields = [{"Name": "Gift Note", "Value": note}, {"Name": "Other Note", "Value": other}]
        drafted = draft(order(CustomFields=fields), mapping)
        assert isinstance(drafted, LedgerDocument)
        return drafted

    assert made("a", "x").fingerprint() == made("a", "y").fingerprint()
    assert made("a", "x").fingerprint() != made("b", "x").fingerprint()
