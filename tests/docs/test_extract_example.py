"""The examples of an extract are accepted as they stand."""

from pathlib import Path

from ledgerpost.wire.extract_document import read_extract

EXAMPLE = Path(__file__).parents[2] / "events" / "extract.example.yaml"


def test_the_example_is_accepted_on_a_stage() -> None:
    read = read_extract(EXAMPLE.read_text(encoding="utf-8"))
    assert (read.id, read.rules.base_currency, read.changes_only) == ("acme/fincome", "EUR", False)


def test_the_example_for_the_simulators_is_accepted_by_local_commands_and_its_rates_are_there() -> None:
    path = EXAMPLE.with_name("extract.simulator.yaml")
    read = read_extract(path.read_text(encoding="utf-8"), allow_loopback=True)
    assert read.rates is not None
    assert (path.parent / read.rates).is_file()


def test_the_options_that_its_comment_shows_are_the_defaults() -> None:
    from ledgerpost.connectors.fincome import FincomeOptions, options_from

    text = EXAMPLE.read_text(encoding="utf-8").replace("  # options:", "  options:")
    assert options_from(read_extract(text).target.options, "target") == FincomeOptions()
