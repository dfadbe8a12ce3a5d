"""A local engine that keeps running: whatever is published or sent is taken up, until it is stopped."""

import threading
from types import TracebackType
from typing import Self

from ledgerpost.local.engine import LocalEngine

LOOK_S = 0.1
"""Seconds between two looks at whether it is to stop; what is published is taken up at once."""

JOIN_S = 0.2


class LiveEngine:
    """Runs an engine in a thread of its own for the length of a `with` block."""

    def __init__(self, engine: LocalEngine) -> None:
        self.engine = engine
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="live-engine", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stopping.set()
        # Asked again: a run that was just about to begin has not heard it.
        while self._thread.is_alive():
            self.engine.interrupt()
            self._thread.join(JOIN_S)

    def _run(self) -> None:
        while not self._stopping.is_set():
            if self.engine.has_work:
                self.engine.run(())
            self.engine.wait_for_work(LOOK_S)
