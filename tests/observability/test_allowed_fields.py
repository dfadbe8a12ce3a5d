"""A log line carries what is on the list, and nothing that a defect may hand it."""

import io

from ledgerpost.observability import Log


def test_a_field_that_is_not_on_the_list_is_left_out() -> None:
    stream = io.StringIO()
    Log("allowed", "INFO", stream).info("delivery.attempted", reference="R1", amount="120.50", token="canary-token")
    line = stream.getvalue()
    assert "R1" in line
    assert "120.50" not in line
    assert "canary-token" not in line


def test_of_an_error_its_type_and_code_are_told_and_never_its_text() -> None:
    stream = io.StringIO()
    Log("allowed", "INFO", stream).failure("record.failed", ValueError("canary-token in a foreign library's message"))
    line = stream.getvalue()
    assert '"error":"ValueError"' in line
    assert "canary-token" not in line
