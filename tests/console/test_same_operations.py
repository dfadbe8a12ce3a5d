"""What a person can do on a page, a command does as well, over the same use case."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import typer

import ledgerpost.cli.checklist as checklist_command
from ledgerpost.cli.main import command_line
from ledgerpost.cli.stage import Stage
from ledgerpost.console.host import ENDPOINTS
from ledgerpost.domain.access import Act
from ledgerpost.domain.event import TenantId
from tests.contract.aws_emulators import create_deliveries_table, create_routes_table, moto_clients
from tests.contract.listing_table import create_listing_table

COMMANDS: Mapping[Act, str] = {
    Act.READ: "delivery show",
    Act.PREVIEW: "preview",
    Act.READ_CHANGES: "changes list",
    Act.REDRIVE: "delivery redrive",
    Act.REDRIVE_REJECTION: "delivery redrive",
    Act.SKIP: "delivery skip",
    Act.PAUSE: "connection pause",
    Act.RESUME: "connection resume",
    Act.BACKFILL: "backfill",
    Act.KEEP_COLUMN_MAP: "backfill",  # --map: a map lies beside its file
    Act.REOPEN_DAY: "day reopen",
    Act.CLOSE_DAY: "day close",
    Act.UNDO: "undo",
    Act.TEST_POST: "test-post",
    Act.APPLY: "apply",
    Act.PUT_SECRET: "secret put",
}
PAGES: Mapping[str, str] = {
    "/": "doctor", "/connections": "connection test", "/routes": "diff", "/test-post": "test-post",
    "/checklist": "checklist", "/deliveries": "delivery list", "/parked": "delivery redrive", "/why": "explain",
    "/reconciliation": "reconcile", "/undo": "undo", "/audit": "changes check", "/days": "day show",
    "/companies": "company config show", "/upload": "backfill",
}  # fmt: skip


def commands() -> Iterator[str]:
    """Give the name of every command, with its group's."""
    return _names(typer.main.get_command(command_line()), "")


def _names(command: Any, before: str) -> Iterator[str]:
    for name, each in getattr(command, "commands", {}).items():
        yield f"{before}{name}"
        yield from _names(each, f"{before}{name} ")


def test_every_act_of_a_page_or_call_has_its_command() -> None:
    acts = {endpoint.act for endpoint in ENDPOINTS if endpoint.act is not None}
    assert acts == set(COMMANDS)
    assert set(COMMANDS.values()) <= set(commands())


def test_every_page_has_its_command() -> None:
    pages = {endpoint.path for endpoint in ENDPOINTS if endpoint.method == "GET" and endpoint.path.count("/") == 1}
    assert pages - {"/delivery"} == set(PAGES)
    assert set(PAGES.values()) <= set(commands())


@pytest.fixture
def stage() -> Iterator[Stage]:
    with moto_clients() as session:
        client = session.client("dynamodb")
        create_deliveries_table(client, "deliveries")
        create_routes_table(client, "routes")
        create_listing_table(client, "listing")
        made = Stage("dev", session)
        made.__dict__["outputs"] = {
            "RoutesTableName": "routes",
            "DeliveriesTableName": "deliveries",
            "ListingTableName": "listing",
        }
        yield made


def test_the_checklist_of_a_stage_begins_with_the_connection(stage: Stage) -> None:
    first, *rest = checklist_command.lines_of(TenantId("acme"), stage)
    assert (first.title, first.is_done) == ("Connection saved successfully", False)
    assert len(rest) == 4


def test_the_pages_of_this_list_are_those_of_the_documentation() -> None:
    text = (Path(__file__).parents[2] / "docs" / "console.md").read_text("utf-8")
    missing = [f"`ledgerpost {command}" for command in PAGES.values() if f"`ledgerpost {command}" not in text]
    assert missing == []
