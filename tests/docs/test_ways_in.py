"""The examples of docs/ways-in.md do what they say."""

import base64
import re
from pathlib import Path
from typing import Any

from ledgerpost.domain.signature import flaw_of, read_signature
from ledgerpost.wire.approvals import read_approvals
from ledgerpost.wire.column_map import read_column_map
from tests.contract.records import NOON

PAGE = (Path(__file__).parents[2] / "docs" / "ways-in.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found.group(1)


def test_the_example_of_a_body_is_an_approval() -> None:
    [entry] = read_approvals(block("json").encode())
    assert entry.tenant == "acme"


def test_a_sender_that_signs_as_shown_is_let_in() -> None:
    made: dict[str, Any] = {}
    exec(block("python").replace("time.time()", str(NOON.timestamp())), made)
    secret = b"s" * 32
    header = made["signature"]("shop-1", base64.b64encode(secret).decode(), b"{}")
    signature = read_signature(header)
    assert signature is not None
    assert flaw_of(signature, b"{}", [secret], NOON) is None


def test_the_example_of_a_column_map_is_one() -> None:
    assert read_column_map(block("yaml")).entity["Total"] == "Gross"
