"""`ledgerpost simulate` as a person or a nightly job runs it."""

import json

from typer.testing import CliRunner

from ledgerpost.cli.main import command_line
from ledgerpost.errors import UsageError


def test_a_run_without_a_violation_ends_with_zero_and_tells_its_seeds() -> None:
    result = CliRunner().invoke(command_line(["simulate"]), ["simulate", "--seeds", "5", "--seed", "7", "--json"])
    assert result.exit_code == 0
    report = json.loads(result.stdout)
    assert (report["seed"], report["histories"], report["violation"]) == (7, 5, None)
    assert report["historiesPerSecond"] > 0


def test_a_caught_defect_is_shown_with_the_invariant_and_its_timeline() -> None:
    result = CliRunner().invoke(
        command_line(["simulate"]), ["simulate", "--mutant", "utc-day", "--seeds", "50", "--json"]
    )
    assert result.exit_code == 0
    (found,) = json.loads(result.stdout)
    assert found["violation"]["invariant"] == "I4"
    assert any("VIOLATION I4" in line for line in found["violation"]["timeline"])


def test_a_defect_that_is_not_caught_ends_with_one() -> None:
    result = CliRunner().invoke(
        command_line(), ["simulate", "--mutant", "no-wait-for-earlier", "--seeds", "1", "--seed", "0"]
    )
    assert result.exit_code == 1


def test_an_unknown_profile_is_refused_with_the_ones_there_are() -> None:
    result = CliRunner().invoke(command_line(["simulate"]), ["simulate", "--profile", "harsh"])
    assert isinstance(result.exception, UsageError)
    assert "nightly" in str(result.exception)
