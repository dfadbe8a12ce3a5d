"""`ledgerpost demo --orders`: the invoices of a real week as sales orders, through the pipeline into Acumatica."""

import json
from collections import Counter
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from ledgerpost.adapters.formulas import RuleEngineFormulas
from ledgerpost.adapters.secrets_environment import EnvironmentSecrets
from ledgerpost.cli.output import INTERRUPTED, NEEDS_A_PERSON, leave, messages, print_json, results, table, write_json
from ledgerpost.cli.report import print_outcome
from ledgerpost.cli.retail_orders import CURRENCY, TAX_RATES
from ledgerpost.cli.retail_sales_orders import EXPORT, RetailWeek, retail_week, zone_of
from ledgerpost.cli.run import Run, RunOptions, RunOutcome
from ledgerpost.errors import UsageError
from ledgerpost.simulators.acumatica.demo import (
    DEMO_CLIENT_ID,
    DEMO_CLIENT_KEY,
    DEMO_TENANT,
    DEMO_USER,
    DEMO_USER_KEY,
    demo_settings,
)
from ledgerpost.simulators.acumatica.process import SimulatorProcess
from ledgerpost.simulators.acumatica.settings import SimulatorSettings, StockItem, Tax, Terms
from ledgerpost.wire.configuration import read_configuration

TENANT = "acme"
SECRET_NAME = "LEDGERPOST_DEMO_ACUMATICA"  # noqa: S105 - the name of a variable
TERMS = "NET30"
CALLS_AT_ONCE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdersDemo:
    """How to run it; see the options of `ledgerpost demo`. `count` None takes every order of the file."""

    count: int | None = None
    faults: str = ""
    seed: int = 0
    workers: int = 2
    log: Path | None = None
    report: Path | None = None
    as_json: bool = False


@dataclass(frozen=True, slots=True)
class SiteBook:
    """What the site itself holds: each order's total by its reference, and its numbers."""

    totals: dict[str, Decimal]
    orders: int
    lines: int
    customers: int
    changes: int

    def faults_against(self, week: RetailWeek) -> list[str]:
        """Say where the site does not hold what the file says it must: orders, lines, customers, and every total."""
        arriving = week.arriving
        wanted = {order.invoice: order.total for order in arriving}
        differing = sorted(each for each in {*wanted, *self.totals} if wanted.get(each) != self.totals.get(each))
        pairs = {
            "orders": (len(arriving), self.orders),
            "lines": (sum(order.lines for order in arriving), self.lines),
            "customers": (len({order.customer for order in arriving}), self.customers),
        }
        counted = [f"{name}: {there}, not {due}" for name, (due, there) in pairs.items() if due != there]
        return counted + [f"order {reference}: {self.totals.get(reference)}" for reference in differing]


def demo_orders(lines: Path, how: OrdersDemo) -> None:
    """Post the orders, tie them out with the file and the site, and approve them all once more.

    Exit 0: every order is in the ledger to the cent or stopped for the very reason that the file gives, and the second
    run changed nothing; else 1.
    """
    week = retail_week(lines, TENANT, how.count)
    with SimulatorProcess(site_settings(week, how.faults, how.seed)) as site:
        outcome, first, again = _both_runs(week, site, how)
    faults = first.faults_against(week)
    document = _document(week, outcome, first, again) | {"faults": faults}
    if how.report is not None:
        write_json(document, how.report)
    if how.as_json:
        print_json(document)
    else:
        _print(week, outcome, document, how.faults)
    if not outcome.is_settled:
        leave(INTERRUPTED)
    tied = outcome.reconciliation is not None and outcome.reconciliation.ties_out and not faults
    if not tied or _stopped(outcome) != week.stopped() or again.get("ledgerChanges"):
        leave(NEEDS_A_PERSON)


def site_settings(week: RetailWeek, faults: str = "", seed: int = 0) -> SimulatorSettings:
    """Give a site that has the week's stock items and a tax zone for each rate, and no customer. Raises UsageError."""
    skus = sorted({sku.casefold(): sku for order in week.orders for sku in order.skus}.values())
    zones = {zone_of(country): f"{rate:f}" for country, rate in TAX_RATES.items()} | {EXPORT: "0"}
    try:
        return replace(
            demo_settings(),
            faults=faults,
            seed=seed,
            currency=CURRENCY,
            stock_items=tuple(StockItem(sku) for sku in skus),
            customers=(),
            taxes=tuple(Tax(zone, rate, (zone,)) for zone, rate in zones.items()),
            tax_zones=tuple(zones),
            terms=(Terms(TERMS),),
        )
    except ValueError as error:
        raise UsageError("usage", f"--faults: {error}") from None


def demo_document(url: str) -> dict[str, Any]:
    """Give the demo's configuration document for a site at `url`."""
    auth = {
        "type": "OAuthPassword",
        "identityAuthority": f"{url}/identity",
        "clientId": DEMO_CLIENT_ID,
        "clientSecret": f"env:{SECRET_NAME}",
        "scopes": "api offline_access",
        "userName": DEMO_USER,
    }
    connection = {"id": "erp", "label": "Acumatica (simulator)", "target": "acumatica", "baseUrl": url, "auth": auth}
    options = {"concurrency": str(CALLS_AT_ONCE), "session": "keep"}
    overrides = {"FinancialTerms": {"type": "Static", "value": TERMS}}
    route = {
        "id": "orders",
        "connection": "erp",
        "streamType": "Sales",
        "accountId": DEMO_TENANT,
        "enabled": True,
        "timeZone": "Europe/London",
        "collection": {"use": "acumatica-sales-order", "overrides": overrides},
    }
    return {"tenant": TENANT, "connections": [connection | {"options": options}], "routes": [route]}


