"""The emulator ministack as a child process, on loopback alone."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import boto3
from botocore.config import Config

from ledgerpost.errors import UsageError

START_TIMEOUT_S: Final = 30.0
STOP_TIMEOUT_S: Final = 5.0
POLL_S: Final = 0.05
REGION: Final = "us-east-1"

_RUN: Final = """
import os, signal, sys, threading
def end_with_the_parent():
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGKILL)
threading.Thread(target=end_with_the_parent, daemon=True).start()
sys.argv = ["ministack"]
from ministack.app import main
main()
"""
"""The child reads the pipe that its parent holds: it ends, workers and all, also where the parent is killed."""


class MinistackStartError(UsageError):
    """The emulator is not there, ended, or did not answer in time; the message then has the end of its log."""

    def __init__(self, message: str) -> None:
        super().__init__("engine_unavailable", message)


class MinistackProcess:
    """Runs the emulator for the length of a `with` block, from an environment of its own.

    `python` is that environment's interpreter, which `make setup-ministack` makes: the emulator pins another botocore
    than ours. It binds 127.0.0.1, keeps its state in memory and its files in a temporary folder, holds functions to
    their roles, and leads a process group of its own, which ends as a whole.
    """

    def __init__(self, python: Path, *, port: int = 0) -> None:
        self._python = python
        self._port = port
        self._child: subprocess.Popen[bytes] | None = None
        self._folder: Path | None = None
        self.url = ""

    def __enter__(self) -> Self:
        if not self._python.exists():
            raise MinistackStartError(
                "The emulator has no environment of its own yet: `make setup-ministack` makes it."
            )
        self._folder = Path(tempfile.mkdtemp(prefix="ledgerpost-ministack-"))
        port = self._port or _free_port()
        self.url = f"http://127.0.0.1:{port}"
        with self.log_path.open("wb") as log:
            self._child = subprocess.Popen(  # noqa: S603 - the emulator's own interpreter, no shell
                [str(self._python), "-c", _RUN],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=_environment(port, self._folder),
                cwd=self._folder,
                start_new_session=True,
            )
        try:
            self._await_health()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    @property
    def pid(self) -> int:
        """The emulator's process id, which is also that of its process group."""
        assert self._child is not None, "the emulator runs inside its `with` block"
        return self._child.pid

    @property
    def log_path(self) -> Path:
        """What the emulator and the functions wrote; gone with the block."""
        assert self._folder is not None, "the emulator runs inside its `with` block"
        return self._folder / "ministack.log"

    def client(self, service: str) -> Any:
        """Give a boto3 client that speaks to the emulator, whatever the environment's AWS variables say."""
        session = boto3.Session(
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - the emulator takes any
            region_name=REGION,
        )
        config = Config(retries={"mode": "standard", "total_max_attempts": 3}, max_pool_connections=32)
        return session.client(service, endpoint_url=self.url, config=config)

    def worker_commands(self) -> dict[int, str]:
        """Give the Lambda workers that run at this moment: process id → command line, which names the function."""
        return {pid: command for pid, command in _children_of(self.pid).items() if "ministack-lambda-" in command}

    def reset(self) -> None:
        """Forget every resource of the emulator."""
        request = urllib.request.Request(f"{self.url}/_ministack/reset", method="POST")  # noqa: S310 - http, loopback
        with urllib.request.urlopen(request, timeout=START_TIMEOUT_S):  # noqa: S310
            pass

    def _await_health(self) -> None:
        assert self._child is not None
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if self._child.poll() is not None:
                break
            try:
                with urllib.request.urlopen(f"{self.url}/_ministack/health", timeout=1):  # noqa: S310
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(POLL_S)
        tail = self.log_path.read_text(errors="replace")[-2000:]
        raise MinistackStartError(f"The emulator did not start on {self.url}.\n{tail}")

    def _stop(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            assert child.stdin is not None
            # SIGTERM would let it wait for its workers; there is nothing that it has to save.
            _end_group(child)
            child.stdin.close()
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None


def _end_group(child: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait(STOP_TIMEOUT_S)


def _environment(port: int, folder: Path) -> dict[str, str]:
    """Give the emulator's environment. No AWS variable of the caller reaches it or its workers."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "PYTHON"))}
    return kept | {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LAMBDA_EXECUTOR": "local",
        # A function may do what its role allows and nothing else, as on a stage; our own clients are root.
        "AUTH": "true",
        "PERSIST_STATE": "0",
        "S3_DATA_DIR": str(folder / "s3"),
        "TMPDIR": str(folder),
        "AWS_EC2_METADATA_DISABLED": "true",
        "PYTHONUTF8": "1",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _children_of(parent: int) -> dict[int, str]:
    """Give the direct children of a process: process id → command line."""
    processes = _processes_of_linux() if Path("/proc/self/stat").exists() else _processes_of_ps()
    return {pid: command for pid, parent_of_pid, command in processes if parent_of_pid == parent}


def _processes_of_linux() -> Iterator[tuple[int, int, str]]:
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # pid (name) state parent …; the name may hold blanks and brackets.
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        yield int(folder.name), int(parent), command


def _processes_of_ps() -> Iterator[tuple[int, int, str]]:
    listing = subprocess.run(["/bin/ps", "-axo", "pid=,ppid=,command="], capture_output=True, text=True, check=True)
    for line in listing.stdout.splitlines():
        pid, parent, command = line.split(None, 2)
        yield int(pid), int(parent), command
