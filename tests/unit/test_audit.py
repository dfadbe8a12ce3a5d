"""Any single changed cent, dropped or doubled entry in any book is found and named; the files can be checked again by a
script that shares no code with us.
"""

import importlib.util
import json
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledgerpost.app.reconcile import Reconciliation
from ledgerpost.cli.audit_files import write_audit
from ledgerpost.domain.audit import NO_HEAD, chained_digests
from ledgerpost.domain.reconciliation import Book, BookLine, FindingKind, find_differences, reconcile
from ledgerpost.domain.route import RouteId

SCRIPT = Path(__file__).parents[2] / "docs" / "audit" / "recheck.py"
CENT = Decimal("0.01")
FIRST_DAY = date(2010, 12, 1)


@pytest.fixture(scope="module")
def recheck() -> ModuleType:
    spec = importlib.util.spec_from_file_location("recheck", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


AMOUNTS = st.integers(-(10**9), 10**9).filter(bool).map(lambda cents: Decimal(cents) * CENT)


@st.composite
def honest_books(draw: st.DrawFn) -> list[BookLine]:
    """Some transactions of two routes over three days, each with a reference of its own."""
    count = draw(st.integers(1, 8))
    return [
        BookLine(
            route=RouteId(draw(st.sampled_from(["sales", "stores"]))),
            currency=draw(st.sampled_from(["GBP", "EUR"])),
            day=FIRST_DAY + timedelta(days=draw(st.integers(0, 2))),
            reference=f"r{number}" + draw(st.sampled_from(["", "é", ","])),
            amount=draw(AMOUNTS),
        )
        for number in range(count)
    ]


def changed(line: BookLine) -> list[BookLine]:
    return [replace(line, amount=line.amount + CENT)]


def dropped(line: BookLine) -> list[BookLine]:
    return []


def doubled(line: BookLine) -> list[BookLine]:
    return [line, line]


def moved(line: BookLine) -> list[BookLine]:
    return [replace(line, day=line.day + timedelta(days=1))]


NAMES = {
    changed: FindingKind.CHANGED_AMOUNT,
    dropped: FindingKind.MISSING,
    doubled: FindingKind.DOUBLED,
    moved: FindingKind.WRONG_DAY,
}
DEFECTS = st.sampled_from(list(NAMES))


def all_books(lines: list[BookLine]) -> dict[Book, list[BookLine]]:
    return {book: list(lines) for book in Book}


def planted(lines: list[BookLine], place: int, defect: Any) -> list[BookLine]:
    return [*lines[:place], *defect(lines[place]), *lines[place + 1 :]]


def compared(books: dict[Book, list[BookLine]]) -> Reconciliation:
    source, records, ledger = books[Book.SOURCE], books[Book.RECORDS], books[Book.LEDGER]
    findings = find_differences(source, {Book.RECORDS: records, Book.LEDGER: ledger})
    return Reconciliation(
        books={book: tuple(lines) for book, lines in books.items()},
        balances=tuple(reconcile(source, ledger, records)),
        findings=tuple(findings),
        unread=(),
    )


@given(honest_books())
@settings(deadline=None)
def test_books_that_agree_have_no_exception_and_no_difference(lines: list[BookLine]) -> None:
    found = compared(all_books(lines))
    assert found.ties_out
    assert all(balance.difference == 0 and balance.records == balance.source for balance in found.balances)


@given(honest_books(), st.data(), st.sampled_from([Book.RECORDS, Book.LEDGER]), DEFECTS)
@settings(deadline=None)
def test_one_defect_in_the_records_or_the_ledger_is_found_and_named_alone(
    lines: list[BookLine], data: st.DataObject, book: Book, defect: Any
) -> None:
    place = data.draw(st.integers(0, len(lines) - 1))
    found = compared(all_books(lines) | {book: planted(lines, place, defect)})
    [finding] = found.findings
    assert (finding.kind, finding.book) == (NAMES[defect], book)
    assert (finding.route, finding.reference) == (lines[place].route, lines[place].reference)


@given(honest_books(), st.data(), DEFECTS)
@settings(deadline=None)
def test_one_defect_in_the_source_s_list_is_found_and_names_its_transaction_alone(
    lines: list[BookLine], data: st.DataObject, defect: Any
) -> None:
    place = data.draw(st.integers(0, len(lines) - 1))
    found = compared(all_books(lines) | {Book.SOURCE: planted(lines, place, defect)})
    named = {(finding.route, finding.reference) for finding in found.findings}
    assert named == {(lines[place].route, lines[place].reference)}
    kinds = {finding.kind for finding in found.findings}
    assert kinds == {FindingKind.UNEXPECTED if defect is dropped else NAMES[defect]}


@given(honest_books(), st.data(), st.sampled_from(Book), DEFECTS)
@settings(max_examples=60, deadline=None)
def test_the_script_agrees_with_us_on_every_defect_and_on_the_digests(
    recheck: ModuleType, lines: list[BookLine], data: st.DataObject, book: Book, defect: Any
) -> None:
    place = data.draw(st.integers(0, len(lines) - 1))
    found = compared(all_books(lines) | {book: planted(lines, place, defect)})
    with TemporaryDirectory() as folder:
        head = write_audit(Path(folder), "acme", found, before=NO_HEAD)
        assert recheck.recheck(Path(folder), head) == []


@given(honest_books(), st.data(), st.sampled_from(Book), DEFECTS)
@settings(max_examples=60, deadline=None)
def test_the_script_names_the_day_of_any_line_that_was_changed_afterwards(
    recheck: ModuleType, lines: list[BookLine], data: st.DataObject, book: Book, defect: Any
) -> None:
    place = data.draw(st.integers(0, len(lines) - 1))
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_audit(folder, "acme", compared(all_books(lines)), before=NO_HEAD)
        other = folder / "other"
        forged = all_books(lines) | {book: planted(lines, place, defect)}
        write_audit(other, "acme", compared(forged), before=NO_HEAD)
        (folder / f"{book.value}.jsonl").write_bytes((other / f"{book.value}.jsonl").read_bytes())
        faults = recheck.recheck(folder, None)
    assert any(lines[place].day.isoformat() in fault and "digest" in fault for fault in faults)


@given(honest_books(), AMOUNTS)
@settings(deadline=None)
def test_a_day_s_digest_tells_of_every_day_before_it(lines: list[BookLine], amount: Decimal) -> None:
    later = replace(lines[0], day=FIRST_DAY + timedelta(days=9), reference="later", amount=amount)
    [*_, honest] = chained_digests({Book.LEDGER: [*lines, later]})
    [*_, forged] = chained_digests({Book.LEDGER: [*planted(lines, 0, changed), later]})
    assert honest.day == forged.day == later.day
    assert honest.digest != forged.digest


def test_whoever_rewrites_every_file_is_found_by_the_head_that_was_kept(tmp_path: Path, recheck: ModuleType) -> None:
    line = BookLine(route=RouteId("sales"), currency="GBP", day=FIRST_DAY, reference="r1", amount=Decimal("10.00"))
    kept = write_audit(tmp_path, "acme", compared(all_books([line])), before=NO_HEAD)
    write_audit(tmp_path, "acme", compared(all_books(changed(line))), before=NO_HEAD)
    assert recheck.recheck(tmp_path, None) == []
    [fault] = recheck.recheck(tmp_path, kept)
    assert "head" in fault


def test_a_balance_or_an_exception_that_was_touched_is_named(tmp_path: Path, recheck: ModuleType) -> None:
    line = BookLine(route=RouteId("sales"), currency="GBP", day=FIRST_DAY, reference="r1", amount=Decimal("10.00"))
    books = all_books([line]) | {Book.LEDGER: changed(line)}
    write_audit(tmp_path, "acme", compared(books), before=NO_HEAD)
    balances = tmp_path / "balances.csv"
    balances.write_text(balances.read_text().replace("10.01", "10.00"))
    (tmp_path / "exceptions.jsonl").write_text("")
    faults = recheck.recheck(tmp_path, None)
    assert any("balances.csv says 10.00" in fault for fault in faults)
    assert any("changed_amount in ledger" in fault for fault in faults)


def test_the_script_runs_alone_with_no_package_of_ours_or_of_others_in_reach(tmp_path: Path) -> None:
    line = BookLine(route=RouteId("sales"), currency="GBP", day=FIRST_DAY, reference="r1", amount=Decimal("10.00"))
    head = write_audit(tmp_path, "acme", compared(all_books([line])), before=NO_HEAD)
    command = [sys.executable, "-I", "-S", str(SCRIPT), str(tmp_path), "--head"]
    assert subprocess.run([*command, head], check=False, capture_output=True).returncode == 0
    ended = subprocess.run([*command, "0" * 64], check=False, capture_output=True, text=True)
    assert ended.returncode == 1
    assert "head" in ended.stdout


def test_the_chain_goes_on_from_the_head_of_an_earlier_run(tmp_path: Path) -> None:
    line = BookLine(route=RouteId("sales"), currency="GBP", day=FIRST_DAY, reference="r1", amount=Decimal("10.00"))
    first = write_audit(tmp_path / "1", "acme", compared(all_books([line])), before=NO_HEAD)
    second = write_audit(tmp_path / "2", "acme", compared(all_books([line])), before=first)
    assert second != first
    assert json.loads((tmp_path / "2" / "digests.json").read_text())["before"] == first
