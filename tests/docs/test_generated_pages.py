"""What the documents say is what the code does."""

from pathlib import Path

from ledgerpost.cli.documents import DOCS, errors_page, openapi_document
from ledgerpost.error_catalogue import CATALOGUE

ROOT = Path(__file__).parents[2]
SOURCES = [*(ROOT / "shared").rglob("*.py"), *(ROOT / "functions").rglob("*.py")]


def test_the_page_of_errors_is_the_catalogue() -> None:
    assert (DOCS / "errors.md").read_text(encoding="utf-8") == errors_page(), "run `make docs`"


def test_the_document_of_the_api_is_what_its_routes_and_models_say() -> None:
    assert (DOCS / "openapi.json").read_text(encoding="utf-8") == openapi_document(), "run `make docs`"


def test_every_code_of_the_catalogue_is_raised_somewhere() -> None:
    code_lines = "\n".join(path.read_text() for path in SOURCES if "error_catalogue" not in path.parts)
    unused = [code for code in CATALOGUE if f'"{code}"' not in code_lines]
    assert not unused, f"no code says {unused}: remove them from the catalogue"
