"""The lines of `benchmarks/sustained.py` are those of the local cloud, and they obey the laws that lines have."""

import random
from dataclasses import replace

import pytest

from benchmarks.outage import Run
from benchmarks.scale_results import PAGE, read_results
from benchmarks.sustained import LEDGER_S, Load, even_s, line, most_waiting, own_s, uneven_s
from infra.stage import PROD, QueueNumbers
from ledgerpost.local.clock import VirtualClock
from ledgerpost.local.cloud import Ending, Invocation, LocalCloud, Returned
from ledgerpost.local.engine import SNAPSHOT
from ledgerpost.local.template import read_template
from ledgerpost.local.virtual import VirtualRun
from ledgerpost.ports import OutgoingMessage

NUMBERS = QueueNumbers(batch_size=10, window_s=1, concurrency_max=3, receives_max=10)
BATCH_MS = 220


def as_long_each_time(size: int, draw: random.Random) -> float:
    return BATCH_MS / 1000


def full_batches_a_second() -> float:
    """Give how many batches of ten the functions of a production stage post in a second, into an even ledger."""
    return PROD.delivery_queue.concurrency_max / even_s(10, random.Random(6))


def arrivals_ms(rate: float, count: int) -> list[int]:
    """Give instants of which no two are the same, and none is the end of a window: there the order is chance."""
    draw = random.Random(6)
    at, instants = 0.0, []
    for _ in range(count):
        at += 2 + draw.expovariate(rate) * 1000
        instants.append(int(at))
    return instants


class CloudLine:
    """The delivery queue and its function in the local cloud, with a handler that waits as long each time."""

    def __init__(self, numbers: QueueNumbers) -> None:
        wiring = read_template(SNAPSHOT)
        [(name, mapping)] = [each for each in wiring.mappings.items() if each[1].function == "DeliverFunction"]
        mapping = replace(mapping, window_ms=numbers.window_s * 1000, concurrency_max=numbers.concurrency_max)
        self.wiring = replace(wiring, mappings={name: mapping}, schedules={})
        self.url = self.wiring.queues[mapping.queue].url
        self.ended: dict[int, int] = {}

    def run(self, instants: list[int]) -> list[int]:
        clock, cloud = VirtualClock(0), LocalCloud(self.wiring)
        driver = VirtualRun(cloud, clock, self._handle, duration_ms=lambda *_: BATCH_MS)
        for number, at in enumerate(instants):
            driver.run_for(at - clock.now_ms)
            cloud.send(self.url, [OutgoingMessage(str(number))], at)
        assert driver.run_until_settled(lambda: 0, 3_600_000)
        return [self.ended[number] for number in range(len(instants))]

    def _handle(self, invocation: Invocation) -> Ending:
        for message in invocation.messages:
            self.ended[int(message.body)] = invocation.started_ms + BATCH_MS
        return Returned({"batchItemFailures": []})


@pytest.mark.parametrize("rate", [2, 40, 120, 200])
def test_a_line_serves_each_message_when_the_local_cloud_does(rate: float) -> None:
    instants = arrivals_ms(rate, 600)
    ours = line([at / 1000 for at in instants], NUMBERS, as_long_each_time)
    assert [round(end * 1000) for end in ours.ended] == CloudLine(NUMBERS).run(instants)


def test_what_comes_faster_than_the_functions_post_grows_by_the_difference() -> None:
    figures = Load(rate=250, seconds=240).figures()
    assert figures["left"] == pytest.approx((250 - 10 * full_batches_a_second()) * 240, rel=0.1)
    assert figures["caughtUpAfter"] is None


def test_after_an_outage_what_waited_is_delivered_by_what_is_left_of_the_functions() -> None:
    figures = Load(rate=100, seconds=250, outage_s=80).figures()
    assert figures["caughtUpAfter"] == pytest.approx(100 * 80 / (10 * full_batches_a_second() - 100), rel=0.1)
    assert figures["mostWaiting"] == pytest.approx(100 * 80, rel=0.05)


def test_a_batch_of_an_uneven_ledger_is_over_when_its_slowest_post_is() -> None:
    draw = random.Random(6)
    alone, ten = ([uneven_s(size, draw) for _ in range(4000)] for size in (1, 10))
    assert sorted(alone)[2000] == pytest.approx(own_s(1) + LEDGER_S, rel=0.05)
    assert sum(ten) / len(ten) == pytest.approx(own_s(10) + 0.42, rel=0.05)


def test_the_most_that_wait_at_once_are_counted() -> None:
    assert most_waiting([0.0, 1.0, 2.0, 9.0], [3.0, 3.0, 4.0, 9.5]) == 3


def test_an_hour_without_the_ledger_leaves_no_entry_out_and_asks_the_table_for_next_to_nothing() -> None:
    figures = Run(0.2).figures()
    assert figures["waited"] == 720
    assert max(figures["postsInOutage"], figures["mostOpenRecords"]) < 30
    assert figures["caughtUpAfter"] < 900 + 60


def test_what_the_page_says_in_words_is_what_was_simulated() -> None:
    page, results = " ".join(PAGE.read_text("utf-8").split()), read_results()
    loads = {(load["rate"], load["ledger"]): load for load in results["sustained"]["steady"]}
    standing = [loads[10_000, ledger] for ledger in ("even", "uneven")]
    piled = [round(load["mostWaiting"], -3) for load in standing]
    late = [round(load["caughtUpAfter"]) for load in standing]
    said = (
        f"{piled[0]:,} entries pile up, and after {late[0]} s",
        f"with the uneven ledger {piled[1]:,}, and {late[1]} s",
        f"even ledger | 1 | 5 | {loads[10_000, 'even']['deliverAtOnce']:.0f} of",
        f"uneven ledger | 1 | 8 | {loads[10_000, 'uneven']['deliverAtOnce']:.0f} |",
    )
    for each in said:
        assert each in page


def test_the_page_says_at_which_rate_the_open_index_gives() -> None:
    page, loads = " ".join(PAGE.read_text("utf-8").split()), read_results()["keys"]["loads"]
    full = next(load["fullAt"] for load in loads if load["name"] == "open index, every entry is parked")
    new, grown = (round(full[partitions], -2) for partitions in ("4", "20"))
    assert f"from {new:,} a second on a new table and {grown:,} on a grown one" in page


def test_the_real_functions_catch_up_as_soon_as_the_line_does() -> None:
    results = read_results()
    line_s = next(load["caughtUpAfter"] for load in results["sustained"]["outages"] if load["rate"] == 50)
    real = next(run for run in results["outage"] if run["rate"] == 50)
    assert real["caughtUpAfter"] - real["firstAfter"] == pytest.approx(line_s, rel=0.02)
