"""Formulas: what the language gives, and what it cannot be made to do. Adapter: rule-engine."""

import json
import time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgerpost.adapters.formulas import RuleEngineFormulas
from ledgerpost.adapters.rule_engine_formula import FORMULA_LENGTH_MAX, RuleEngineFormula
from ledgerpost.domain.formula import Formula, FormulaFault, LookUpNeeded, Scope, Value
from ledgerpost.domain.look_up import Absent, Ambiguous, Known, LookedUp, LookUp

FORMULAS = RuleEngineFormulas()
ORDER = {"Type": "Order", "EmailAddress": "ann@example.com", "CustomerId": 42, "Customer": {"Name": "Ann"}}
LINE = {
    "Sku": "SKU1",
    "Qty": 2,
    "UnitPrice": Decimal("10.10"),
    "Nothing": None,
    "CustomFields": [{"Name": "BoxId", "Value": "SMALL"}],
    "Options": [1, 2],
}


def evaluate(text: str, record: dict[str, Any] | None = None, answers: dict[LookUp, Known] | None = None) -> Value:
    known = answers or {}
    parent = Scope(ORDER | {"CustomFields": {"WarehouseId": "MAIN"}}, None, known)
    return FORMULAS.compile(text).evaluate(Scope(LINE if record is None else record, parent, known))


def outcome_of(text: str, record: dict[str, Any] | None = None) -> Value | FormulaFault:
    try:
        return evaluate(text, record)
    except FormulaFault as fault:
        return fault


def fault_of(text: str, record: dict[str, Any] | None = None) -> FormulaFault:
    with pytest.raises(FormulaFault) as caught:
        evaluate(text, record)
    return caught.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("Sku", "SKU1"),
        ("Qty * UnitPrice", Decimal("20.20")),
        ("null", None),
        ("false", False),
        ('Parent.EmailAddress + " placed order"', "ann@example.com placed order"),
        ("Parent.Customer.Name", "Ann"),
        ("Nothing", None),
        ("NotThere", None),
        ("NotThere&.Deeper", None),
        ('Nothing ?? "instead"', "instead"),
        ('"n" + $text(Qty)', "n2"),
        ("$text(null)", ""),
        ('Qty > 1 and Sku == "SKU1" ? "many" : "one"', "many"),
        ("Sku.as_lower", "sku1"),
        ("Sku.length", Decimal(4)),
        ('$customField("BoxId")', "SMALL"),
        ('$customField("WarehouseId")', "MAIN"),
        ('$customField("boxid")', None),
        ("$round(UnitPrice, 1)", Decimal("10.1")),
        ("$divide(UnitPrice, 3, 4)", Decimal("3.3667")),
        ("$divide(null, 3, 4)", None),
        ("$isBlank(Nothing)", True),
    ],
)
def test_a_formula_gives_its_value(text: str, value: Value) -> None:
    assert evaluate(text) == value


@pytest.mark.parametrize(
    ("postal_code", "value"),
    [
        ("10001", True),
        (10001, True),
        ("K1A 0B1", False),
        ("10001\n", False),
        ("١٢٣", False),
        ("", False),
        (None, False),
    ],
)
def test_only_ascii_digits_over_the_whole_length_are_digits_only(postal_code: object, value: bool) -> None:
    assert evaluate(r'$isMatch(PostalCode, r"^\d+$")', {"PostalCode": postal_code}) is value


def test_a_field_name_in_another_casing_is_told_and_not_taken() -> None:
    fault = fault_of("sku")
    assert fault.code == "formula_failed"
    assert "Sku, not sku" in fault.message


def test_a_look_up_is_asked_for_and_then_answered_from_the_scope() -> None:
    text = '$externalId("Customer", Parent.CustomerId) ?? $customerByEmail(Parent.EmailAddress)'
    linked, by_email = LookUp("externalId", "Customer/42"), LookUp("customerByEmail", "ann@example.com")
    with pytest.raises(LookUpNeeded) as first:
        evaluate(text)
    assert first.value.look_up == linked
    assert evaluate(text, answers={linked: LookedUp(("C1",))}) == "C1"
    with pytest.raises(LookUpNeeded) as second:
        evaluate(text, answers={linked: Absent()})
    assert second.value.look_up == by_email
    assert evaluate(text, answers={linked: Absent(), by_email: Absent()}) is None


def test_two_customers_of_one_address_are_never_guessed_between() -> None:
    answers: dict[LookUp, Known] = {LookUp("customerByEmail", "a@b.c"): Ambiguous(2)}
    with pytest.raises(FormulaFault) as caught:
        evaluate("$customerByEmail(Email)", {"Email": "a@b.c"}, answers)
    assert caught.value.code == "customer_ambiguous"


