"""The commands of grouping, as a person types them."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from ledgerpost.cli.demo_grouping import close_week
from ledgerpost.cli.main import command_line
from ledgerpost.cli.retail_orders import LINES
from ledgerpost.domain.company import Output
from ledgerpost.errors import LedgerpostError

APP = command_line()
EXAMPLE = Path(__file__).parents[2] / "events" / "company.example.yaml"
COMPANY = "3f1c5b8e-2a54-4f0e-9a6b-0d7f1f3f2f10"


class Shell:
    """Runs commands on one state folder."""

    def __init__(self, state: Path) -> None:
        self.state = state

    def runs(self, *words: str, exit_code: int = 0) -> str:
        result = CliRunner().invoke(APP, [*words, "--state", str(self.state)])
        assert result.exit_code == exit_code, result.output
        return result.output

    def refuses(self, *words: str) -> LedgerpostError:
        result = CliRunner().invoke(APP, [*words, "--state", str(self.state)])
        assert isinstance(result.exception, LedgerpostError), result.output
        return result.exception

    def on_day(self, *words: str, exit_code: int = 0) -> str:
        command, *rest = words
        return self.runs("day", command, COMPANY, "2010-12-01", "--tenant", "acme", *rest, exit_code=exit_code)


def an_event(order_id: str, net: str, **changes: Any) -> str:
    order = {
        "companyId": COMPANY,
        "id": order_id,
        "createdDate": "2010-12-01T10:00:00Z",
        "totalAmount": net,
        "orderLineItems": [{"quantity": 1, "totalAmount": net, "totalTaxAmount": 0, "taxPercentage": 0}],
        "payments": [{"id": "p", "amount": net, "type": "Cash", "status": "Paid"}],
        **changes,
    }
    detail = {
        "schemaVersion": "1",
        "tenantId": "acme",
        "approvedAt": "2010-12-01T10:00:00Z",
        "currency": "GBP",
        "entity": order,
    }
    return json.dumps({"Source": "shop", "DetailType": "CommerceOrderApproved", "Detail": detail})


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    shell = Shell(tmp_path / "state")
    shell.runs("company", "config", "apply", str(EXAMPLE))
    events = tmp_path / "orders.jsonl"
    events.write_text("\n".join([an_event("1", "10.00"), an_event("2", "2.50"), an_event("1", "10.00")]), "utf-8")
    output = shell.runs("company", "records", str(events), "--json")
    assert json.loads(output) == {"dropped": 1, "kept": 2}
    return shell


def test_a_configuration_is_checked_without_a_state() -> None:
    result = CliRunner().invoke(APP, ["company", "config", "check", str(EXAMPLE)])
    assert (result.exit_code, COMPANY in result.output) == (0, True)


def test_what_is_applied_is_shown_in_the_names_of_the_guide(shell: Shell) -> None:
    shown = json.loads(shell.runs("company", "config", "show", COMPANY, "--tenant", "acme"))
    assert shown["configuration"]["sales"]["salesCustomer"]["selectedCustomerId"] == "till"


def test_a_second_application_cannot_change_what_is_read_only(shell: Shell, tmp_path: Path) -> None:
    changed = yaml.safe_load(EXAMPLE.read_text("utf-8"))
    changed["accountingSoftwareCompanyName"] = "Somebody else"
    document = tmp_path / "changed.json"
    document.write_text(json.dumps(changed), "utf-8")
    assert shell.refuses("company", "config", "apply", str(document)).code == "company_read_only"


def test_a_change_may_leave_the_options_out(shell: Shell, tmp_path: Path) -> None:
    changed = yaml.safe_load(EXAMPLE.read_text("utf-8"))
    changed["configuration"]["sales"]["salesCustomer"] = {"selectedCustomerId": "web"}
    document = tmp_path / "changed.json"
    document.write_text(json.dumps(changed), "utf-8")
    shell.runs("company", "config", "apply", str(document))
    shown = json.loads(shell.runs("company", "config", "show", COMPANY, "--tenant", "acme"))
    assert shown["configuration"]["sales"]["salesCustomer"]["selectedCustomerId"] == "web"


def test_a_day_is_previewed_closed_and_shown_and_a_second_close_changes_nothing(shell: Shell) -> None:
    preview = json.loads(shell.on_day("preview", "--json"))
    closed = json.loads(shell.on_day("close", "--json"))
    assert [document["total"] for document in closed["documents"]] == ["12.50", "12.50"]
    assert preview == closed
    shown = json.loads(shell.on_day("show", "--json"))
    assert (shown["status"], shown["revision"]) == ("closed", 1)
    outbox = (shell.state / "documents.jsonl").read_text("utf-8")
    assert json.loads(shell.on_day("close", "--json")) == {"documents": [], "problems": []}
    assert (shell.state / "documents.jsonl").read_text("utf-8") == outbox
    assert len(outbox.splitlines()) == 2


def test_a_reopened_day_sends_its_documents_anew(shell: Shell) -> None:
    first = json.loads(shell.on_day("close", "--json"))
    shell.on_day("reopen", "--reason", "wrong account")
    assert json.loads(shell.on_day("close", "--json")) == first
    shown = json.loads(shell.on_day("show", "--json"))
    assert (shown["revision"], shown["operations"][0]["reason"]) == (2, "wrong account")
    changes = [json.loads(line) for line in (shell.state / "changes.jsonl").read_text("utf-8").splitlines()]
    assert [each["act"] for each in changes] == ["apply", "close_day", "reopen_day", "close_day"]
    assert changes[2]["facts"]["reason"] == "wrong account"


def test_a_day_that_something_stops_is_told_by_name_with_exit_1(shell: Shell, tmp_path: Path) -> None:
    paid = [{"id": "p", "amount": 5, "type": "Swish", "status": "Paid"}]
    events = tmp_path / "swish.jsonl"
    events.write_text(an_event("3", "5.00", payments=paid), "utf-8")
    shell.runs("company", "records", str(events))
    problems = json.loads(shell.on_day("close", "--json", exit_code=1))["problems"]
    assert [problem["code"] for problem in problems] == ["company_payment_type_unmapped"]
    assert "Swish" in problems[0]["message"]


def test_a_new_account_lets_a_day_that_was_stopped_be_closed(shell: Shell, tmp_path: Path) -> None:
    paid = [{"id": "p", "amount": 5, "type": "Swish", "status": "Paid"}]
    events = tmp_path / "swish.jsonl"
    events.write_text(an_event("3", "5.00", payments=paid), "utf-8")
    shell.runs("company", "records", str(events))
    words = (
        "company",
        "new-account",
        COMPANY,
        "swish",
        "1230",
        "Swish",
        "--tenant",
        "acme",
        "--classification",
        "bank",
    )
    shell.runs(*words)
    documents = json.loads(shell.on_day("close", "--json"))["documents"]
    assert [document["account"]["id"] for document in documents if document["account"]] == ["1200", "1230"]


def test_a_new_account_that_breaks_a_rule_is_refused(shell: Shell) -> None:
    words = ("company", "new-account", COMPANY, "prePaid", "1200", "Till", "--tenant", "acme")
    assert shell.refuses(*words).code == "company_prepaid_account_shared"


def test_malformed_and_unknown_records_are_told_with_exit_1(shell: Shell, tmp_path: Path) -> None:
    events = tmp_path / "bad.jsonl"
    events.write_text("\n".join([an_event("3", "x"), an_event("4", "1", companyId="other")]), "utf-8")
    output = shell.runs("company", "records", str(events), "--json", exit_code=1)
    assert '"malformed": 2' in output
    assert "detail.entity.totalAmount" in output


def test_a_company_that_is_not_there_is_refused_by_name(shell: Shell) -> None:
    error = shell.refuses("day", "close", "other", "2010-12-01", "--tenant", "acme")
    assert error.code == "company_unknown"


def test_a_range_is_run_once(shell: Shell) -> None:
    words = ("company", "run", COMPANY, "--tenant", "acme", "--from", "2010-12-01", "--to", "2010-12-02")
    assert "2000 Success" in shell.runs(*words)
    error = shell.refuses(*words)
    assert (error.code, "Date overlaps with a previous sync date range" in error.message) == (
        "close_range_overlaps",
        True,
    )
    runs = json.loads(shell.runs("company", "runs", COMPANY, "--tenant", "acme", "--json"))
    assert [(run["syncStatusCode"], run["dataPushed"]) for run in runs] == [(2000, True)]


@pytest.mark.parametrize("output", Output)
def test_a_real_week_ties_to_its_lines_and_a_second_close_changes_nothing(output: Output) -> None:
    days = close_week(LINES, output)
    assert [(str(day.lines.day), str(day.gross)) for day in days] == [
        ("2010-12-01", "58635.56"),
        ("2010-12-02", "46207.28"),
        ("2010-12-03", "45620.46"),
        ("2010-12-05", "31383.95"),
        ("2010-12-06", "53860.18"),
        ("2010-12-07", "17272.34"),
    ]
    assert {day.difference for day in days} == {0}
    assert sum(day.lines.lines for day in days) == 14_594
    assert {(day.adjustments, day.again) for day in days} == {(1, 0)}


def test_the_demo_prints_its_table_for_scripts() -> None:
    result = CliRunner().invoke(APP, ["demo", "--grouping", "--json"])
    assert result.exit_code == 0, result.output
    shown = json.loads(result.output)
    assert {day["difference"] for days in shown.values() for day in days} == {"0.00"}
