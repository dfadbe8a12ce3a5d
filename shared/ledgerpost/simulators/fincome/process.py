"""The simulator as a child process, and the handle its parent holds."""

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
from typing import Any, Final, Self
from urllib.parse import urlsplit

from ledgerpost.simulators.fincome.books import FincomeCounts
from ledgerpost.simulators.fincome.settings import FincomeSettings

_START_TIMEOUT_S: Final = 20.0
_STOP_TIMEOUT_S: Final = 5.0
_CALL_TIMEOUT_S: Final = 30.0
_IMPORT_ROOT: Final = Path(__file__).parents[3]


class FincomeStartError(RuntimeError):
    """The child ended, or did not listen in time; its own words are on stderr."""


class FincomeProcess:
    """Runs a simulator as its own process for the length of a `with` block, on a free port of loopback.

    The child ends with the block, and also if the parent dies: it watches the pipe through which it was given its
    settings. `url` is the base URL of the API.
    """

    def __init__(self, settings: FincomeSettings | None = None, *, port: int = 0) -> None:
        self.settings = settings or FincomeSettings()
        self.url = ""
        self._port = port
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "ledgerpost.simulators.fincome", "--port", str(self._port)]
        paths = [str(_IMPORT_ROOT), os.environ.get("PYTHONPATH", "")]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
        self._child = subprocess.Popen(  # noqa: S603 - our own module, no shell
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, start_new_session=True
        )
        try:
            self.url = self._started(self._child)
        except BaseException:
            _stop(self._child)
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._child is not None:
            _stop(self._child)
            self._child = None

    def counts(self) -> FincomeCounts:
        """What happened so far, effects told apart from calls."""
        return FincomeCounts(**json.loads(self._call("GET", "counts")))

    def rows(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every row with its entity, streamed; amounts are decimal text."""
        with closing(self._connection()) as connection:
            connection.request("GET", "/_simulator/rows")
            for line in connection.getresponse():
                document = json.loads(line)
                yield document["entity"], document["row"]

    def reset(self) -> None:
        """Forget rows and counts."""
        self._call("POST", "reset")

    def set_faults(self, text: str) -> None:
        """Replace the fault plan from now on. Raises `ValueError` with the simulator's reason."""
        self._call("POST", "faults", {"faults": text})

    def _started(self, child: subprocess.Popen[bytes]) -> str:
        assert child.stdin is not None
        assert child.stdout is not None
        watchdog = threading.Timer(_START_TIMEOUT_S, child.kill)
        watchdog.start()
        try:
            child.stdin.write(self.settings.to_json().encode() + b"\n")
            child.stdin.flush()
            line = child.stdout.readline()
        except BrokenPipeError:
            line = b""
        finally:
            watchdog.cancel()
        if not line:
            raise FincomeStartError(f"the Fincome simulator did not start (exit code {child.wait()})")
        return str(json.loads(line)["url"])

    def _connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=_CALL_TIMEOUT_S)

    def _call(self, method: str, path: str, document: object = None) -> bytes:
        body = None if document is None else json.dumps(document).encode()
        with closing(self._connection()) as connection:
            connection.request(method, f"/_simulator/{path}", body)
            response = connection.getresponse()
            answer = response.read()
        if response.status >= HTTPStatus.BAD_REQUEST:
            raise ValueError(json.loads(answer)["detail"])
        return answer


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
