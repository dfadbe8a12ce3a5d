"""The command line as it is: which commands there are, and whether a line can be one of them."""

import shlex
from collections.abc import Iterator
from typing import Any

import typer

from ledgerpost.cli.main import command_line

ROOT_COMMAND: Any = typer.main.get_command(command_line())


def commands(group: Any = ROOT_COMMAND, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Give the path of every command, without those that only group others."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name)


def fault_of(line: str) -> str | None:
    """Say what is wrong with a line `ledgerpost …`, by its commands, options and number of arguments; None for nothing.

    A pipe, a redirection or `&` ends the command; the values are not judged.
    """
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;<>")
    lexer.whitespace_split = True
    words: list[str] = []
    for word in lexer:
        if word and set(word) <= set("|&;<>"):
            break
        words.append(word)
    command, given = _command_of(words[1:])
    if hasattr(command, "commands"):
        return f"{' '.join(words)!r} names no command"
    return _fault_of_words(command, given)


def fault_of_mention(code: str) -> str | None:
    """Say whether a command in a sentence names a command and options that there are; its arguments may be left out."""
    words = code.split()
    command, rest = _command_of(words[1:])
    if hasattr(command, "commands"):
        known = command.commands
        named = [word for word in rest if not word.isupper() and word not in "|·/"]
        unknown = [word for word in named if word not in known and not word.startswith("--")]
        return f"there is no {unknown[0]}" if unknown else None
    options = {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
    unknown = [word for word in rest if word.startswith("--") and word.partition("=")[0] not in options]
    return f"there is no option {unknown[0]}" if unknown else None


def _command_of(words: list[str]) -> tuple[Any, list[str]]:
    command: Any = ROOT_COMMAND
    while words and hasattr(command, "commands"):
        if words[0] not in command.commands:
            return command, words
        command, words = command.commands[words[0]], words[1:]
    return command, words


def _fault_of_words(command: Any, words: list[str]) -> str | None:
    options = {name: each for each in command.params for name in (*each.opts, *each.secondary_opts)}
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    given: set[str] = set()
    positional = 0
    rest = iter(words)
    for word in rest:
        if not word.startswith("--"):
            positional += 1
            continue
        name, equals, _ = word.partition("=")
        if name not in options and name != "--help":
            return f"there is no option {name}"
        if name in options:
            given.add(options[name].name)
            if not equals and not options[name].is_flag and next(rest, None) is None:
                return f"{name} takes a value"
    missing = [
        each.opts[0] for each in command.params if each.required and each not in arguments and each.name not in given
    ]
    if missing:
        return f"{missing[0]} is required"
    needed = sum(each.required for each in arguments)
    most = float("inf") if any(each.nargs < 0 for each in arguments) else len(arguments)
    return None if needed <= positional <= most else f"takes {needed} to {most} arguments, not {positional}"
