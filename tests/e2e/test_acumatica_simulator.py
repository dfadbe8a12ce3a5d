"""`ledgerpost simulator acumatica`: a site to try a connection against, without an Acumatica."""

import json
import signal
import subprocess
import sys

import httpx

from tests.e2e.conftest import CommandLine


def test_it_says_where_it_listens_and_answers_there_until_it_is_stopped() -> None:
    command = [sys.executable, "-c", "from ledgerpost.cli.main import main; main()", "simulator", "acumatica"]
    child = subprocess.Popen([*command, "--manual-numbering", "--api-users", "1"], stdout=subprocess.PIPE)
    assert child.stdout is not None
    try:
        ready = json.loads(child.stdout.readline())
        refused = httpx.post(f"{ready['url']}/entity/auth/login", json={"name": "nobody", "password": "x"})
    finally:
        child.send_signal(signal.SIGINT)
        code = child.wait(10)
        child.stdout.close()

    assert (ready["simulator"], code) == ("acumatica", 0)
    assert (refused.status_code, refused.json()["exceptionType"]) == (500, "PX.Data.PXException")


def test_a_plan_of_faults_that_cannot_be_read_is_refused_input(ledgerpost: CommandLine) -> None:
    ended = ledgerpost("simulator", "acumatica", "--faults", "refuse=1")

    assert ended.code == 2
    assert "unknown fault 'refuse'" in ended.err
