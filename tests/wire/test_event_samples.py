"""The table of events/README.md against the files, the schema and the code."""

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from ledgerpost.error_catalogue import CATALOGUE
from ledgerpost.wire.configuration import read_configuration
from tests.wire.outcomes import outcomes_of

EVENTS = Path(__file__).parents[2] / "events"
ROW = re.compile(
    r"^\| \[`(?P<file>[^`]+)`\]\((?P<link>[^)]+)\) \| (?P<shows>.+?) \| (?P<outcomes>`.+`) \|$", re.MULTILINE
)
TABLE = {
    row["file"]: [outcome.strip("`") for outcome in row["outcomes"].split("; ")]
    for row in ROW.finditer((EVENTS / "README.md").read_text(encoding="utf-8"))
}
CONFIGURATION = read_configuration((EVENTS / "configuration.example.yaml").read_text(encoding="utf-8")).configuration


def test_the_table_lists_each_sample_file_and_no_other() -> None:
    folders = ("valid", "skipped", "sequences", "invalid")
    files = {str(path.relative_to(EVENTS)) for folder in folders for path in (EVENTS / folder).iterdir()}
    assert files == set(TABLE)
    assert len(files) >= 40


def test_each_row_links_to_the_file_it_names() -> None:
    rows = list(ROW.finditer((EVENTS / "README.md").read_text(encoding="utf-8")))
    assert all(row["file"] == row["link"] for row in rows)
    assert len(rows) == len(TABLE)


@pytest.mark.parametrize("file", TABLE)
def test_a_sample_comes_to_what_the_table_says(file: str) -> None:
    assert outcomes_of(EVENTS / file, CONFIGURATION) == TABLE[file]


def test_the_table_names_only_codes_of_the_catalogue() -> None:
    words = {word for outcomes in TABLE.values() for outcome in outcomes for word in outcome.split() if "_" in word}
    assert words
    assert words <= set(CATALOGUE)


@pytest.mark.parametrize("file", [file for file in TABLE if not file.startswith(("invalid/", "sequences/good-bad"))])
def test_a_sample_that_is_understood_fits_the_schema(file: str) -> None:
    for entry in _entries(file):
        assert _faults(entry) == []


@pytest.mark.parametrize(
    "file",
    [
        file
        for file, outcomes in TABLE.items()
        if outcomes[0].startswith(
            ("refused malformed_event at detail", "refused unknown_detail", "refused unsupported")
        )
        # A schema's date-time format is a note to the reader; only code tells that an offset is missing.
        and file != "invalid/approved-at-without-offset.json"
    ],
)
def test_a_sample_that_is_refused_by_its_form_fails_the_schema(file: str) -> None:
    assert _faults(_entries(file)[0])


def _entries(file: str) -> list[dict[str, object]]:
    text = (EVENTS / file).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()] if file.endswith(".jsonl") else [json.loads(text)]


def _faults(entry: dict[str, object]) -> list[str]:
    schema = json.loads((EVENTS / "approval-event.schema.json").read_text(encoding="utf-8"))
    faults = [error.message for error in Draft202012Validator(schema).iter_errors(entry)]
    detail = entry.get("Detail")
    if isinstance(detail, str):  # contentSchema is a note that validators do not follow
        inner = {"$defs": schema["$defs"], "$ref": "#/$defs/ApprovalDetail"}
        faults += [error.message for error in Draft202012Validator(inner).iter_errors(json.loads(detail))]
    return faults
