"""Every block for a terminal is run as it stands, or stands in the table of those that are not, with the reason."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.forked_cli import forked_command_line
from tests.docs.not_run import NOT_RUN
from tests.docs.pages import PAGES, Block, blocks_of, name_of
from tests.docs.terminal import Terminal, missing_line, typed_in

SHELL_BLOCKS = [block for page in PAGES for block in blocks_of(page) if block.is_shell]


def excused(block: Block) -> bool:
    return any(excuse.covers(block) for excuse in NOT_RUN)


RUN = {
    page: [block for block in SHELL_BLOCKS if block.page == page and not excused(block)]
    for page in PAGES
    if any(block.page == page and not excused(block) for block in SHELL_BLOCKS)
}


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    command = tmp_path_factory.mktemp("bin") / "ledgerpost"
    with forked_command_line(command.parent, command):
        yield command


@pytest.fixture
def terminal(tmp_path: Path, command: Path) -> Terminal:
    terminal = Terminal(tmp_path)
    (tmp_path / ".venv" / "bin" / "ledgerpost").symlink_to(command)
    return terminal


@pytest.mark.parametrize("page", RUN, ids=name_of)
def test_the_commands_of_a_page_do_what_it_shows(page: Path, terminal: Terminal) -> None:
    typed = [(block, each) for block in RUN[page] for each in typed_in(block)]
    ended = terminal.run([each for _, each in typed])
    assert len(ended) == len(typed), ended
    for number, ((block, each), (code, said)) in enumerate(zip(typed, ended, strict=True)):
        asked = number + 1 < len(typed) and typed[number + 1][1].command == "echo $?"
        assert code == 0 or asked, f"{block}: {each.command}\nended with {code}:\n{said}"
        missing = missing_line(each.shown, said)
        assert missing is None, f"{block}: {each.command}\ndoes not show {missing!r}, but\n{said}"


def test_a_block_that_is_run_shows_prompts() -> None:
    assert [str(block) for blocks in RUN.values() for block in blocks if block.language != "console"] == []


def test_every_reason_is_needed_and_every_block_is_run_or_has_one(capsys: pytest.CaptureFixture[str]) -> None:
    counts = {excuse: sum(excuse.covers(block) for block in SHELL_BLOCKS) for excuse in NOT_RUN}
    with capsys.disabled():
        sys.stdout.write("\n\nBlocks that no test runs:\n")
        sys.stdout.writelines(f"  {each.page:32} {count:3}  {each.reason}\n" for each, count in counts.items())
    assert [excuse for excuse, count in counts.items() if not count] == []
    assert sum(map(len, RUN.values())) + sum(map(excused, SHELL_BLOCKS)) == len(SHELL_BLOCKS)
