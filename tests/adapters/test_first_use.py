"""What is made on first use is made once, by whoever comes first, and again where making it failed."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from ledgerpost.adapters.first_use import MadeOnFirstUse


def test_nothing_is_made_before_a_method_is_asked_for() -> None:
    made: list[str] = []

    def make() -> str:
        made.append("x")
        return "text"

    stand_in = MadeOnFirstUse(make)
    assert made == []
    assert (stand_in.upper(), stand_in.title(), made) == ("TEXT", "Text", ["x"])


def test_sixteen_threads_that_come_first_make_it_once() -> None:
    made: list[int] = []
    barrier = Barrier(16)
    stand_in = MadeOnFirstUse(lambda: made.append(1) or "text")  # type: ignore[func-returns-value]

    def use(_: int) -> str:
        barrier.wait()
        return str(stand_in.upper())

    with ThreadPoolExecutor(16) as executor:
        assert set(executor.map(use, range(16))) == {"TEXT"}
    assert made == [1]


def test_a_making_that_failed_is_tried_again() -> None:
    answers = iter([OSError("not yet"), "text"])

    def make() -> str:
        answer = next(answers)
        if isinstance(answer, OSError):
            raise answer
        return answer

    stand_in = MadeOnFirstUse(make)
    with pytest.raises(OSError, match="not yet"):
        stand_in.upper()
    assert stand_in.upper() == "TEXT"