def test_nothing_is_asked_for_a_blank_argument() -> None:
    assert evaluate("$customerByEmail(Nothing)") is None
    assert evaluate('$externalId("Customer", " ")') is None
    assert evaluate("$stockItemExists(Nothing)") is False


@pytest.mark.parametrize(
    ("wanted", "value"), [("ny", "NY"), ("CA", "AVALARA"), (None, "AVALARA")], ids=["named", "unknown", "none"]
)
def test_the_zone_that_the_source_names_is_taken_else_the_first(wanted: str | None, value: str) -> None:
    answers: dict[LookUp, Known] = {LookUp("taxZone"): LookedUp(("AVALARA", "NY"))}
    assert evaluate("$taxZone(TaxZone)", {"TaxZone": wanted}, answers) == value


@pytest.mark.parametrize(
    "text",
    [
        "Sku.__class__",
        "__class__",
        "Sku.encode",
        "$text.__call__",
        "$customField(Sku)",
        '$customField("a" + Sku)',
        "$customField",
        "Parent.__init__",
        "Parent.answers",
        "Parent.record",
        "Parent",
        "$text",
        'Sku.encode("hex")',
        "[x for x in Sku]",
        "{Sku}",
        "2 ** 99",
        "1 << 9999999999",
        "Sku =~ '(a+)+b'",
        "$now",
        "$random()",
        "$range(999999999)",
        'd"2020-01-01"',
        'b"ff"',
        "0x10",
        "1e99",
        "1 // 2",
        "Sku; Qty",
        "Sku # comment",
        "lambda: 1",
        "nan",
        "inf",
    ],
)
def test_what_is_not_of_the_language_gives_no_value(text: str) -> None:
    outcome = outcome_of(text)
    # A name that the record does not have is null, whatever Python has of that name.
    assert outcome is None or getattr(outcome, "code", "") in ("formula_invalid", "formula_failed")


@pytest.mark.parametrize(
    ("text", "position"), [("Sku +", 6), ("Sku § 1", 5), ("1 + $nope(Sku)", 5), ("(Sku", 5), ("a b", 3)]
)
def test_a_formula_that_cannot_be_read_names_its_position(text: str, position: int) -> None:
    fault = fault_of(text)
    assert (fault.code, fault.position) == ("formula_invalid", position)


def test_arithmetic_that_would_lose_a_digit_fails_instead() -> None:
    assert fault_of("UnitPrice / 3").code == "formula_failed"
    assert "$divide" in fault_of("UnitPrice / 3").message
    assert evaluate("UnitPrice / 4") == Decimal("2.525")
    assert evaluate("0.1 + 0.2") == Decimal("0.3")


@pytest.mark.parametrize(
    "text", ['Nothing + "x"', "Qty + Sku", "Sku * 3", "Options", "1 / 0", "Nothing.Deeper", "Sku > 1"]
)
def test_values_that_do_not_fit_together_fail_in_words_without_the_value(text: str) -> None:
    fault = fault_of(text)
    assert fault.code in ("formula_failed", "formula_invalid")
    assert "SKU1" not in fault.message


def test_text_and_numbers_beyond_the_limits_are_refused() -> None:
    assert fault_of("Long", {"Long": "x" * 4001}).code == "formula_too_large"
    assert fault_of("Long + Long", {"Long": "x" * 2001}).code == "formula_too_large"
    assert fault_of("Huge", {"Huge": Decimal("1E+900")}).code == "formula_too_large"
    assert fault_of("Wide * Wide", {"Wide": 10**20 + 1}).code == "formula_too_large"
    assert fault_of("1 + " * FORMULA_LENGTH_MAX + "1").code == "formula_invalid"
    assert fault_of("not " * 160 + "Sku").code == "formula_invalid"


def test_the_deepest_formula_that_is_taken_is_evaluated() -> None:
    assert evaluate("not " * 148 + "Qty") is True
    assert evaluate("(" * 70 + "Qty" + ")" * 70) == 2


def test_floating_point_noise_of_the_source_does_not_reach_a_formula() -> None:
    assert evaluate("Total", {"Total": Decimal("508.20000000000005")}) == Decimal("508.2")


def test_a_formula_is_compiled_once_per_text() -> None:
    assert FORMULAS.compile("Qty * 2") is FORMULAS.compile("Qty * 2")


