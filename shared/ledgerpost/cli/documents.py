"""Writes the pages of `docs/` that follow from the code: `python -m ledgerpost.cli.documents`."""

import json
from pathlib import Path

import ledgerpost
from ledgerpost.console.openapi import api_document
from ledgerpost.error_catalogue import CATALOGUE

DOCS = Path(ledgerpost.__file__).parents[2] / "docs"

ERRORS_HEAD = """# Errors

Every code that Ledgerpost can tell of, in a log line, a report, a delivery or on the command line. Codes are stable.
This page is written from `error_catalogue/` by `make docs`.

*Who* is who has to act: nobody (Ledgerpost acts by itself), finance (a person who knows the books), integration (who
owns the configuration, the credentials or the source), ledgerpost (a defect: report it).

| code | what happened | what to do | who |
| --- | --- | --- | --- |
"""


def errors_page() -> str:
    """Give `docs/errors.md`, one line per code of the catalogue, in its order."""
    rows = (f"| `{each.code}` | {each.cause} | {each.fix} | {each.who} |" for each in CATALOGUE.values())
    return ERRORS_HEAD + "\n".join(rows) + "\n"


def openapi_document() -> str:
    """Give `docs/openapi.json`, the API of the console as its routes and models have it."""
    document = json.loads(api_document())
    return json.dumps(document, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def main() -> None:
    """Write the generated pages."""
    (DOCS / "openapi.json").write_text(openapi_document(), encoding="utf-8")
    (DOCS / "errors.md").write_text(errors_page(), encoding="utf-8")


if __name__ == "__main__":
    main()
