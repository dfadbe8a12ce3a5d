"""The files of a reconciliation, for an auditor: the books line by line, the exceptions, the balances and the digests.

Plain JSON Lines and CSV; what they mean and how to check them again stands in `docs/audit/README.md`.
"""

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from io import StringIO
from pathlib import Path
from typing import Any

from ledgerpost.app.reconcile import Reconciliation
from ledgerpost.domain.audit import DayDigest, canonical_line, chained_digests
from ledgerpost.domain.reconciliation import Balance

FORMAT = 1


def write_audit(folder: Path, tenant: str, found: Reconciliation, *, before: str) -> str:
    """Write the files into `folder`, which is made where it is not there; give the head of the digests.

    `before` is the head of the run that this one follows.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for book, lines in found.books.items():
        _write_lines(folder / f"{book.value}.jsonl", sorted(canonical_line(book, line) for line in lines))
    findings = [_plain(asdict(finding)) for finding in found.findings]
    _write_lines(folder / "exceptions.jsonl", map(_json, findings))
    _write_lines(folder / "unread.jsonl", (_json(asdict(each)) for each in found.unread))
    (folder / "balances.csv").write_text(_balances(found.balances), encoding="ascii")
    digests = chained_digests(found.books, before)
    head = digests[-1].digest if digests else before
    document = {
        "format": FORMAT,
        "tenant": tenant,
        "before": before,
        "books": sorted(book.value for book in found.books),
        "days": [_day(digest) for digest in digests],
        "head": head,
    }
    (folder / "digests.json").write_text(json.dumps(document, indent=2) + "\n", encoding="ascii")
    return head


def _day(digest: DayDigest) -> dict[str, Any]:
    return {"day": digest.day.isoformat(), "lines": digest.lines, "digest": digest.digest}


def _balances(balances: Sequence[Balance]) -> str:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["route", "currency", "day", "source", "records", "ledger", "difference"])
    for each in balances:
        records = "" if each.records is None else f"{each.records:f}"
        sums = (f"{each.source:f}", records, f"{each.ledger:f}", f"{each.difference:f}")
        # A route's id is in ASCII by the rules of the configuration document.
        writer.writerow([each.route, each.currency, each.day.isoformat(), *sums])
    return text.getvalue()


def _write_lines(path: Path, lines: Iterable[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="ascii")


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if name == "day" else value for name, value in values.items()}


def _json(values: Mapping[str, Any]) -> str:
    return json.dumps(values, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
