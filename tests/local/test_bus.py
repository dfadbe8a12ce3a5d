"""PutEvents and the envelope that a queue gets."""

import json
from decimal import Decimal
from typing import Any

import pytest

from ledgerpost.local.bus import refusal_code
from ledgerpost.local.cloud import LocalCloud
from ledgerpost.local.template import wiring_of
from tests.local.approvals import approval
from tests.local.wirings import template

NOW_MS = 1_700_000_000_000


def cloud_of(**changes: dict[str, Any] | None) -> LocalCloud:
    return LocalCloud(wiring_of(template(**changes)), started_ms=NOW_MS)


def test_a_fitting_event_reaches_the_queue_in_the_bus_s_envelope() -> None:
    cloud = cloud_of()
    (answer,) = cloud.put_events([approval("536365")], NOW_MS)
    envelope = json.loads(cloud.queue("jobs").bodies()[0])
    assert envelope["detail"]["entity"]["Id"] == "536365"
    del envelope["detail"]
    assert envelope == {
        "version": "0",
        "id": answer.event_id,
        "detail-type": "SaleDocumentApproved",
        "source": "stocksmart",
        "account": "000000000000",
        "time": "2010-12-01T08:26:00Z",
        "region": "us-east-1",
        "resources": [],
    }


@pytest.mark.parametrize("total", ["139.10", "508.20000000000005", "1e400", "0.1", "1" * 5000, "-0.00"])
def test_numbers_stay_as_they_were_written(total: str) -> None:
    cloud = cloud_of()
    cloud.put_events([approval(total=total)], NOW_MS)
    body = cloud.queue("jobs").bodies()[0]
    assert f'"Total": {total},' in body
    read = json.loads(body, parse_float=Decimal, parse_int=Decimal)
    assert read["detail"]["entity"]["Total"] == Decimal(total)


@pytest.mark.parametrize(
    ("entry", "error_code", "code"),
    [
        (approval(Detail="{"), "MalformedDetail", "malformed_event"),
        (approval(Detail="[1]"), "MalformedDetail", "malformed_event"),
        (approval(Detail='{"a": NaN}'), "MalformedDetail", "malformed_event"),
        (approval(Detail='{"a":' * 100_000 + "1" + "}" * 100_000), "MalformedDetail", "malformed_event"),
        (approval(Detail='{"a": "\ud800"}'), "MalformedDetail", "malformed_event"),
        (approval(Detail=None), "InvalidArgument", "malformed_event"),
        (approval(Source=""), "InvalidArgument", "malformed_event"),
        (approval(Time="yesterday"), "InvalidArgument", "malformed_event"),
        (approval(EventBusName="elsewhere"), "ResourceNotFoundException", "malformed_event"),
        (approval(Detail=json.dumps({"note": "x" * 262_144})), "ValidationException", "event_too_large"),
    ],
)
def test_an_entry_that_the_bus_refuses_stops_no_other(entry: dict[str, Any], error_code: str, code: str) -> None:
    cloud = cloud_of()
    before, refused, after = cloud.put_events([approval("1"), entry, approval("2")], NOW_MS)
    assert (refused.event_id, refused.error_code) == (None, error_code)
    assert refusal_code(refused) == code
    assert before.event_id
    assert after.event_id
    assert len(cloud.queue("jobs").bodies()) == 2
    assert (cloud.counts.events, cloud.counts.events_refused) == (2, 1)


def test_an_event_that_no_rule_takes_is_counted_as_unmatched() -> None:
    cloud = cloud_of()
    (answer,) = cloud.put_events([approval(Source="elsewhere")], NOW_MS)
    assert answer.event_id, "the bus has taken it all the same"
    assert cloud.queue("jobs").size() == 0
    assert cloud.counts.incidents() == {"unmatched": 1}


def test_a_disabled_rule_takes_nothing() -> None:
    cloud = cloud_of(Rule={"State": "DISABLED"})
    cloud.put_events([approval()], NOW_MS)
    assert cloud.counts.unmatched == 1


def test_the_same_seed_and_start_give_the_same_ids_and_another_start_gives_others() -> None:
    ids = [
        LocalCloud(wiring_of(template()), seed=seed, started_ms=start).put_events([approval()], NOW_MS)[0].event_id
        for seed, start in [(1, 0), (1, 0), (2, 0), (1, 5)]
    ]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3
