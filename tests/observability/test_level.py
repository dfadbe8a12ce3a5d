"""A process has one logger per service; each `Log` of it still writes at its own level."""

import io

from ledgerpost.observability import Log


def test_a_log_that_was_quiet_does_not_make_the_next_one_quiet() -> None:
    Log("level", "ERROR", io.StringIO()).info("settle.swept", count=1)
    stream = io.StringIO()
    Log("level", "INFO", stream).info("settle.swept", count=1)
    assert "settle.swept" in stream.getvalue()
