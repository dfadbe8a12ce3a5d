"""The command line itself: what a line loads, and what it says where there is no such command."""

import subprocess
import sys
from importlib.util import find_spec

import pytest

from ledgerpost.cli.main import COMMANDS
from tests.e2e.conftest import CommandLine


def test_the_version_is_printed(ledgerpost: CommandLine) -> None:
    ended = ledgerpost("--version")
    assert (ended.code, ended.out.split()[0]) == (0, "ledgerpost")


def test_the_help_lists_every_command(ledgerpost: CommandLine) -> None:
    listed = ledgerpost("--help").out
    assert [name for name in COMMANDS if f"\n  {name} " not in listed] == []


def test_a_command_that_there_is_not_is_refused_with_what_was_likely_meant(ledgerpost: CommandLine) -> None:
    ended = ledgerpost("delivry", "list")
    assert ended.code == 2
    assert "delivery" in ended.err


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_stands_where_the_list_says(ledgerpost: CommandLine, name: str) -> None:
    assert find_spec(f"ledgerpost.cli.{COMMANDS[name].partition('.')[0]}") is not None
    assert ledgerpost(name, "--help").code == 0


LOADED = """
import sys
from ledgerpost.cli.main import main
sys.argv = ["ledgerpost", "config", "--help"]
try:
    main()
except SystemExit:
    print([name for name in sys.modules if "simulators" in name or name == "aiohttp"])
"""


def test_a_line_loads_its_own_command_and_no_simulator() -> None:
    said = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True).stdout
    assert said.splitlines()[-1] == "[]"
