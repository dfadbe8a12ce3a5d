"""The figures of a run of the bench as Markdown: what README.md and benchmarks/README.md show. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from textwrap import wrap
from typing import Any

Run = Mapping[str, Any]

WORKLOADS = ("W1", "W2", "W3", "W3c")
OURS = "ledgerpost-"
LINE_LENGTH = 120


def summary(document: Mapping[str, Any]) -> str:
    """Give what README.md shows: the machine, W1 and W3 of every engine, and what W4 and W5 came to."""
    machine = document["machine"]
    versions = document["versions"]
    engines = ranked(document)
    peers = "huey {huey}, DBOS {dbos}, Powertools {aws-lambda-powertools}, moto {moto}".format(**versions)
    parts = [
        f"One run of `make bench` on {machine['date']}: {machine['processor']}, {machine['cores']} cores, Python "
        f"{machine['python']}; {peers}. Every engine posts the same seeded approvals to the same sink."
        f"{_scale_said(document)}",
        _SPEED_SAID,
        _table(
            ("engine", "its state outlives", "entries/s", "p50 / p99 ms", "CPU s / 1,000", "peak MB"),
            [_speed_of(engine) for engine in engines],
        ),
        _faults_said(document),
        _table(
            ("engine", "entries/s", "posts / entry", "second effects", "where it only creates", "missing", "stale"),
            [_faults_of(engine) for engine in engines],
        ),
        *_special(document),
    ]
    return "\n\n".join(part if part.startswith("|") else wrapped(part) for part in parts)


def wrapped(text: str) -> str:
    """Give a paragraph in lines of the pages' length."""
    return "\n".join(wrap(text, LINE_LENGTH, break_on_hyphens=False, break_long_words=False))


def _scale_said(document: Mapping[str, Any]) -> str:
    scale = document["scale"]
    return "" if scale == 1 else f" A quick look: every size is {scale:.0%} of what the workloads say."


def details(document: Mapping[str, Any]) -> str:
    """Give what benchmarks/README.md shows: what each engine keeps, and every figure of W1 to W3."""
    engines = ranked(document)
    kept = _table(("engine", "keeps"), [(each["name"], each["keeps"]) for each in engines])
    heads = ("engine", "entries", "in flight", "entries/s", "p50 ms", "p99 ms", "last s", "posts / entry")
    ends = ("look-ups", "second effects", "missing", "stale", "CPU s / 1,000", "peak MB")
    tables = [
        f"**{key}**: {document['workloads'][key]['title']}\n\n{_table((*heads, *ends), _all_of(engines, key))}"
        for key in WORKLOADS
        if key in document["workloads"]
    ]
    return "\n\n".join((kept, *tables))


def ranked(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Give the engines, the fastest in W1 first; one that did not come to its end is the last."""
    engines: Iterable[Mapping[str, Any]] = document["engines"].values()
    return sorted(engines, key=lambda each: -each["runs"].get("W1", {}).get("entries_per_second", 0.0))


def _speed_of(engine: Mapping[str, Any]) -> tuple[str, ...]:
    burst = engine["runs"].get("W1", {})
    used = (_plain(burst, "cpu_s_per_1000"), _plain(burst, "peak_mb"))
    return (engine["name"], _OUTLIVES[engine["survives"]], _rate(burst), _waits(burst), *used)


_OUTLIVES = {"nothing": "nothing", "process": "its process", "machine": "a power cut"}


def _faults_of(engine: Mapping[str, Any]) -> tuple[str, ...]:
    upserting, creating = (engine["runs"].get(key, {}) for key in ("W3", "W3c"))
    return (
        engine["name"],
        *(_rate(upserting), _plain(upserting, "posts_per_entry", ".2f")),
        *(_plain(upserting, "second_effects"), _plain(creating, "second_effects")),
        *(_both(upserting, creating, "missing"), _plain(upserting, "stale")),
    )


def _all_of(engines: Iterable[Mapping[str, Any]], key: str) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = []
    for engine in engines:
        run = engine["runs"].get(key)
        if run is None:
            continue
        if "failed" in run:
            rows.append((engine["name"], run["failed"], *[""] * 12))
            continue
        names = ("entries", "in_flight", "entries_per_second", "p50_ms", "p99_ms", "seconds", "posts_per_entry")
        names = (*names, "lookups", "second_effects", "missing", "stale", "cpu_s_per_1000", "peak_mb")
        rows.append((engine["name"], *(_plain(run, name) for name in names)))
    return rows


_SPEED_SAID = "**W1**, a burst of single-route approvals of 1 KB, to a sink that answers at once:"


def _faults_said(document: Mapping[str, Any]) -> str:
    in_flight = document["workloads"].get("W3", {}).get("in_flight", "some")
    return (
        "**W3**, each approval on five routes over twenty accounts, a tenth of them in three shuffled versions, one in "
        "fifty refused for good; the sink takes 50 ms (p50) to 500 ms (p99), applies 5 % and cuts the connection, "
        f"answers 5 % with one 503 and 2 % with 429; {in_flight} posts in flight. *Second effects* changed the ledger "
        "although it had the entry already; *stale* entries end with an older version:"
    )


def _special(document: Mapping[str, Any]) -> list[str]:
    said: list[str] = []
    for engine in document["engines"].values():
        grouped, beside = engine["runs"].get("W4", {}), engine["runs"].get("W5", {})
        said += [
            f"{key}, {engine['name']}: {run['failed']}."
            for key, run in (("W4", grouped), ("W5", beside))
            if "failed" in run
        ]
        if "sales" in grouped:
            said.append(_grouped(grouped))
        if "beside" in beside:
            said.append(_beside(engine["name"], beside))
    return said


def _grouped(run: Run) -> str:
    return (
        f"W4: {run['sales']:,} sales of a day (20 companies, 3 tax rates, 2 currencies) become {run['documents']} "
        f"documents in {run['close_s']} s, taken in at {run['sales_per_second']:,} a second; {run['amendments']:,} "
        f"late amendments become {run['adjustments']} more, a third close {run['documents_of_a_third_close']}. The "
        f"documents differ from the sales by {run['difference']}. {run['posts_per_1000_sales']} posts for 1,000 sales, "
        "where every other engine here posts 1,000."
    )


def _beside(name: str, run: Run) -> str:
    alone, beside = run["alone"], run["beside"]
    return (
        f"W5, {name}: {run['live_per_second']:.0f} live approvals a second reach the ledger in {alone['p50_ms']} ms "
        f"(p99 {alone['p99_ms']}); beside a backfill of {run['backfill']:,} at {run['backfill_per_second']:,.0f} a "
        f"second in {beside['p50_ms']} ms (p99 {beside['p99_ms']})."
    )


def _rate(run: Run) -> str:
    if "failed" in run:
        return "did not end"
    return _plain(run, "entries_per_second", ",.0f")


def _waits(run: Run) -> str:
    return f"{run['p50_ms']:,.0f} / {run['p99_ms']:,.0f}" if "p50_ms" in run else ""


def _both(one: Run, other: Run, name: str) -> str:
    counts = [run[name] for run in (one, other) if name in run]
    return str(sum(counts)) if counts else ""


def _plain(run: Run, name: str, form: str = "") -> str:
    return format(run[name], form) if name in run else ""


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, tuple("--:" if number else "---" for number in range(len(heads))), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
