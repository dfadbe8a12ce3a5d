"""A run's result for people: what was posted, skipped and why, parked and why, and whether the books tie out."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from rich.bar import Bar

from ledgerpost.cli.output import results, table
from ledgerpost.cli.run import RunOutcome
from ledgerpost.domain.reconciliation import Balance
from ledgerpost.errors import describe

EXCEPTIONS_SHOWN = 10
DAYS_SHOWN = 31

MEANING = {
    "delivered": "in the ledger",
    "skipped": "by rule",
    "parked": "waiting for a person",
    "superseded": "a later version was seen",
    "duplicate": "the same approval again; no call",
    "open": "not settled when the run was interrupted",
}


def print_outcome(outcome: RunOutcome) -> None:
    """Print the whole result."""
    print_deliveries(outcome)
    if outcome.reconciliation is not None:
        print_balances(outcome.reconciliation.balances)
        if outcome.reconciliation.unread:
            results.print(f"[red]{len(outcome.reconciliation.unread)} references could not be read back.[/red]")


def print_deliveries(outcome: RunOutcome) -> None:
    """Print what became of each delivery, with the reason and the next step where there is one."""
    report = outcome.as_json()
    shown = table("Deliveries", "end", "count", "meaning", numbers=("count",))
    for end, count in report["deliveries"].items():
        if count or end in ("delivered", "parked"):
            shown.add_row(end, f"{count:,}", MEANING.get(end, ""))
        for code, of_code in _codes(outcome, end).items():
            shown.add_row(f"  {code}", f"{of_code:,}", describe(code).cause if code else "")
            if end == "parked" and code:
                shown.add_row("", "", f"→ {describe(code).fix}")
    results.print(shown)
    for bad in outcome.bad_lines[:EXCEPTIONS_SHOWN]:
        results.print(f"[red]{bad.code}[/red] {bad}", highlight=False)
    seconds, rate = report["seconds"], report["entriesPerSecond"]
    results.print(f"{report['events']:,} events, {report['posts']:,} posts, {seconds:.1f} s, {rate:,.0f} entries/s")


def _codes(outcome: RunOutcome, end: str) -> dict[str, int]:
    return {"skipped": outcome.tally.skipped, "parked": outcome.parked}.get(end, {})


def print_balances(balances: Sequence[Balance]) -> None:
    """Print source against ledger: by day where they are few, else by month; every day that differs by name."""
    by_day = len(balances) <= DAYS_SHOWN
    period = "day" if by_day else "month"
    shown = table(
        "Source against ledger", "route", period, "source", "ledger", "difference", "", numbers=("source", "ledger")
    )
    rows = _by_period(balances, by_day=by_day)
    widest = max((abs(source) for _, source, _ in rows), default=Decimal(0)) or Decimal(1)
    for (route, name, currency), source, ledger in rows:
        bar = Bar(float(widest), 0, float(max(source, Decimal(0))), width=24)
        difference = ledger - source
        mark = "green" if not difference else "red"
        shown.add_row(
            route, name, f"{source:,.2f} {currency}", f"{ledger:,.2f}", f"[{mark}]{difference:,.2f}[/{mark}]", bar
        )
    results.print(shown)
    _print_exceptions(balances)


def _by_period(balances: Sequence[Balance], *, by_day: bool) -> list[tuple[tuple[str, str, str], Decimal, Decimal]]:
    sums: dict[tuple[str, str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for balance in balances:
        name = balance.day.isoformat() if by_day else f"{balance.day:%Y-%m}"
        both = sums[balance.route, name, balance.currency]
        both[0] += balance.source
        both[1] += balance.ledger
    return [(period, source, ledger) for period, (source, ledger) in sorted(sums.items())]


def _print_exceptions(balances: Sequence[Balance]) -> None:
    differing = [balance for balance in balances if balance.differing]
    tied = len(balances) - len(differing)
    results.print(f"{tied:,} of {len(balances):,} days tie out to 0.00, reference by reference.")
    for balance in differing[:EXCEPTIONS_SHOWN]:
        names = ", ".join(reference or "(no reference)" for reference in balance.differing[:EXCEPTIONS_SHOWN])
        results.print(
            f"  [red]{balance.day} {balance.route}[/red] {balance.difference:,.2f} {balance.currency}: {names}",
            highlight=False,
        )
    if len(differing) > EXCEPTIONS_SHOWN:
        results.print(f"  … and {len(differing) - EXCEPTIONS_SHOWN} more days.")
