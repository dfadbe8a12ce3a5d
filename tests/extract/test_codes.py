"""Every code that the extract gives is explained in the catalogue."""

import re
from pathlib import Path

import ledgerpost
from ledgerpost.error_catalogue import CATALOGUE

PACKAGE = Path(ledgerpost.__file__).parent


def test_every_code_of_the_extract_is_in_the_catalogue() -> None:
    used = {
        code
        for path in PACKAGE.rglob("*.py")
        if "error_catalogue" not in path.parts
        for code in re.findall(r'"(extract_[a-z_]+)"', path.read_text(encoding="utf-8"))
    }
    assert used
    assert used <= CATALOGUE.keys()
