"""The text of `docs/cost.md`: every figure of it is reckoned by `costs.py` and `path_costs.py`."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from infra.costs import (
    REQUESTS,
    ROOT,
    VOLUMES,
    entries_cost,
    entries_in_a_batch,
    free_of_idle,
    idle_cost,
    monthly_cost,
    web_cost,
)
from infra.path_costs import (
    FULL_BATCH,
    PROCESSOR_MIB,
    dollars,
    dollars_by_line,
    floor,
    function_seconds,
    path_table,
    read_counts,
    without_the_bus,
)

PAGE = ROOT / "docs" / "cost.md"
MEASURED = ROOT / "benchmarks" / "results" / "function_seconds.json"


def page_of(template: Mapping[str, Any], prices: Mapping[str, Any]) -> str:
    """Give the text of `docs/cost.md`."""
    idle = idle_cost(template, prices)
    total, free = sum(idle.values()), free_of_idle(idle, prices)
    rows = [
        f"| {entries:,} | ${monthly_cost(entries, template, prices):,.2f} "
        f"| ${sum(entries_cost(entries, prices).values()) / entries * 1e6:,.2f} |"
        for entries in VOLUMES
    ]
    web = {entries: web_cost(entries, prices) for entries in VOLUMES}
    web_parts = [
        f"| {name} | " + " | ".join(f"${web[entries][name]:,.2f}" for entries in VOLUMES) + " |"
        for name in web[VOLUMES[0]]
    ]
    by_line = {entries: entries_cost(entries, prices) for entries in VOLUMES}
    parts = [
        f"| {name} | " + " | ".join(f"${by_line[entries][name]:,.2f}" for entries in VOLUMES) + " |"
        for name in by_line[VOLUMES[0]]
    ]
    standing = [f"| {name} | ${dollars:,.2f} |" for name, dollars in idle.items()]
    return _PAGE.format(
        rows="\n".join(rows),
        parts="\n".join(parts),
        standing="\n".join(standing),
        web_parts="\n".join(web_parts),
        web_total=" | ".join(f"${sum(web[entries].values()):,.2f}" for entries in VOLUMES),
        requests=f"{REQUESTS:,}",
        volumes=" | ".join(f"{entries:,}" for entries in VOLUMES),
        paths=path_table(prices),
        sizes="; ".join(f"{min(FULL_BATCH, entries_in_a_batch(n)):.1f} entries at {n:,} a month" for n in VOLUMES),
        **_direct(prices),
        total=f"${total:,.2f}",
        left=f"${total - free:,.2f}",
    )


def _direct(prices: Mapping[str, Any]) -> dict[str, str]:
    """Give the figures of the words about the direct path."""
    counts = read_counts()["direct"]
    measured = json.loads(MEASURED.read_text())
    machine = {name: str(measured["machine"][name]) for name in ("processor", "system", "python")}
    lines, least = dollars_by_line(counts, prices), floor(counts, prices)
    slower = replace(counts, processor_ms=counts.processor_ms + 1)
    working_s = counts.processor_ms / 1000 * PROCESSOR_MIB / counts.memory_mib
    return machine | {
        "measured_ms": f"{measured['processorMs']['direct']['all']:.1f}",
        "assumed_ms": f"{counts.processor_ms:.1f}",
        "memory": str(counts.memory_mib),
        "share": f"{counts.memory_mib / PROCESSOR_MIB:.3f}",
        "working_ms": f"{working_s * 1000:.0f}",
        "waiting_ms": f"{(function_seconds(counts) - working_s) * 1000:.0f}",
        "per_ms": f"${dollars(slower, prices) - dollars(counts, prices):,.3f}",
        "larger": f"${dollars(replace(counts, memory_mib=512), prices):,.2f}",
        "floor": f"${least:,.2f}",
        "rest": f"${sum(lines.values()) - least:,.2f}",
        "write": f"${prices['table_writes_million']:,.3f}",
        "logs": f"${lines['logs']:,.2f}",
        "fair": f"${lines['fair queue']:,.2f}",
        "without_bus": f"${without_the_bus(counts, prices):,.2f}",
    }


_PAGE = """# What it costs

Made by `python infra/costs.py` from the production template and `infra/prices.json` (list prices of us-east-1); a test
fails when it is out of step, and another when it grows past its budget. What an entry takes is counted ([by
path](#by-path)); assumed are an entry of under 1 KB, one route, a ledger that answers in 200 ms, an even load.

| entries a month | dollars a month, all in | of which per million entries |
| ---: | ---: | ---: |
{rows}

The records are kept for good, so their storage grows by one such month each month. A ledger that answers slower, or
entries that are tried again, cost more time of the functions; a bad hour costs cents.

## An idle stage

{total} a month at list prices. {left} where the account uses none of its free allowances elsewhere: its key, and the
alarms beyond the first ten.

| for | dollars a month |
| --- | ---: |
{standing}

## What the entries add

The direct path, as it is counted below, in batches that the rate fills within the queue's window of a second:
{sizes}.

| for | {volumes} |
| --- | ---: | ---: | ---: |
{parts}

## By path

What a million entries add in full batches, without what stands by the month and without storage. The requests, their
units, and the bytes that are logged and sent are counted: `tests/infra/test_path_costs.py` runs the real handlers
against an emulator of AWS, and fails where a path became dearer by a twentieth. An entry is an approval, a shop's sale,
a sales order of the demo's week, a row that a first night of an extract writes.

{paths}

The seconds of a function are reckoned. A call of a ledger waits 200 ms, one of DynamoDB or SQS 5 ms, up to ten of a
batch side by side. The processor's time is measured by `benchmarks/function_seconds.py` with the real handlers and
boto3 clients against an emulator in another process, and not on Lambda's arm64 but on {processor} ({system}, Python
{python}): an entry of the direct path takes {measured_ms} ms of it, rounded up to {assumed_ms} ms for the TLS that
the emulator does not speak. A function of {memory} MiB has {share} of a processor, which makes {working_ms} ms of
it, beside {waiting_ms} ms of waiting. If Lambda's processor is slower, each millisecond of a whole one adds
{per_ms}. Working costs the same at every size and waiting costs by the size, so the functions are small; at 512 MiB
the direct path is {larger}.

A fair queue is billed $0.10 per million requests beside the usual $0.40. Which requests of a queue that is, AWS does
not spell out where we could read it; all that send, receive and delete messages with a group are taken for it.

The floor of the direct path is about {floor}: the bus, three hops of a queue, one write, the functions, egress. What
the rest buys, {rest}: a second write, {write}, for the claim that is written before the post, which is what keeps a
lost answer from becoming a second entry; the lines of the log, {logs}, by which every entry is explained; and the fair
queue, {fair}, so that one account's flood does not hold up the others. Without the bus, from a source that sends to the
queue in tens, the floor is about {without_bus}.

A sale that is grouped has no post of its own. An order asks Acumatica about its customer, items, taxes and itself
before it writes, and reads back after it. An extract is bound by what its source allows, 25 requests in five seconds,
each a wait and a write of the shared budget.

## A stage with the console

What `serves_console` adds to all of the above, with {requests} requests of pages and calls. Signing in is free of
charge for up to 10,000 people. A webhook costs $1.00 per million requests and a function's time; an approval costs the
bus what it costs anyway.

| for | {volumes} entries |
| --- | ---: | ---: | ---: |
{web_parts}
| **all** | {web_total} |
"""
