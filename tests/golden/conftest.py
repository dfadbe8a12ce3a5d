"""Golden files: `UPDATE_GOLDEN=1 pytest tests/golden` writes them anew; the diff is then reviewed like code."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def golden() -> Callable[[Path, str], None]:
    """Give a function that compares `text` with the golden file at `path`, or writes it where that was asked for."""
    update = os.environ.get("UPDATE_GOLDEN") == "1"

    def compare(path: Path, text: str) -> None:
        if update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.is_file(), f"{path.name} is missing: run UPDATE_GOLDEN=1 pytest tests/golden and review it"
        assert path.read_text(encoding="utf-8") == text

    return compare
