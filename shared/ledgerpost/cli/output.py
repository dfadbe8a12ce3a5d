"""How the command line speaks: results on standard output, everything else on standard error."""

import json
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ledgerpost.errors import ConfigurationError, LedgerpostError, Problem, describe

# Sentences are not broken at the width of a terminal that may not be there; tables are laid out to it.
results = Console(soft_wrap=True)
messages = Console(stderr=True, soft_wrap=True)

NEEDS_A_PERSON = 1
REFUSED_INPUT = 2
INTERRUPTED = 130


def print_json(document: object) -> None:
    """Print a result for scripts: one JSON document, amounts as decimal text."""
    typer.echo(_json_text(document))


def write_json(document: object, path: Path) -> None:
    """Write a result to a file as `print_json` prints it."""
    path.write_text(_json_text(document) + "\n", encoding="utf-8")


def _json_text(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, indent=2, default=_plain)


def _plain(value: object) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value)


def table(title: str, *columns: str, numbers: tuple[str, ...] = ()) -> Table:
    """Give an empty table; the columns named in `numbers` are set to the right, and no number is broken in two."""
    made = Table(title=title, title_justify="left", title_style="bold", header_style="bold")
    for column in columns:
        is_number = column in numbers
        made.add_column(column, justify="right" if is_number else "left", overflow="fold", no_wrap=is_number)
    return made


def print_error(error: LedgerpostError) -> None:
    """Say what happened, what was done and what to do next."""
    if isinstance(error, ConfigurationError):
        for problem in error.problems:
            message = f"{escape(problem.path)}: {escape(problem.message)}"
            messages.print(f"[red]{problem.code}[/red] {message}", highlight=False)
            messages.print(f"    → {problem.mend}", highlight=False)
        count = len(error.problems)
        messages.print(f"The configuration is refused: {count} problem{'s' if count > 1 else ''}. Nothing was done.")
        return
    messages.print(f"[red]{error.code}[/red] {escape(error.message)}", highlight=False)
    messages.print(f"    → {describe(error.code).fix}", highlight=False)


def print_warnings(problems: Iterable[Problem]) -> None:
    """Say what is hardly meant, or would stand in the way: each with its path and its mend."""
    for problem in problems:
        message = f"{escape(problem.path)}: {escape(problem.message)}"
        messages.print(f"[yellow]{problem.code}[/yellow] {message}", highlight=False)
        messages.print(f"    → {problem.mend}", highlight=False)


def plain_problem(problem: Problem) -> dict[str, str]:
    """Give a problem for scripts."""
    return {"code": problem.code, "path": problem.path, "message": problem.message, "mend": problem.mend}


def leave(code: int) -> NoReturn:
    """End the command with an exit code."""
    raise typer.Exit(code)
