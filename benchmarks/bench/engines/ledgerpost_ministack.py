"""Ledgerpost on ministack: the deployed template on an emulator of AWS, every call over the real AWS wire.

Keeps every delivery record in (the emulator's) DynamoDB, which holds it in memory.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.bench.engines.configuration import TOKEN, TOKEN_NAME, configurations
from benchmarks.bench.engines.ledgerpost_local import READ_LAG_S
from benchmarks.bench.engines.runner import Entries, Job, main
from ledgerpost.adapters.secrets_environment import EnvironmentSecrets
from ledgerpost.cli.run import EMULATOR, LOCAL_OVERRIDES
from ledgerpost.local.ministack import MinistackEngine, MinistackOptions

PUBLISHED_AT_ONCE = 10


class _Ministack:
    def __init__(self, engine: MinistackEngine) -> None:
        self._engine = engine

    def run(self, entries: Entries) -> list[float]:
        accepted: list[float] = []
        for start in range(0, len(entries), PUBLISHED_AT_ONCE):
            chunk = entries[start : start + PUBLISHED_AT_ONCE]
            self._engine.stack.bus.put(chunk)
            accepted += [time.monotonic()] * len(chunk)
        self._engine.run(())
        return accepted


@contextmanager
def _engine(job: Job) -> Iterator[_Ministack]:
    options = MinistackOptions(
        python=EMULATOR,
        configurations=configurations(job.sink, job.accounts),
        secrets=EnvironmentSecrets({TOKEN_NAME: TOKEN}),
        variables={**LOCAL_OVERRIDES, "READ_LAG_S": READ_LAG_S},
    )
    with MinistackEngine(options) as engine:
        yield _Ministack(engine)


if __name__ == "__main__":
    main(_engine)
