"""The pages name commands that there are, with options that they have; and the page of commands names them all."""

import re
from pathlib import Path

import pytest

from tests.docs.command_tree import commands, fault_of, fault_of_mention
from tests.docs.pages import PAGES, ROOT, Block, blocks_of, text_outside_blocks

TYPED = [
    (block, line)
    for page in PAGES
    for block in blocks_of(page)
    if block.is_shell
    for line in re.findall(r"^ *(?:\$ )?(ledgerpost .*)$", block.text.replace("\\\n", " "), re.MULTILINE)
]


@pytest.mark.parametrize(("block", "line"), TYPED, ids=str)
def test_a_command_that_a_page_shows_is_one(block: Block, line: str) -> None:
    assert fault_of(line) is None, f"{block}: {line}"


@pytest.mark.parametrize(
    "line",
    [
        "ledgerpost nothing",
        "ledgerpost delivery",
        "ledgerpost doctor --nothing",
        "ledgerpost local extra",
        "ledgerpost explain --config",
        "ledgerpost day close COMPANY 2026-03-01",
    ],
)
def test_a_line_that_is_no_command_is_found_out(line: str) -> None:
    assert fault_of(line) is not None


def test_the_page_of_commands_names_every_command_and_no_other() -> None:
    page = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    rows = [row.split("|")[1] for row in page.splitlines() if row.startswith("| `")]
    named = {name for row in rows for name in re.findall(r"`([^`]+)`", row)}
    there = {" ".join(path) for path in commands()}
    tops = {path[0] for path in commands()}
    for name in named:
        assert name in there | tops or any(each.startswith(f"{name} ") for each in there), name
    assert {each for each in there if not any(each == name or each.startswith(f"{name} ") for name in named)} == set()


IN_PROSE = [
    (page, code)
    for page in PAGES
    for code in re.findall(r"`(ledgerpost [^`\n]+)`", text_outside_blocks(page))
    if "…" not in code
]


@pytest.mark.parametrize(("page", "code"), IN_PROSE, ids=str)
def test_a_command_in_a_sentence_has_the_options_that_it_names(page: Path, code: str) -> None:
    assert fault_of_mention(code) is None, f"{page}: {code}"
