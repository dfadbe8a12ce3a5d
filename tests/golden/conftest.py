"""Golden files: `pytest tests/golden --update-golden` writes them anew; the diff is then reviewed like code."""

from collections.abc import Callable
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden files anew instead of comparing")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """Give a function that compares `text` with the golden file at `path`, or writes it where that was asked for."""
    update = bool(request.config.getoption("--update-golden", default=False))

    def compare(path: Path, text: str) -> None:
        if update:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.is_file(), f"{path.name} is missing: run pytest tests/golden --update-golden and review it"
        assert path.read_text(encoding="utf-8") == text

    return compare
