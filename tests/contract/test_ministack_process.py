"""The emulator's process: on loopback alone, and gone with whoever started it."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ledgerpost.local.ministack_process import MinistackProcess, MinistackStartError
from tests.contract.aws_emulators import MINISTACK_PYTHON

STARTS_AND_IS_KILLED = f"""
import os, signal
from pathlib import Path
from ledgerpost.local.ministack_process import MinistackProcess
with MinistackProcess(Path({str(MINISTACK_PYTHON)!r})) as emulator:
    print(emulator.pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.ministack
@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="reads the kernel's own list of sockets")
def test_the_emulator_listens_on_loopback_and_nowhere_else(ministack: MinistackProcess) -> None:
    inodes = {str(link.readlink()) for link in Path(f"/proc/{ministack.pid}/fd").iterdir() if link.is_symlink()}
    listening = [
        row.split()
        for table in ("tcp", "tcp6")
        for row in Path(f"/proc/net/{table}").read_text().splitlines()[1:]
        if row.split()[3] == "0A" and f"socket:[{row.split()[9]}]" in inodes
    ]
    loopback = socket.inet_aton("127.0.0.1")[::-1].hex().upper()
    port = urlsplit(ministack.url).port
    assert [row[1] for row in listening] == [f"{loopback}:{port:04X}"]


@pytest.mark.ministack
def test_the_emulator_ends_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    parent = subprocess.run(
        [sys.executable, "-c", STARTS_AND_IS_KILLED],
        env={**os.environ, "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert parent.returncode == -signal.SIGKILL
    pid = int(parent.stdout)
    deadline = time.monotonic() + 5
    while _runs(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _runs(pid)


def _runs(pid: int) -> bool:
    """Whether the process runs; one that ended and that nobody has asked for yet does not."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.startswith("Z")


def test_an_environment_that_was_never_made_is_named_with_the_command_that_makes_it(tmp_path: Path) -> None:
    with pytest.raises(MinistackStartError, match="make setup-ministack"), MinistackProcess(tmp_path / "python"):
        pass
