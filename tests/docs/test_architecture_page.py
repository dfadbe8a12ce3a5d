"""The map of the code names files that are there."""

import pytest

from tests.docs.named_things import FILE, missing_files
from tests.docs.pages import ROOT

PAGES = [ROOT / "docs" / "architecture.md", ROOT / "docs" / "writing-a-connector.md", ROOT / "CONTRIBUTING.md"]
WANTED = [
    "a ledger target", "an event kind", "a field of a rule, or a column of a mapping",
    "a look-up or a function of formulas", "an alarm", "an error", "a command", "a page of the console",
    "an adapter of a port", "a function",
]  # fmt: skip


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_the_page_names_is_there(page) -> None:
    text = page.read_text(encoding="utf-8")
    assert FILE.search(text)
    assert missing_files(text) == []


def test_a_file_that_is_not_there_is_found_out() -> None:
    assert missing_files("see `domain/mapping.py` and `domain/tomorrow.py`") == ["domain/tomorrow.py"]


@pytest.mark.parametrize("what", WANTED)
def test_the_map_says_what_to_touch_and_which_tests_hold_it(what: str) -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    _, _, rest = text.partition(f"\n### {what}\n")
    section = rest.partition("\n### ")[0]
    assert "Held by:" in section
    assert any(path.startswith("tests/") for path in FILE.findall(section))
    assert any(not path.startswith("tests/") for path in FILE.findall(section))
