"""DBOS with SQLite, after its tutorials: one workflow an entry on a queue with bounded concurrency, the post a step
with retries, the workflow's id made of the entry so that a second start of the same one is none.

Keeps every workflow's input, each step's outcome and the queue in SQLite, in SQLite's default mode: a rollback journal,
synced to the disk at every commit.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dbos import DBOS, SetWorkflowID

from benchmarks.bench.engines import peer_post
from benchmarks.bench.engines.runner import Entries, Job, main

ATTEMPTS_MAX = 9
POLL_S = 0.1
"""Seconds between two looks of the queue's worker; the default of one second would leave it idle most of the time."""

_ledger: list[Any] = []


@DBOS.step(retries_allowed=True, max_attempts=ATTEMPTS_MAX, interval_seconds=1.0)
def post(task: dict[str, Any]) -> str:
    """Post one entry; a step that has ended is not run again."""
    return peer_post.post(_ledger[0], task)


@DBOS.workflow()
def deliver(task: dict[str, Any]) -> str:
    """See one entry to its end."""
    return post(task)


class _Dbos:
    def __init__(self, job: Job, queue: Any) -> None:
        self._job = job
        self._queue = queue

    def run(self, entries: Entries) -> list[float]:
        accepted, handles = [], []
        for entry in entries:
            for task in peer_post.tasks_of(entry, self._job.accounts):
                detail = task["detail"]
                with SetWorkflowID(f"{task['account']}/{detail['entity']['Id']}/{detail['revision']}"):
                    handles.append(self._queue.enqueue(deliver, task))
            accepted.append(time.monotonic())
        for handle in handles:
            handle.get_result(polling_interval_sec=POLL_S)
        return accepted


@contextmanager
def _engine(job: Job) -> Iterator[_Dbos]:
    _ledger.append(peer_post.client(job.sink, job.in_flight))
    DBOS(
        config={
            "name": "bench",
            "system_database_url": f"sqlite:///{job.folder / 'dbos.sqlite'}",
            "log_level": "ERROR",
            "run_admin_server": False,
        }
    )
    DBOS.launch()
    queue = DBOS.register_queue("posts", worker_concurrency=job.in_flight, polling_interval_sec=POLL_S)
    yield _Dbos(job, queue)
    DBOS.destroy()


if __name__ == "__main__":
    main(_engine)
