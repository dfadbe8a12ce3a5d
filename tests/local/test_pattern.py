"""EventBridge patterns."""

from typing import Any

import pytest

from ledgerpost.errors import UsageError
from ledgerpost.local.pattern import compile_pattern

EVENT = {
    "source": "stocksmart",
    "detail-type": "SaleDocumentApproved",
    "detail": {"tenantId": "acme", "revision": 1, "cancelled": False, "note": None, "tags": ["a", "b"], "entity": {}},
}


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ({"source": ["stocksmart"]}, True),
        ({"source": ["other", "stocksmart"]}, True),
        ({"source": ["other"]}, False),
        ({"source": ["stocksmart"], "detail-type": ["Else"]}, False),
        ({"source": [{"prefix": ""}]}, True),
        ({"source": [{"prefix": "stock"}]}, True),
        ({"detail-type": [{"suffix": "Approved"}]}, True),
        ({"detail-type": [{"suffix": "Cancelled"}]}, False),
        ({"detail": {"tenantId": ["acme"]}}, True),
        ({"detail": {"revision": [1]}}, True),
        ({"detail": {"revision": [True]}}, False),
        ({"detail": {"cancelled": [0]}}, False),
        ({"detail": {"note": [None]}}, True),
        ({"detail": {"tags": ["b"]}}, True),
        ({"detail": {"tags": ["c"]}}, False),
        ({"detail": {"tenantId": [{"anything-but": "acme"}]}}, False),
        ({"detail": {"tenantId": [{"anything-but": ["x", "y"]}]}}, True),
        ({"detail": {"tenantId": [{"anything-but": {"prefix": "ac"}}]}}, False),
        ({"detail": {"missing": [{"anything-but": "acme"}]}}, False),
        ({"detail": {"tenantId": [{"exists": True}]}}, True),
        ({"detail": {"missing": [{"exists": False}]}}, True),
        ({"detail": {"entity": [{"exists": True}]}}, False),
        ({"detail": {"entity": {"Id": [{"exists": False}]}}}, True),
        ({"detail": {"missing": ["x", {"exists": False}]}}, True),
    ],
)
def test_a_pattern_takes_the_events_that_eventbridge_would_take(pattern: dict[str, Any], fits: bool) -> None:
    assert compile_pattern(pattern, "Rule").matches(EVENT) is fits


@pytest.mark.parametrize(
    "pattern",
    [
        {},
        None,
        {"source": "stocksmart"},
        {"source": []},
        {"$or": [{"source": ["a"]}]},
        {"source": [{"numeric": [">", 1]}]},
        {"source": [{"equals-ignore-case": "a"}]},
        {"source": [{"exists": "yes"}]},
        {"source": [{"prefix": "a", "suffix": "b"}]},
        {"source": [1.5]},
    ],
)
def test_a_form_that_is_not_known_is_refused(pattern: Any) -> None:
    with pytest.raises(UsageError) as refused:
        compile_pattern(pattern, "Rule")
    assert refused.value.code == "template_unsupported"
