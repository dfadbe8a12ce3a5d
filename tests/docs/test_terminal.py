"""The terminal of the examples notices what it is there to notice."""

from pathlib import Path

import pytest

from tests.docs.pages import ROOT, Block
from tests.docs.terminal import Terminal, Typed, missing_line, typed_in


def block(text: str) -> Block:
    return Block(ROOT / "page.md", 1, "console", text)


def test_a_command_is_told_from_what_it_shows_and_goes_on_after_a_backslash() -> None:
    typed = typed_in(block("$ one \\\n    --more\nshown\n\n$ two"))
    assert typed == [Typed("one \\\n    --more", ("shown", "")), Typed("two", ())]


def test_a_block_without_a_prompt_is_none() -> None:
    with pytest.raises(ValueError, match="begins with"):
        typed_in(block("ledgerpost demo"))


@pytest.mark.parametrize(
    ("shown", "said", "missing"),
    [
        (("a", "c"), "a\nb\nc\n", None),
        (("c", "a"), "a\nb\nc\n", "a"),
        (("…", "b …"), "a\nb 7 s\n", None),
        (("b",), "a\nb 7 s\n", "b"),
        (("2 posts, … s",), "3 events, 2 posts, 1.0 s", "2 posts, … s"),
        (("a",), "", "a"),
    ],
)
def test_each_line_that_is_shown_has_to_come_whole_and_in_order(
    shown: tuple[str, ...], said: str, missing: str | None
) -> None:
    assert missing_line(shown, said) == missing


def test_commands_share_a_shell_and_each_ends_with_its_own_code(tmp_path: Path) -> None:
    typed = [Typed(text, ()) for text in ("export WORD=here", "echo $WORD", "false", "echo $?", "echo oops >&2; false")]
    assert Terminal(tmp_path).run(typed) == [(0, ""), (0, "here\n"), (1, ""), (0, "1\n"), (1, "oops\n")]


def test_nothing_of_the_environment_of_the_tests_comes_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PENNYPIPE_PAT", "of the tests")
    [(_, said)] = Terminal(tmp_path).run([Typed("env", ())])
    assert "PENNYPIPE_PAT" not in said


def test_ports_are_free_ones_and_read_as_they_are_written(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    typed = [Typed("echo http://127.0.0.1:8088", ()), Typed("grep baseUrl events/configuration.simulator.yaml", ())]
    said = [each for _, each in terminal.run(typed)]
    assert said == ["http://127.0.0.1:8088\n", "    baseUrl: http://127.0.0.1:8088\n"]
    assert terminal.ports["8088"] != "8088"
