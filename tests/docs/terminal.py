"""A terminal for the console blocks of a page: a folder like a fresh checkout, a clean environment, free ports."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.docs.forked_cli import COLUMNS
from tests.docs.pages import ROOT, Block

TIMEOUT_S = 300
COPIED = ("docs/quick-start/files", "events")
"""Folders whose documents name ports; they are copied with the ports of the run."""

LINKED = ("Makefile", "requirements", "pyproject.toml", "README.md", "shared", "functions", "events/data")
PORT = re.compile(r"(?<![0-9-])80[0-9]{2}(?![0-9-])")
"""The ports that the pages use: 8080 to 8099."""

_MARK = "\x1e"

_CURL = """#!{python} -I
import sys, urllib.request

headers = dict(value.split(": ", 1) for flag, value in zip(sys.argv, sys.argv[1:]) if flag == "-H")
sys.stdout.write(urllib.request.urlopen(urllib.request.Request(sys.argv[-1], headers=headers)).read().decode())
"""
"""Stands in on a machine without curl: it reads an address, with headers."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A command of a block, and the lines that the block shows below it."""

    command: str
    shown: tuple[str, ...]


def typed_in(block: Block) -> list[Typed]:
    """Give the commands of a console block; a line that ends in a backslash goes on in the next one."""
    commands: list[tuple[list[str], list[str]]] = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            commands.append(([line[2:]], []))
        elif commands and commands[-1][0][-1].endswith("\\") and not commands[-1][1]:
            commands[-1][0].append(line)
        elif commands:
            commands[-1][1].append(line)
        else:
            raise ValueError(f"{block}: a console block begins with `$ `")
    return [Typed("\n".join(command), tuple(shown)) for command, shown in commands]


@dataclass
class Terminal:
    """One folder and one shell session after another; ports stay the same."""

    folder: Path
    ports: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        (self.folder / ".venv" / "bin").mkdir(parents=True)
        for name in COPIED:
            shutil.copytree(ROOT / name, self.folder / name, ignore=shutil.ignore_patterns("data"), dirs_exist_ok=True)
        for path in [*self.folder.rglob("*.yaml"), *self.folder.rglob("*.json")]:
            text = path.read_text(encoding="utf-8")
            path.write_text(self._with_ports(text), encoding="utf-8")
        for name in LINKED:
            (self.folder / name).symlink_to(ROOT / name)
        if shutil.which("curl") is None:
            curl = self.folder / ".venv" / "bin" / "curl"
            curl.write_text(_CURL.format(python=sys.executable), encoding="utf-8")
            curl.chmod(0o755)
        for stamp in (".build", ".cli"):  # what `make setup` would make: the environment of the tests has it all
            (self.folder / ".venv" / stamp).touch()

    def run(self, typed: Sequence[Typed]) -> list[tuple[int, str]]:
        """Type the commands into one shell, and give the exit code and the output of each.

        A command that ends in `&` and names a port is waited for until it listens.
        """
        script = "".join(self._typed(each.command) for each in typed) + "kill -KILL $(jobs -p) 2>/dev/null; exit 0\n"
        environment = {
            "PATH": f"{self.folder}/.venv/bin:{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "COLUMNS": COLUMNS,
        }
        # A file, not a pipe: a simulator in the background would keep a pipe open.
        with (self.folder / "said").open("w+b") as said:
            with subprocess.Popen(
                ["bash", "--norc", "-c", script],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            ) as shell:
                try:
                    shell.wait(TIMEOUT_S)
                finally:
                    with contextlib.suppress(ProcessLookupError):
                        os.killpg(shell.pid, signal.SIGKILL)
            said.seek(0)
            output = said.read().decode("utf-8", errors="replace")
        parts = self._as_written(output).split(_MARK)
        return [(int(code), said) for said, code in zip(parts[0::2], parts[1::2], strict=False)]

    def _typed(self, command: str) -> str:
        text = self._with_ports(command)
        port = re.search(r"--port (\d+)", text)
        if text.rstrip().endswith("&") and port is not None:
            text += (
                f"\nfor _ in $(seq 600); do (: </dev/tcp/127.0.0.1/{port[1]}) 2>/dev/null && break; sleep 0.05; done"
            )
        # The session goes on with the exit code that the command left, for an `echo $?` after it.
        return f"{text}\n__code=$?; printf '{_MARK}%s{_MARK}' $__code; (exit $__code)\n"

    def _with_ports(self, text: str) -> str:
        return PORT.sub(lambda found: self.ports.setdefault(found[0], _free_port()), text)

    def _as_written(self, text: str) -> str:
        for written, used in self.ports.items():
            text = text.replace(used, written)
        return text


def _free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


def missing_line(shown: Sequence[str], said: str) -> str | None:
    """Give the first line of `shown` that does not come, in order, in what was said; `…` stands for anything."""
    lines = iter(line.rstrip() for line in said.splitlines())
    for line in shown:
        if not line.strip(" …"):
            continue
        wanted = re.compile(".*".join(re.escape(part) for part in line.rstrip().split("…")))
        if not any(wanted.fullmatch(candidate) for candidate in lines):
            return line
    return None
