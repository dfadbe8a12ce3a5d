"""Numbers that would lose or double work together are refused before anything is deployed."""

from dataclasses import replace
from typing import Any

import pytest

from infra.stage import DEV, PROD, STAGES, AlarmNumbers, FunctionNumbers, visibility_s
from ledgerpost.domain.decision import RetryPolicy


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"post_budget_s": 60.0}, "a post's budget must end before"),
        ({"retry": RetryPolicy(lease_s=60)}, "a lease must outlive the worker"),
        ({"posts_side_by_side": 9}, "the last posts of a batch would wait"),
        ({"alarms": AlarmNumbers(delivery_oldest_s=1260)}, "a message that waits on purpose, 1260 s, would raise an"),
        ({"deliver": FunctionNumbers(timeout_s=120, memory_mib=512)}, "a lease must outlive the worker"),
    ],
)
def test_numbers_that_do_not_fit_together_are_refused(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        replace(DEV, **change)


def test_the_batching_window_is_added_to_the_time_a_message_stays_hidden() -> None:
    assert visibility_s(PROD.deliver, PROD.delivery_queue) == 6 * 60 + 1


def test_a_stage_is_found_under_its_name() -> None:
    assert {name: stage.name for name, stage in STAGES.items()} == {"dev": "dev", "prod": "prod"}
