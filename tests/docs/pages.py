"""The pages of the documentation, and the fenced blocks that stand in them."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]

PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "events/**/*.md", "benchmarks/*.md", "shared/**/*.md")
    for path in ROOT.glob(pattern)
)
"""Every page that a reader may open."""

SHELL_LANGUAGES = frozenset({"console", "sh", "bash"})

_FENCE = re.compile(r"^(?P<indent> *)(?P<fence>```+)(?P<language>[a-z]*) *$")
_COMMAND = re.compile(r"^(\$ )?ledgerpost ", re.MULTILINE)


def name_of(page: Path) -> str:
    """Give the page's path in the repository."""
    return page.relative_to(ROOT).as_posix()


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: where it begins, its language, its text, and the HTML comment right above it."""

    page: Path
    line: int
    language: str
    text: str
    comment: str = ""

    @property
    def is_shell(self) -> bool:
        """Say whether it is for a terminal: by its language, or by a command of ours in a block without one."""
        return self.language in SHELL_LANGUAGES or (not self.language and bool(_COMMAND.search(self.text)))

    def __str__(self) -> str:
        return f"{name_of(self.page)}:{self.line}"


def blocks_of(page: Path) -> list[Block]:
    """Give the blocks of a page, in order."""
    found: list[Block] = []
    lines = page.read_text(encoding="utf-8").splitlines()
    number = 0
    while number < len(lines):
        opening = _FENCE.match(lines[number])
        if opening is None:
            number += 1
            continue
        end = next(at for at in range(number + 1, len(lines)) if lines[at].strip() == opening["fence"])
        inside = [line.removeprefix(opening["indent"]) for line in lines[number + 1 : end]]
        above = lines[number - 1].strip() if number else ""
        comment = above[4:-3].strip() if above.startswith("<!--") and above.endswith("-->") else ""
        found.append(Block(page, number + 1, opening["language"], "\n".join(inside), comment))
        number = end + 1
    return found


def text_outside_blocks(page: Path) -> str:
    """Give the page without its fenced blocks."""
    text = page.read_text(encoding="utf-8")
    return re.sub(r"^ *```.*?^ *```+ *$", "", text, flags=re.MULTILINE | re.DOTALL)