scalars = st.sampled_from([None, True, 0, -7, Decimal("1.5"), Decimal("1E+40"), "", "a", "Ann", "7", "x" * 5000])
json_values = (
    scalars | st.lists(scalars, max_size=2) | st.dictionaries(st.sampled_from(["Sku", "x"]), scalars, max_size=2)
)
names = st.sampled_from(["Sku", "Qty", "Type", "Parent", "Nothing", "x", "Customer"])
operators = [
    "+",
    "-",
    "*",
    "/",
    "%",
    "==",
    "!=",
    "<",
    ">",
    "??",
    "and",
    "or",
    "not",
    "in",
    "(",
    ")",
    "?",
    ":",
    ".",
    ",",
]
literals = ["&.", "null", "true", "1", "2.5", '"a"', "$text", "$round", "$isMatch", "$customField"]
words = names | st.sampled_from(operators) | st.sampled_from(literals)


@settings(deadline=None)
@given(st.lists(words, min_size=1, max_size=40).map(" ".join), st.dictionaries(names, json_values, max_size=5))
def test_any_formula_ends_in_a_value_or_a_fault_and_the_same_each_time(text: str, record: dict[str, Any]) -> None:
    first, second = outcome_of(text, record), outcome_of(text, record)
    assert str(first) == str(second)
    assert first is None or isinstance(first, bool | Decimal | str | FormulaFault)


@pytest.mark.parametrize(
    "text",
    [
        *["Sku", "sku", "Options", "Parent", "Huge", "Qty", "NotThere", "CustomFields"],
        *["$stockItemExists(Sku)", '$customField("BoxId")', "$text(UnitPrice)"],
        *["$isMatch(Sku, Pattern)", "$taxZone()", "$taxZone(Sku)", '$externalId("Customer", Qty)'],
        *["$text(Options)", "$isBlank(Parent)", "$isBlank(NotThere)"],
    ],
)
def test_the_simplest_formulas_give_what_the_library_gives(text: str) -> None:
    record = LINE | {"Huge": 10**40, "Pattern": "(a+)+"}
    scope = Scope(record, Scope(ORDER), {LookUp("taxZone"): LookedUp(("A", "SKU1"))})

    def outcome(formula: Formula) -> object:
        try:
            return formula.evaluate(scope)
        except FormulaFault as fault:
            return fault.code, fault.message
        except LookUpNeeded as needed:
            return needed.look_up

    assert outcome(RuleEngineFormulas().compile(text)) == outcome(RuleEngineFormula(text))


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_a_formula_or_a_fault(text: str) -> None:
    outcome = outcome_of(text)
    assert outcome is None or isinstance(outcome, bool | Decimal | str | FormulaFault)


@settings(deadline=None)
@given(st.decimals(-(10**9), 10**9, places=4), st.decimals(-(10**9), 10**9, places=4))
def test_decimals_are_exact(left: Decimal, right: Decimal) -> None:
    record = {"A": left, "B": right}
    assert evaluate("A + B", record) == left + right
    assert evaluate("A * B - B", record) == left * right - right


@settings(deadline=None)
@given(st.text(alphabet="a()*+?|{}[]\\d1,b^$.", max_size=24), st.text(alphabet="ab1", max_size=60))
def test_any_pattern_is_matched_in_bounded_time_or_refused(pattern: str, subject: str) -> None:
    started = time.perf_counter()
    outcome = outcome_of("$isMatch(Subject, Pattern)", {"Subject": subject, "Pattern": pattern})
    assert isinstance(outcome, bool) or getattr(outcome, "code", "") == "formula_too_large"
    assert time.perf_counter() - started < 5, json.dumps([pattern, subject])


def test_the_worst_pattern_that_is_taken_ends_soon() -> None:
    started = time.perf_counter()
    assert evaluate('$isMatch(Subject, "a*a*a*b")', {"Subject": "a" * 200}) is False
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(
    ("text", "position"),
    [('$isMatch(Sku, r"(\\d+)+")', 16), ("$isMatch(Parent.Type, '(?=a)')", 23), ('$isMatch(Sku, "(")', 15)],
)
def test_a_pattern_in_the_formula_is_judged_when_the_formula_is_read(text: str, position: int) -> None:
    with pytest.raises(FormulaFault) as caught:
        FORMULAS.compile(text)
    assert (caught.value.code, caught.value.position) == ("formula_invalid", position)


@pytest.mark.parametrize(
    "pattern", ["(a+)+b", "(a|a)*b", r"(a)\1", "(?=a)a", "a{9999}", "a*a*a*a*a*a*a*", "x" * 201, "("]
)
def test_a_pattern_whose_work_cannot_be_bounded_is_refused(pattern: str) -> None:
    assert fault_of("$isMatch(Sku, Pattern)", LINE | {"Pattern": pattern}).code == "formula_too_large"
