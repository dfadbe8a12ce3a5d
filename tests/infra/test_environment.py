"""A function gets the variables of its settings class: no more, no fewer."""

import pytest

from infra.constructs.functions import environment_of
from infra.stage import DEV
from ledgerpost.settings import DeliverSettings, SettleSettings

SETTLE = {"deliveries_table": "records", "delivery_queue_url": "queue", "log_level": "INFO", "grace_s": 60.0}


def test_a_forgotten_setting_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"SettleSettings: missing \['log_level'\], unknown \[\]"):
        environment_of(SettleSettings, {name: value for name, value in SETTLE.items() if name != "log_level"})


def test_a_setting_that_the_function_does_not_know_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"missing \[\], unknown \['log_levle'\]"):
        environment_of(SettleSettings, SETTLE | {"log_levle": "DEBUG"})


def test_each_kind_of_setting_comes_out_as_it_went_in() -> None:
    values = {
        "routes_table": "routes",
        "deliveries_table": "records",
        "delivery_queue_url": "queue",
        "log_level": "DEBUG",
        "posts_side_by_side": 3,
        "post_budget_s": 12.5,
        "retry_delays_s": (1.5, 60),
        "read_lag_s": 2.0,
        "lease_s": DEV.retry.lease_s,
        "breaker_failures": 3,
        "breaker_open_s": 12.5,
        "allow_loopback": True,
    }
    settings = DeliverSettings.from_environment(environment_of(DeliverSettings, values))
    assert {name: getattr(settings, name) for name in values} == values