def _both_runs(
    week: RetailWeek, site: SimulatorProcess, how: OrdersDemo
) -> tuple[RunOutcome, SiteBook, dict[str, int]]:
    run = _run(site, how)
    entries = [order.entry for order in week.orders]
    with run.engine() as engine:
        summary = run.post(engine, entries, f"Posting {len(entries):,} orders")
        tally = engine.report(summary)
        first = _site_book(site)
        if not summary.is_settled:
            return RunOutcome(tally=tally, bad_lines=(), reconciliation=None, is_settled=False), first, {}
        reconciliation = run.reconcile([order.entry for order in week.arriving])
        outcome = RunOutcome(tally=tally, bad_lines=(), reconciliation=reconciliation, is_settled=True)
        later = engine.report(run.post(engine, entries, "The same orders once more"))
    again = {
        "events": len(entries),
        "posts": later.posts - tally.posts,
        "ledgerChanges": _site_book(site).changes - first.changes,
        "ordersOfOneReference": site.counts().duplicates,
    }
    return outcome, first, again


def _run(site: SimulatorProcess, how: OrdersDemo) -> Run:
    secret = json.dumps({"clientSecret": DEMO_CLIENT_KEY, "password": DEMO_USER_KEY})
    options = RunOptions(
        secrets=EnvironmentSecrets({SECRET_NAME: secret}),
        seed=how.seed,
        workers=how.workers,
        log=how.log,
        # The simulator saves before it answers or never, and shows it at once unless it is told to lag.
        overrides={} if "lag" in how.faults else {"READ_LAG_S": "1"},
    )
    document = json.dumps(demo_document(site.url))
    checked = read_configuration(document, allow_loopback=True, formulas=RuleEngineFormulas())
    return Run(checked.configuration, options)


def _site_book(site: SimulatorProcess) -> SiteBook:
    """Read the site's own books, not what the connector says of them."""
    counts = site.counts()
    orders = list(site.records("SalesOrder"))
    return SiteBook(
        totals={order["ExternalRef"]["value"]: Decimal(order["OrderTotal"]["value"]) for order in orders},
        orders=len(orders),
        lines=counts.lines,
        customers=counts.records["Customer"],
        changes=sum(number for of in counts.effects.values() for name, number in of.items() if name != "unchanged"),
    )


def _stopped(outcome: RunOutcome) -> dict[str, int]:
    stopped = Counter(outcome.parked) + Counter(outcome.tally.skipped)
    return dict(sorted(stopped.items()))


def _document(week: RetailWeek, outcome: RunOutcome, first: SiteBook, again: dict[str, int]) -> dict[str, Any]:
    arriving = week.arriving
    source = {
        "orders": len(arriving),
        "lines": sum(order.lines for order in arriving),
        "customers": len({order.customer for order in arriving}),
        "total": f"{sum((order.total for order in arriving), Decimal(0)):f}",
    }
    held = {
        "orders": first.orders,
        "lines": first.lines,
        "customers": first.customers,
        "total": f"{sum(first.totals.values(), Decimal(0)):f}",
    }
    return outcome.as_json() | {
        "leftOut": week.left_out(),
        "stoppedByTheFile": week.stopped(),
        "source": source,
        "site": held,
        "secondRun": again,
    }


def _print(week: RetailWeek, outcome: RunOutcome, document: dict[str, Any], faults: str) -> None:
    if faults:
        messages.print(f"Faults of the site: {faults}", highlight=False)
    print_outcome(outcome)
    shown = table("The file against the site", "", "file", "site", numbers=("file", "site"))
    for name in ("orders", "lines", "customers"):
        shown.add_row(name, f"{document['source'][name]:,}", f"{document['site'][name]:,}")
    shown.add_row("total", *(f"{Decimal(document[book]['total']):,.2f} {CURRENCY}" for book in ("source", "site")))
    results.print(shown)
    for fault in document["faults"]:
        results.print(f"[red]{fault}[/red]", highlight=False)
    left_out = week.left_out()
    results.print(
        f"Left out of the file: {left_out['cancelledInvoices']} cancelled invoices, "
        f"{left_out['linesWithoutQuantity']} lines without a quantity ({left_out['invoicesWithoutLines']} invoices "
        "had no other)."
    )
    expected = ", ".join(f"{count} {code}" for code, count in week.stopped().items()) or "none"
    results.print(f"To be stopped by the seed's rules, from the file alone: {expected}.")
    again = document["secondRun"]
    if again:
        results.print(
            f"The same {again['events']:,} approvals once more: {again['posts']:,} posts, "
            f"{again['ledgerChanges']:,} changes there, {again['ordersOfOneReference']:,} references held twice."
        )
