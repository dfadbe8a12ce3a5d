"""The worked example of docs/writing-a-connector.md is the code that the conformance suite runs."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, Block, blocks_of

PAGE = ROOT / "docs" / "writing-a-connector.md"
EXAMPLE = ROOT / "docs" / "examples" / "quillbook"
CODE = [block for block in blocks_of(PAGE) if block.language == "python"]


@pytest.mark.parametrize("block", CODE, ids=str)
def test_a_block_of_the_page_is_a_part_of_the_file_above_it(block: Block) -> None:
    source, path = block.comment.split(" ", 1)
    assert source == "from", f"{block}: say above it which file it is from"
    assert f"\n{block.text}\n" in (ROOT / path).read_text(encoding="utf-8"), f"{block} is not what {path} says"


def test_the_page_shows_the_port_the_answers_and_the_case() -> None:
    shown = {block.comment for block in CODE}
    assert shown == {"from docs/examples/quillbook/connector.py", "from tests/connectors/conformance/quillbook_case.py"}
    assert len(CODE) >= 7


@pytest.mark.parametrize(("name", "other"), [("connector.py", "simulator"), ("simulator.py", "connector")])
def test_neither_the_simulator_nor_the_connector_imports_the_other(name: str, other: str) -> None:
    imports = re.findall(r"^(?:from|import) (\S+)", (EXAMPLE / name).read_text(encoding="utf-8"), re.MULTILINE)
    assert imports
    assert not [each for each in imports if other in each]


def test_both_are_as_long_as_the_page_says() -> None:
    for path in (EXAMPLE / "connector.py", EXAMPLE / "simulator.py"):
        assert 180 <= len(path.read_text(encoding="utf-8").splitlines()) <= 220, path.name


def test_the_example_is_not_shipped(tmp_path: Path) -> None:
    from infra.packaging import stage_functions

    stage_functions(tmp_path / "functions")
    assert list(tmp_path.rglob("*quillbook*")) == []
