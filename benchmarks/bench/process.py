"""The processes of the bench: the sink, and one engine at a time, measured with all of its children."""

import contextlib
import json
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Self

import psutil

ROOT = Path(__file__).parents[2]
SAMPLE_S = 0.2


class EngineError(RuntimeError):
    """The engine ended, or did not end in time; the message says which."""


class SinkProcess:
    """The sink for the length of a `with` block."""

    def __init__(self, python: Path) -> None:
        self._python = python
        self.url = ""

    def __enter__(self) -> Self:
        command = [str(self._python), "-m", "benchmarks.bench.sink"]
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        port = json.loads(self._process.stdout.readline())["port"]
        self.url = f"http://127.0.0.1:{port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.communicate(timeout=5)

    def reset(self, **settings: Any) -> None:
        """Begin anew: nothing posted, with these settings."""
        self._call("reset", json.dumps(settings).encode())

    def report(self) -> dict[str, Any]:
        """Give what was counted since the last reset."""
        report: dict[str, Any] = json.loads(self._call("report", None))
        return report

    def _call(self, name: str, body: bytes | None) -> bytes:
        with urllib.request.urlopen(f"{self.url}/_sink/{name}", body, timeout=60) as answer:  # noqa: S310 - loopback
            content: bytes = answer.read()
        return content


class EngineProcess:
    """One engine with one job, and its children; ended with all of them at the end of the `with` block."""

    def __init__(self, python: Path, module: str, job: Mapping[str, Any], log: Path) -> None:
        self._command = [str(python), "-m", module]
        self._job = job
        self._log = log

    def __enter__(self) -> Self:
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own modules
                self._command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
            )
        self.usage = Usage(self._process.pid)
        self._say(json.dumps(self._job))
        return self

    def __exit__(self, *_: object) -> None:
        family = self.usage.family()
        with contextlib.suppress(OSError):
            self._say("close")
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(5)
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.wait(5)

    def answer(self, timeout_s: float) -> dict[str, Any]:
        """Wait for the engine's next line. Raises EngineError where it ends before, or takes too long."""
        assert self._process.stdout is not None
        lines: list[str] = []
        reader = threading.Thread(target=_read_into, args=(lines, self._process.stdout), daemon=True)
        reader.start()
        reader.join(timeout_s)
        if not lines:
            raise EngineError(f"did not end within {timeout_s:.0f} s")
        if not lines[0]:
            raise EngineError(f"ended with an error; its words are in {self._log.name}")
        answer: dict[str, Any] = json.loads(lines[0])
        return answer

    def go(self) -> None:
        """Have the job begin."""
        self._say("go")

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()


def _read_into(lines: list[str], stream: IO[str]) -> None:
    lines.append(stream.readline())


class Usage:
    """Processor time and memory of a process and all of its children, looked at five times a second."""

    def __init__(self, pid: int) -> None:
        self._root = psutil.Process(pid)
        self._seconds: dict[int, float] = {}
        self._before = 0.0
        self.peak_bytes = 0

    def family(self) -> list[psutil.Process]:
        """Give the process and its children, as far as they are there."""
        try:
            return [self._root, *self._root.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    @contextlib.contextmanager
    def measured(self) -> Iterator[None]:
        """Measure while the block runs; what was used before counts for nothing."""
        self._look()
        self._before, self.peak_bytes = sum(self._seconds.values()), 0
        stopping = threading.Event()
        looker = threading.Thread(target=self._look_until, args=(stopping,), daemon=True)
        looker.start()
        try:
            yield
        finally:
            stopping.set()
            looker.join()
            self._look()

    @property
    def cpu_seconds(self) -> float:
        """Seconds of processor time that the block took. A child's last moments before it ended are not seen."""
        return sum(self._seconds.values()) - self._before

    def _look_until(self, stopping: threading.Event) -> None:
        while not stopping.wait(SAMPLE_S):
            self._look()

    def _look(self) -> None:
        size = 0
        for process in self.family():
            with contextlib.suppress(psutil.NoSuchProcess):
                times = process.cpu_times()
                self._seconds[process.pid] = times.user + times.system
                size += process.memory_info().rss
        self.peak_bytes = max(self.peak_bytes, size)


def wait_until(instant: float) -> None:
    """Wait until an instant of the monotonic clock."""
    time.sleep(max(0.0, instant - time.monotonic()))
