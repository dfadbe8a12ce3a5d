"""Every link of every page leads somewhere: to a file that is there, and to a heading that it has."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.docs.pages import PAGES, ROOT, name_of, text_outside_blocks

LINK = re.compile(r"\]\(([^()\s]+)\)|(?:src|srcset|href)=\"([^\"]+)\"")
HEADING = re.compile(r"^#{1,6} +(.+?) *$", re.MULTILINE)


def links_of(page: Path) -> list[str]:
    text = re.sub(r"`[^`\n]*`", "", text_outside_blocks(page))
    found = [markdown or html for markdown, html in LINK.findall(text)]
    return [link for link in found if not re.match(r"[a-z]+:", link)]


def anchors_of(page: Path) -> set[str]:
    """The anchors that GitHub makes of headings, and those that stand there as HTML."""
    text = text_outside_blocks(page)
    anchors: dict[str, int] = {}
    for heading in HEADING.findall(text):
        shown = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", shown).replace(" ", "-")
        anchors[slug] = anchors.get(slug, -1) + 1
        if anchors[slug]:
            anchors[f"{slug}-{anchors[slug]}"] = 0
    return set(anchors) | set(re.findall(r"<a (?:id|name)=\"([^\"]+)\"", text))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    for link in links_of(page):
        path, _, anchor = link.partition("#")
        target = (page.parent / unquote(path)).resolve() if path else page
        assert target.exists(), f"{name_of(page)} links to {link}, which is not there"
        assert target.is_relative_to(ROOT), f"{name_of(page)} links out of the repository: {link}"
        if anchor and target.suffix == ".md":
            assert anchor in anchors_of(target), f"{name_of(page)} links to {link}, a heading that is not there"


def test_there_are_links_to_check() -> None:
    assert sum(len(links_of(page)) for page in PAGES) > 100


def test_every_page_of_the_docs_can_be_reached_from_their_index() -> None:
    index = ROOT / "docs" / "README.md"
    reached = {(index.parent / link.partition("#")[0]).resolve() for link in links_of(index)}
    inside = {page for page in PAGES if page.is_relative_to(index.parent) and page != index}
    apart = {page for page in inside if page.parent.name in ("adr", "quillbook")}
    assert {name_of(page) for page in inside - apart - reached} == set()
