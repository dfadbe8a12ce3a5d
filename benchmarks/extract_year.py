"""A year of real invoices through the extract, twice: `python benchmarks/extract_year.py`.

27,728 invoices go into the Pennylane simulator, are extracted and mapped into the Fincome simulator, and are read back
and added up by a way of their own. A second night then has to write nothing. Ends with 1 where anything differs.
"""

import csv
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from pathlib import Path

from ledgerpost.adapters.ecb_rates import rates_from_file
from ledgerpost.app.extract import Ending
from ledgerpost.cli.extract import ExtractOptions, parts_here, run
from ledgerpost.cli.extract_report import REQUESTS_PER_S, requests_of
from ledgerpost.cli.retail_invoices import INVOICES
from ledgerpost.cli.retail_pennylane import RetailInvoice, load_retail, retail_invoices
from ledgerpost.domain.extract.configuration import ExtractConfiguration
from ledgerpost.domain.extract.progress import RowFate
from ledgerpost.simulators.fincome import DEMO_KEY, FincomeProcess
from ledgerpost.simulators.pennylane import SimulatorProcess, demo_settings
from ledgerpost.simulators.pennylane.demo import DEMO_TOKEN
from ledgerpost.wire.extract_document import read_extract

RATES = INVOICES.with_name("ecb-eurofxref-2009-12-to-2010-11.csv")
CENT = Decimal("0.01")
TAX = Decimal("0.2")


class Unpaced:
    """A budget without a limit, so that our own time is measured and not the source's."""

    def reserve(self, *_: object) -> float | None:
        return 0.0

    def hold(self, *_: object) -> None:
        return None


def expected(invoices: Sequence[RetailInvoice]) -> dict[str, tuple[int, Decimal, Decimal, Decimal]]:
    """Add the data set up by itself: count, net, tax and net in euros, of invoices and of credit notes."""
    with RATES.open(newline="") as file:
        pounds = {date.fromisoformat(row["Date"]): Decimal(row["GBP"]) for row in csv.DictReader(file)}
    sums: dict[str, tuple[int, Decimal, Decimal, Decimal]] = {}
    for invoice in invoices:
        day = max(each for each in pounds if each <= invoice.day)
        tax = (invoice.net * TAX).quantize(CENT, ROUND_HALF_UP)
        euros = (invoice.net / pounds[day]).quantize(CENT, ROUND_HALF_EVEN)
        kind = "credit-notes" if invoice.net < 0 else "invoices"
        count, net, taxes, base = sums.get(kind, (0, Decimal(0), Decimal(0), Decimal(0)))
        sums[kind] = (count + 1, net + invoice.net, taxes + tax, base + euros)
    return sums


def read_back(fincome: FincomeProcess) -> dict[str, tuple[int, Decimal, Decimal, Decimal]]:
    """Add up what the target holds."""
    keys = {
        "invoices": ("amount_excluding_tax", "base_amount_excluding_tax"),
        "credit-notes": ("amount", "base_amount"),
    }
    sums = dict.fromkeys(keys, (0, Decimal(0), Decimal(0), Decimal(0)))
    for entity, row in fincome.rows():
        if entity in keys:
            net, base = keys[entity]
            count, nets, taxes, bases = sums[entity]
            sums[entity] = (
                count + 1, nets + Decimal(row[net]), taxes + Decimal(row["tax_amount"]), bases + Decimal(row[base])
            )  # fmt: skip
    return sums


def configuration_for(pennylane_url: str, fincome_url: str) -> ExtractConfiguration:
    """Give the extract from the one simulator into the other."""
    document = {
        "tenant": "acme",
        "extract": "fincome",
        "source": {"kind": "pennylane", "baseUrl": pennylane_url, "token": "env:PENNYLANE_TOKEN"},
        "target": {"kind": "fincome", "baseUrl": fincome_url, "key": "env:FINCOME_KEY"},
    }
    return read_extract(json.dumps(document), allow_loopback=True)


def night(name: str, configuration: ExtractConfiguration, fincome: FincomeProcess, state: Path) -> int | None:
    """Run the extract and say what it did; give the calls that wrote, or None where it left something undone."""
    before = fincome.counts().writes()
    begun = time.monotonic()
    report = run(
        configuration,
        ExtractOptions(state=state, night=name),
        rates=rates_from_file(RATES),
        parts=parts_here(Unpaced()),
    )
    seconds = time.monotonic() - begun
    written = fincome.counts().writes() - before
    requests = requests_of(report.checkpoint)
    print(
        f"{name} night: {report.ending}, {report.checkpoint.total(RowFate.WRITTEN):,} rows written with "
        f"{written:,} calls, {requests:,} requests to the source, {seconds:,.1f} s of ours; at 25 requests in "
        f"5 s the source lets that many through in {requests / REQUESTS_PER_S:,.0f} s"
    )
    return written if report.ending is Ending.FINISHED and not report.checkpoint.open_rows else None


def ties(invoices: Sequence[RetailInvoice], fincome: FincomeProcess) -> bool:
    """Compare each kind's sums with the data set's and print both; say whether all are equal."""
    held, good = read_back(fincome), True
    for kind, wanted in expected(invoices).items():
        found = held[kind]
        verdict = "ties" if found == wanted else "DIFFERS"
        print(f"{kind}: {found[0]:,}, net {found[1]:,} GBP, tax {found[2]:,}, net {found[3]:,} EUR: {verdict}")
        good &= found == wanted
    return good


def main() -> int:
    invoices = retail_invoices(INVOICES)
    os.environ |= {"PENNYLANE_TOKEN": DEMO_TOKEN, "FINCOME_KEY": DEMO_KEY}
    unlimited = replace(demo_settings(), window_requests=None)
    with SimulatorProcess(unlimited) as pennylane, FincomeProcess() as fincome, tempfile.TemporaryDirectory() as state:
        linked = load_retail(invoices, pennylane.load)
        print(f"{len(invoices):,} invoices loaded, {linked:,} cancellations linked with an invoice")
        configuration = configuration_for(pennylane.url, fincome.base_url)
        first = night("first", configuration, fincome, Path(state))
        second = night("second", configuration, fincome, Path(state))
        is_tied = ties(invoices, fincome)
    return 0 if first and second == 0 and is_tied else 1


if __name__ == "__main__":
    sys.exit(main())
