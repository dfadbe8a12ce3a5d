"""What each function is told by its environment: one frozen class per function, its fields the variables' names.

The CDK app derives the variables of a function from the same class, and a test holds both equal.
"""

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, Self

from ledgerpost.app.settle import GRACE_S
from ledgerpost.domain.breaker import BreakerPolicy
from ledgerpost.domain.decision import RetryPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionSettings:
    """Settings read from environment variables; each field is one variable, upper case, without prefix.

    A field without a default must be set.
    """

    @classmethod
    def variables(cls) -> tuple[str, ...]:
        """Give the names of the environment variables, in the order of the fields."""
        return tuple(field.name.upper() for field in fields(cls))

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings; raises ValueError naming each variable that is missing or malformed."""
        values: dict[str, Any] = {}
        faults: list[str] = []
        for field in fields(cls):
            text = environment.get(field.name.upper())
            if text is None:
                if field.default is MISSING:
                    faults.append(f"{field.name.upper()} is not set")
                continue
            try:
                values[field.name] = _READERS[str(field.type)](text)
            except ValueError:
                faults.append(f"{field.name.upper()} is not {field.type}: {text!r}")
        if faults:
            raise ValueError(f"The environment of {cls.__name__} is wrong: {'; '.join(faults)}.")
        return cls(**values)


def _seconds_list(text: str) -> tuple[float, ...]:
    return tuple(float(part) for part in text.split(","))


def _flag(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError(text)
    return text == "true"


_READERS: dict[str, Any] = {
    "str": str,
    "<class 'str'>": str,
    "<class 'int'>": int,
    "<class 'float'>": float,
    "<class 'bool'>": _flag,
    "tuple[float, ...]": _seconds_list,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeSettings(FunctionSettings):
    """The environment of `functions/intake`."""

    routes_table: str
    deliveries_table: str
    delivery_queue_url: str
    log_level: str = "INFO"


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupingSettings(FunctionSettings):
    """What intake is told beside its own settings on a stage that groups; without the table no records are kept."""

    commerce_table: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseDaySettings(FunctionSettings):
    """The environment of `functions/close_day`; with less than `company_budget_s` left no company is begun.

    `companies_side_by_side` companies are run at once: most of a small company's time is waiting for the table.
    """

    commerce_table: str
    intake_queue_url: str
    log_level: str = "INFO"
    company_budget_s: float = 300.0
    companies_side_by_side: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliverSettings(FunctionSettings):
    """The environment of `functions/deliver`.

    `posts_side_by_side` posts of one batch run at once; `post_budget_s` is what one post may take at most: with less
    time left none is started. `retry_delays_s`, `read_lag_s` and `lease_s` make the RetryPolicy; `breaker_failures` and
    `breaker_open_s` the BreakerPolicy, with 0 failures a breaker never opens. `allow_loopback` lets
    local engines post to http on loopback; no stage sets it.
    """

    routes_table: str
    deliveries_table: str
    delivery_queue_url: str
    log_level: str = "INFO"
    posts_side_by_side: int = 10
    post_budget_s: float = 45.0
    retry_delays_s: tuple[float, ...] = RetryPolicy().delays_s
    read_lag_s: float = RetryPolicy().read_lag_s
    lease_s: float = RetryPolicy().lease_s
    breaker_failures: int = BreakerPolicy().failures_max
    breaker_open_s: float = BreakerPolicy().open_s
    allow_loopback: bool = False

    @property
    def retry_policy(self) -> RetryPolicy:
        """The policy that these settings ask for."""
        return RetryPolicy(delays_s=self.retry_delays_s, read_lag_s=self.read_lag_s, lease_s=self.lease_s)

    @property
    def breaker_policy(self) -> BreakerPolicy:
        """The policy that these settings ask for."""
        return BreakerPolicy(failures_max=self.breaker_failures, open_s=self.breaker_open_s, probe_s=self.lease_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingSettings(FunctionSettings):
    """The function that keeps the listing."""

    listing_table: str
    log_level: str = "INFO"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleSettings(FunctionSettings):
    """The environment of `functions/settle`; `grace_s` is that of SettlePorts."""

    deliveries_table: str
    delivery_queue_url: str
    log_level: str = "INFO"
    grace_s: float = GRACE_S


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractSettings(FunctionSettings):
    """The environment of `functions/extract`; which extract a call is for stands in the schedule's event.

    With less than `page_budget_s` left no page is begun: a page of a hundred documents is a hundred requests for their
    lines, 25 in five seconds, and a hundred writes. `workers` of them run side by side.
    """

    deliveries_table: str
    log_level: str = "INFO"
    page_budget_s: float = 180.0
    workers: int = 5
    allow_loopback: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionsSettings(FunctionSettings):
    """The environment of `functions/actions`.

    `deliveries_table` holds budgets and rotating tokens; `extracts_bucket` the files of `extractInMarjoryFile`;
    `tenant` is that of an event that names none. `allow_loopback` is for local engines; no stage sets it.
    """

    routes_table: str
    deliveries_table: str
    extracts_bucket: str
    tenant: str = ""
    log_level: str = "INFO"
    allow_loopback: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleSettings(FunctionSettings):
    """The environment of `functions/console`; `stage` is a part of every secret's name. On a stage that groups days it
    has the variable of GroupingSettings too.
    """

    stage: str
    routes_table: str
    deliveries_table: str
    listing_table: str
    event_bus_name: str
    intake_queue_url: str
    delivery_queue_url: str
    log_level: str = "INFO"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginSettings(FunctionSettings):
    """What stands before the console: a client of a user pool. `login_url` is where the pool's own pages are,
    `console_origin` where the console is, both https and without a path.
    """

    login_issuer: str
    login_client_id: str
    login_url: str
    console_origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSettings(FunctionSettings):
    """The environment of `functions/webhook`; `stage` is a part of every key's name. `routes_table` holds the log of
    changes, which keeps every attempt at another tenant.
    """

    stage: str
    routes_table: str
    event_bus_name: str
    log_level: str = "INFO"
