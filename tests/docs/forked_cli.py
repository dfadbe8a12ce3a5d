"""`ledgerpost` for the examples: one process imports it and forks for each call, since each import takes a second.

A call is the real command line all the same: its own process, arguments, folder, environment and descriptors.
"""

import gc
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

COLUMNS = "110"

_CALL = """#!{python} -IS
import json, os, socket, sys

connection = socket.socket(socket.AF_UNIX)
connection.connect({address!r})
said = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
socket.send_fds(connection, [said], [0, 1, 2])
sys.exit(int(connection.recv(16) or b"70"))
"""


@contextmanager
def forked_command_line(folder: Path, command: Path) -> Iterator[None]:
    """Put a `ledgerpost` at `command` that forks off a process of ours, which ends with the block."""
    address = str(folder / "cli")
    command.write_text(_CALL.format(python=sys.executable, address=address), encoding="utf-8")
    command.chmod(command.stat().st_mode | stat.S_IXUSR)
    server = subprocess.Popen(
        [sys.executable, __file__, address],
        stdout=subprocess.PIPE,
        start_new_session=True,
        env={**os.environ, "COLUMNS": COLUMNS},  # the width of tables is asked for at the import
    )
    try:
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        yield
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()
        server.stdout.close()


def _serve(address: str) -> None:
    import ledgerpost.cli.main

    ledgerpost.cli.main.command_line()  # every command loaded, once for all forks
    gc.freeze()
    listening = socket.socket(socket.AF_UNIX)
    listening.bind(address)
    listening.listen(16)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while True:
        connection, _ = listening.accept()
        if os.fork():
            connection.close()
            continue
        listening.close()
        _run(connection, ledgerpost.cli.main.main)


def _run(connection: socket.socket, main: object) -> None:
    """Be the command: never returns."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    said, descriptors, _, _ = socket.recv_fds(connection, 1 << 20, 3)
    arguments, folder, environment = json.loads(said)
    for number, descriptor in enumerate(descriptors):
        os.dup2(descriptor, number)
        os.close(descriptor)
    threading.Thread(target=_end_with, args=(connection,), daemon=True).start()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["ledgerpost", *arguments]
    code = 0
    try:
        assert callable(main)
        main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001 - whatever it is, it ends the command as it would end the process
        sys.excepthook(*sys.exc_info())
        code = 70
    sys.stdout.flush()
    sys.stderr.flush()
    connection.sendall(str(code).encode())
    os._exit(code)


def _end_with(connection: socket.socket) -> None:
    """End when whoever called was killed, as a command in the background is at the end of its page."""
    if not connection.recv(1):
        os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    _serve(sys.argv[1])
