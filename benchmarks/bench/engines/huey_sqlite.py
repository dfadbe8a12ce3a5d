"""huey with SQLite, after its guide: tasks with retries, and a consumer in a process of its own with worker threads.

Keeps the queue, the schedule of retries and the results in SQLite (WAL). The variant `fsync` is huey's default, where
every commit is synced to the disk; with `no-fsync` (`fsync=False`) a commit survives the process and not the machine.
"""

import multiprocessing
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from huey import SqliteHuey
from huey.signals import SIGNAL_COMPLETE, SIGNAL_ERROR

from benchmarks.bench.engines import peer_post
from benchmarks.bench.engines.runner import THREADS_MIN, Entries, Job, main

RETRIES = 8
RETRY_DELAY_S = 1
POLL_S = 0.02
LIVE_PRIORITY = 10


class _Huey:
    def __init__(self, job: Job) -> None:
        self._job = job
        fsync = None if job.variant == "fsync" else False
        self._huey = SqliteHuey("bench", filename=str(job.folder / "huey.db"), fsync=fsync)
        self._ended = multiprocessing.Value("i", 0)
        ledger: list[Any] = []
        places = threading.BoundedSemaphore(job.in_flight)

        @self._huey.task(retries=RETRIES, retry_delay=RETRY_DELAY_S)
        def post(task: dict[str, Any]) -> str:
            if not ledger:
                ledger.append(peer_post.client(job.sink, job.in_flight))
            with places:
                return peer_post.post(ledger[0], task)

        @self._huey.signal(SIGNAL_COMPLETE, SIGNAL_ERROR)
        def ended(signal: str, task: Any, *_: Any) -> None:
            # An attempt that will be tried again signals an error too; the last one has no retries left.
            if signal == SIGNAL_COMPLETE or not task.retries:
                with self._ended.get_lock():
                    self._ended.value += 1

        self._post = post
        self._count, self._counting = 0, threading.Lock()

    def consume(self) -> None:
        self._huey.create_consumer(
            workers=max(THREADS_MIN, self._job.in_flight), worker_type="thread", periodic=False
        ).run()

    def run(self, entries: Entries) -> list[float]:
        accepted = []
        for entry in entries:
            self._take(entry)
            accepted.append(time.monotonic())
        self._wait()
        return accepted

    def run_beside(self, backfill: Entries, live: Iterable[dict[str, Any]]) -> None:
        """Live tasks have the higher priority, as the guide has it."""

        def fill() -> None:
            for entry in backfill:
                self._take(entry)

        filling = threading.Thread(target=fill)
        filling.start()
        for entry in live:
            self._take(entry, priority=LIVE_PRIORITY)
        filling.join()
        self._wait()

    def _take(self, entry: dict[str, Any], priority: int | None = None) -> None:
        for task in peer_post.tasks_of(entry, self._job.accounts):
            self._post(task, priority=priority)
            with self._counting:
                self._count += 1

    def _wait(self) -> None:
        while self._ended.value < self._count:
            time.sleep(POLL_S)


@contextmanager
def _engine(job: Job) -> Iterator[_Huey]:
    engine = _Huey(job)
    consumer = multiprocessing.get_context("fork").Process(target=engine.consume, daemon=True)
    consumer.start()
    yield engine
    consumer.terminate()
    consumer.join(5)


if __name__ == "__main__":
    main(_engine)
