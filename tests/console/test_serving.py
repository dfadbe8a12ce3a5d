"""`ledgerpost local --serve`: it answers on loopback, keeps delivering, and stops at a signal."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledgerpost.cli.console_server import ConsoleServer
from tests.console.desk import Desk

ROOT = Path(__file__).parents[2]
MAIN = "from ledgerpost.cli.main import main; main()"


@pytest.fixture
def served() -> Iterator[tuple["subprocess.Popen[str]", int]]:
    command = [sys.executable, "-c", MAIN, "local", "--serve", "--empty", "--port", "0"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "shared"), "PYTHONUNBUFFERED": "1"}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)
    try:
        assert process.stdout is not None
        said = next(found for line in process.stdout if (found := re.search(r"console is on http://\S+:(\d+)", line)))
        yield process, int(said[1])
    finally:
        process.kill()
        process.communicate(timeout=10)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_answers_until_it_is_told_to_stop_and_stops_cleanly(
    served: tuple["subprocess.Popen[str]", int], number: signal.Signals
) -> None:
    process, port = served
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", "/")
        answer = connection.getresponse()
        assert (answer.status, b"Nothing is set up yet." in answer.read()) == (200, True)
    process.send_signal(number)
    _, messages = process.communicate(timeout=20)
    assert (process.returncode, messages.strip()) == (0, "Stopped.")


def test_a_port_that_is_taken_is_told_by_the_server(desk: Desk) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="in use"), ConsoleServer(desk.console, port=taken.getsockname()[1]):
            pass


def test_what_the_console_answers_comes_back_whole(desk: Desk) -> None:
    with (
        ConsoleServer(desk.console) as server,
        closing(http.client.HTTPConnection(server.url.removeprefix("http://"), timeout=10)) as connection,
    ):
        headers = {"Cookie": "a=1; b=2", "Content-Type": "application/json"}
        connection.request("POST", "/v1/explain?x=%20", b'{"event": {}}', headers)
        answer = connection.getresponse()
        answer.read()
    assert answer.status == 401
    assert answer.getheader("Content-Type") == "application/problem+json"
    assert answer.getheader("X-Frame-Options") == "DENY"
