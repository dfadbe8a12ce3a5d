"""Check the files of a reconciliation again, with nothing but Python's standard library.

    python3 recheck.py FOLDER [--head HEX]

It shares no code with Ledgerpost. From the books' lines alone it works out the digest of every day, the balances and
the exceptions, and compares them with what the files say. Give the head that was written down when the run was made:
without it, somebody who rewrote every file alike would not be noticed. Exit 0: all agrees; 1: something does not.
"""

import argparse
import csv
import hashlib
import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

LINE_KEYS = {"amount", "book", "currency", "day", "id", "reference", "route"}

Line = dict[str, Any]
Books = dict[str, list[Line]]
Named = set[tuple[str, str, str, str]]


def recheck(folder: Path, head: str | None) -> list[str]:
    """Give a sentence for each thing that does not agree; none where all does."""
    digests = json.loads((folder / "digests.json").read_text("ascii"))
    books: Books = {}
    faults: list[str] = []
    for book in digests["books"]:
        lines = (folder / f"{book}.jsonl").read_text("ascii").splitlines()
        books[book] = [json.loads(line) for line in lines]
        faults += _bad_lines(book, lines, books[book])
    faults += _digests(books, digests)
    if head is not None and head != digests["head"]:
        faults.append(f"The head is {digests['head']}, not the one that was given.")
    faults += _balances(books, folder / "balances.csv")
    faults += _exceptions(books, folder)
    return faults


def _bad_lines(book: str, texts: list[str], lines: list[Line]) -> Iterator[str]:
    for number, (text, line) in enumerate(zip(texts, lines, strict=True), start=1):
        if set(line) != LINE_KEYS or line["book"] != book or text != canonical(line):
            yield f"{book}.jsonl, line {number}: not in the canonical form."


def canonical(line: Line) -> str:
    """Give a line in the form that is digested."""
    return json.dumps(line, sort_keys=True, ensure_ascii=True, separators=(",", ":"))


def _digests(books: Books, digests: Line) -> Iterator[str]:
    days: dict[str, list[str]] = defaultdict(list)
    for lines in books.values():
        for line in lines:
            days[line["day"]].append(canonical(line))
    said = {day["day"]: day for day in digests["days"]}
    if sorted(days) != [day["day"] for day in digests["days"]]:
        yield "The days of digests.json are not the days of the books."
    head = digests["before"]
    for day in sorted(days):
        text = "".join(f"{line}\n" for line in sorted(days[day]))
        head = hashlib.sha256(f"{head}\n{text}".encode("ascii")).hexdigest()
        if said.get(day, {}).get("digest") != head:
            yield f"{day}: the lines do not have the digest that digests.json gives; a line of that day was changed."
            # The days after it are checked by the digest that is written, so that each change is named by its own day.
            head = said.get(day, {}).get("digest", head)
        elif said[day]["lines"] != len(days[day]):
            yield f"{day}: digests.json counts {said[day]['lines']} lines, the books have {len(days[day])}."
    if head != digests["head"]:
        yield "The head of digests.json is not the digest of its last day."


def _balances(books: Books, path: Path) -> Iterator[str]:
    sums: dict[tuple[str, str, str], dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for book, lines in books.items():
        for line in lines:
            sums[line["route"], line["currency"], line["day"]][book] += Decimal(line["amount"])
    with path.open(encoding="ascii", newline="") as file:
        rows = {(row["route"], row["currency"], row["day"]): row for row in csv.DictReader(file)}
    for group in sorted(sums.keys() | rows.keys()):
        row = rows.get(group)
        if row is None or group not in sums:
            yield f"{' '.join(group)}: a balance without lines, or lines without a balance."
            continue
        has = sums[group]
        expected = {book: has[book] for book in books} | {"difference": has["ledger"] - has["source"]}
        for name, amount in expected.items():
            if Decimal(row[name]) != amount:
                yield f"{' '.join(group)}: {name} is {amount}, balances.csv says {row[name]}."


def _exceptions(books: Books, folder: Path) -> Iterator[str]:
    unread = {(each["route"], each["reference"]) for each in _read(folder / "unread.jsonl")}
    said = {_name(each) for each in _read(folder / "exceptions.jsonl")}
    found = {name for name in _differences(books) if name[0] != "ledger" or name[1:3] not in unread}
    for book, route, reference, kind in sorted(found - said):
        yield f"{route} {reference}: {kind} in {book}, and exceptions.jsonl does not say so."
    for book, route, reference, kind in sorted(said - found):
        yield f"{route} {reference}: exceptions.jsonl says {kind} in {book}, and the books do not show it."


def _read(path: Path) -> list[Line]:
    return [json.loads(line) for line in path.read_text("ascii").splitlines()]


def _name(exception: Line) -> tuple[str, str, str, str]:
    return exception["book"], exception["route"], exception["reference"], exception["kind"]


def _differences(books: Books) -> Named:
    by_book = {book: _by_transaction(lines) for book, lines in books.items()}
    source = by_book["source"]
    found: Named = set()
    for (route, reference), lines in source.items():
        if not reference:
            found.add(("source", route, reference, "no_reference"))
        elif len(lines) > 1:
            found.add(("source", route, reference, "doubled"))
    for book, transactions in by_book.items():
        if book == "source":
            continue
        for transaction in source.keys() | transactions.keys():
            kinds = _kinds(source.get(transaction, []), transactions.get(transaction, []))
            found |= {(book, *transaction, kind) for kind in kinds}
    return found


def _by_transaction(lines: list[Line]) -> dict[tuple[str, str], list[Line]]:
    found: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for line in lines:
        found[line["route"], line["reference"]].append(line)
    return found


def _kinds(source: list[Line], other: list[Line]) -> set[str]:
    if not other:
        return {"missing"} if source[0]["reference"] else set()
    if not source:
        return {"unexpected"}
    if len(other) > 1:
        return {"doubled"}
    [theirs], ours = other, source[0]
    differs = {
        "changed_amount": Decimal(theirs["amount"]) != Decimal(ours["amount"]),
        "wrong_day": theirs["day"] != ours["day"],
        "wrong_currency": theirs["currency"] != ours["currency"],
    }
    return {kind for kind, differing in differs.items() if differing}


def main() -> int:
    """Check the folder of the command line, say what was found."""
    parser = argparse.ArgumentParser(description="Check the files of a reconciliation again.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--head", help="the head that was written down when the run was made")
    arguments = parser.parse_args()
    faults = recheck(arguments.folder, arguments.head)
    for fault in faults:
        print(fault)
    exceptions = len(_read(arguments.folder / "exceptions.jsonl"))
    unread = len(_read(arguments.folder / "unread.jsonl"))
    books = f"{exceptions} exceptions between the books, {unread} references not read."
    print(f"{len(faults)} faults in the files. {books}" if faults else f"The files agree with each other. {books}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
