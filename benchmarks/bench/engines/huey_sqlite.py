"""huey with SQLite, after its guide: tasks with retries, and a consumer in a process of its own with worker threads.

Keeps the queue, the schedule of retries and the results in SQLite (WAL). The variant `fsync` is huey's default, where
every commit is synced to the disk; with `no-fsync` (`fsync=False`) a commit survives the process and not the machine.
"""

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from huey import SqliteHuey
from huey.signals import SIGNAL_COMPLETE, SIGNAL_ERROR

from benchmarks.bench.engines import peer_post
from benchmarks.bench.engines.runner import Job, main

RETRIES = 8
RETRY_DELAY_S = 1
POLL_S = 0.02


class _Huey:
    def __init__(self, job: Job) -> None:
        self._job = job
        fsync = None if job.variant == "fsync" else False
        self._huey = SqliteHuey("bench", filename=str(job.folder / "huey.db"), fsync=fsync)
        self._ended = multiprocessing.Value("i", 0)
        ledger: list[Any] = []

        @self._huey.task(retries=RETRIES, retry_delay=RETRY_DELAY_S)
        def post(task: dict[str, Any]) -> str:
            if not ledger:
                ledger.append(peer_post.client(job.sink, job.in_flight))
            return peer_post.post(ledger[0], task)

        @self._huey.signal(SIGNAL_COMPLETE, SIGNAL_ERROR)
        def ended(signal: str, task: Any, *_: Any) -> None:
            # An attempt that will be tried again signals an error too; the last one has no retries left.
            if signal == SIGNAL_COMPLETE or not task.retries:
                with self._ended.get_lock():
                    self._ended.value += 1

        self._post = post

    def consume(self) -> None:
        self._huey.create_consumer(workers=self._job.in_flight, worker_type="thread", periodic=False).run()

    def run(self, entries: Sequence[dict[str, Any]]) -> list[float]:
        accepted, count = [], 0
        for entry in entries:
            for task in peer_post.tasks_of(entry, self._job.accounts):
                self._post(task)
                count += 1
            accepted.append(time.monotonic())
        while self._ended.value < count:
            time.sleep(POLL_S)
        return accepted


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
