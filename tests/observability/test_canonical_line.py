"""The line of an attempt says what is worth a byte: each is billed."""

import io
import json
from typing import Any

import pytest

from ledgerpost.observability import Log
from ledgerpost.ports import DeliveryLine


def a_line(result: str, *, route: str = "sales", lookups: int = 0) -> dict[str, Any]:
    stream = io.StringIO()
    line = DeliveryLine(result=result, tenant="acme", route=route, event_id="e-1", connection="main", account="a-1")
    line.lookups = lookups
    Log("deliver", stream=stream).attempted(line)
    written: dict[str, Any] = json.loads(stream.getvalue())
    return written


@pytest.mark.parametrize("result", ["delivered", "unchanged"])
def test_where_all_went_well_the_route_tells_of_the_connection_and_the_account(result: str) -> None:
    line = a_line(result)
    assert (line["route"], line["event_id"]) == ("sales", "e-1")
    assert not {"connection", "account"} & line.keys()


@pytest.mark.parametrize("result", ["parked", "retrying", "unconfirmed", "held"])
def test_what_a_person_may_have_to_look_at_says_where_it_went(result: str) -> None:
    line = a_line(result)
    assert (line["connection"], line["account"]) == ("main", "a-1")


def test_without_a_route_a_line_says_where_it_went() -> None:
    assert a_line("delivered", route="")["account"] == "a-1"


def test_look_ups_are_told_where_there_were_some() -> None:
    assert "lookups" not in a_line("delivered")
    assert a_line("delivered", lookups=2)["lookups"] == 2
