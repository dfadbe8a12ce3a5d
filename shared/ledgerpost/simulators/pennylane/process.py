"""The simulator as a child process, and the handle its parent holds."""

import http.client
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, suppress
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self
from urllib.parse import urlsplit

from ledgerpost.simulators.pennylane.settings import SimulatorSettings

_START_TIMEOUT_S: Final = 20.0
_STOP_TIMEOUT_S: Final = 5.0
_CALL_TIMEOUT_S: Final = 30.0
_IMPORT_ROOT: Final = Path(__file__).parents[3]


class SimulatorStartError(RuntimeError):
    """The child ended, or did not listen in time; its own words are on stderr."""


class SimulatorProcess:
    """Runs a simulator as its own process for the length of a `with` block.

    The child listens on a free port of loopback. It ends with the block, and also if the parent dies: it watches the
    pipe through which it was given its settings. Ctrl-C in the terminal reaches the parent alone.
    """

    def __init__(self, settings: SimulatorSettings, *, port: int = 0) -> None:
        self.settings = settings
        self.url = ""
        self._port = port
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        command = [
            sys.executable,
            "-m",
            "ledgerpost.simulators.pennylane",
            "--port",
            str(self._port),
            "--settings",
            "-",
        ]
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

    def counts(self) -> dict[str, Any]:
        """What happened so far: `created`, `updated`, `deleted`, `rows`, `duplicates` by collection, `faults`, `calls`
        by operation and status, `limited`, `refreshes`, `reusedRefreshTokens`.
        """
        counts: dict[str, Any] = json.loads(self._call("GET", "counts"))
        return counts

    def rows(self, collection: str) -> Iterator[dict[str, Any]]:
        """Every row of a collection as the API gives it, with its nested rows in place of their links."""
        with closing(self._connection()) as connection:
            connection.request("GET", f"/_simulator/rows/{collection}")
            for line in connection.getresponse():
                yield json.loads(line)

    def requests(self) -> list[dict[str, Any]]:
        """The last 10,000 calls: operation, method, path, query, status."""
        items: list[dict[str, Any]] = json.loads(self._call("GET", "requests"))["items"]
        return items

    def load(self, bodies: Mapping[str, Sequence[Any]]) -> dict[str, list[int]]:
        """Create many rows at once: request bodies under their path's name. Give their ids, in the same order.

        Raises `ValueError` with the API's own refusal of the first body that it refuses.
        """
        ids: dict[str, list[int]] = json.loads(self._call("POST", "load", bodies))["ids"]
        return ids

    def reset(self) -> None:
        """Forget what happened; what is configured stays."""
        self._call("POST", "reset")

    def set_faults(self, text: str) -> None:
        """Replace the fault plan from now on. Raises `ValueError` with the simulator's reason."""
        self._call("POST", "faults", {"faults": text})

    def expire_tokens(self) -> None:
        """End every OAuth access token before its time."""
        self._call("POST", "expire")

    def cut_token_answers(self, count: int) -> None:
        """Cut the answers of the next successful token requests: the pair was rotated, and nobody heard of it."""
        self._call("POST", "cut_token_answers", {"next": count})

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
            raise SimulatorStartError(f"the Pennylane simulator did not start (exit code {child.wait()})")
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

    def _call(self, method: str, path: str, document: object = None) -> bytes:
        body = None if document is None else json.dumps(document).encode()
        with closing(self._connection()) as connection:
            connection.request(method, f"/_simulator/{path}", body)
            response = connection.getresponse()
            answer = response.read()
        if response.status >= HTTPStatus.BAD_REQUEST:
            raise ValueError(json.loads(answer)["error"])
        return answer


def _environment() -> dict[str, str]:
    """The parent's environment, with the package importable however the parent found it."""
    paths = [str(_IMPORT_ROOT), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
