"""A simulator as a child process, and the handle its parent holds."""

import http.client
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol, Self
from urllib.parse import urlsplit

_START_TIMEOUT_S: Final = 20.0
_STOP_TIMEOUT_S: Final = 5.0
_CALL_TIMEOUT_S: Final = 30.0
_IMPORT_ROOT: Final = Path(__file__).parents[3]


class SimulatorStartError(RuntimeError):
    """The child ended, or did not listen in time; its own words are on stderr."""


class ProcessSettings(Protocol):
    """What a simulator is started with."""

    def to_json(self) -> str:
        """The settings on one line of JSON, secrets included."""
        ...


class SimulatorChild:
    """Runs a simulator as its own process for the length of a `with` block; `module` is what `python -m` runs.

    The child listens on a free port of loopback. It ends with the block, and also if the parent dies: it watches the
    pipe through which it was given its settings. Ctrl-C in the terminal reaches the parent alone.
    """

    module: str

    def __init__(self, settings: ProcessSettings, *, port: int = 0) -> None:
        self._settings = settings
        self.url = ""
        self._port = port
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", self.module, "--port", str(self._port), "--settings", "-"]
        self._child = subprocess.Popen(  # noqa: S603 - our own module, no shell
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_environment(), start_new_session=True
        )
        try:
            self.url = self._started(self._child)
        except BaseException:
            self._stop(self._child)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._child is not None:
            self._stop(self._child)
            self._child = None

    @property
    def pid(self) -> int | None:
        """The child's process id, None outside the block."""
        return self._child.pid if self._child else None

    def entries(self) -> Iterator[dict[str, Any]]:
        """Everything in the books, streamed; amounts are decimal text."""
        with closing(self._connection()) as connection:
            connection.request("GET", "/_simulator/entries")
            for line in connection.getresponse():
                yield json.loads(line)

    def requests(self) -> list[dict[str, Any]]:
        """The last 10,000 calls: operation, method, path, status, requestId."""
        items: list[dict[str, Any]] = json.loads(self.call_admin("GET", "requests"))["items"]
        return items

    def reset(self) -> None:
        """Forget what happened; what is configured stays."""
        self.call_admin("POST", "reset")

    def set_faults(self, text: str) -> None:
        """Replace the fault plan from now on. Raises `ValueError` with the simulator's reason."""
        self.call_admin("POST", "faults", {"faults": text})

    def _started(self, child: subprocess.Popen[bytes]) -> str:
        assert child.stdin is not None
        assert child.stdout is not None
        watchdog = threading.Timer(_START_TIMEOUT_S, child.kill)
        watchdog.start()
        try:
            child.stdin.write(self._settings.to_json().encode() + b"\n")
            child.stdin.flush()
            line = child.stdout.readline()
        except BrokenPipeError:
            line = b""
        finally:
            watchdog.cancel()
        if not line:
            raise SimulatorStartError(f"{self.module} did not start (exit code {child.wait()})")
        return str(json.loads(line)["url"])

    @staticmethod
    def _stop(child: subprocess.Popen[bytes]) -> None:
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with suppress(BrokenPipeError):  # the child ended before it read its settings
                    pipe.close()
        try:
            child.wait(_STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=_CALL_TIMEOUT_S)

    def call_admin(self, method: str, path: str, document: object = None) -> bytes:
        """The answer of an admin path. Raises `ValueError` with the simulator's reason."""
        body = None if document is None else json.dumps(document).encode()
        with closing(self._connection()) as connection:
            connection.request(method, f"/_simulator/{path}", body)
            response = connection.getresponse()
            answer = response.read()
        if response.status >= HTTPStatus.BAD_REQUEST:
            raise ValueError(json.loads(answer)["detail"])
        return answer


def _environment() -> dict[str, str]:
    """The parent's environment, with the package importable however the parent found it."""
    paths = [str(_IMPORT_ROOT), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
