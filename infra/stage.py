"""The numbers of each stage, typed and checked against each other, so that a stack is only composed, never tuned.

A stage is one AWS account and region: the bus is called `ledgerpost` on every stage, since producers name it in each
event (design, section 3.1), and two stages in one account would want the same name.
"""

from dataclasses import dataclass, field

from ledgerpost.app.call_again import DELAY_S_MAX
from ledgerpost.app.settle import GRACE_S
from ledgerpost.domain.breaker import BreakerPolicy
from ledgerpost.domain.decision import RetryPolicy

BUS_NAME = "ledgerpost"
"""The name that producers put events to. Source: design, section 3.1 (`EventBusName`)."""

VISIBILITY_FACTOR = 6
"""A message stays hidden for this many function time-outs. Source: AWS Lambda, "Using Lambda with Amazon SQS"."""

HTTP_API_S_MAX = 29
"""Seconds that an HTTP API waits for its function, and one less. Source: Amazon API Gateway, quotas for HTTP APIs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionNumbers:
    """The size of one function. Memory also sets the share of a processor: 1769 MiB is one whole one.

    To work costs the same at every size, to wait costs by the size: so what waits for ledgers is small (docs/cost.md).
    """

    timeout_s: int
    memory_mib: int


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueNumbers:
    """How a function takes messages from its queue.

    `batch_size` up to 10 needs no window; `window_s` waits for a batch to fill; `concurrency_max` (2 to 1000) bounds
    the invocations at once; after `receives_max` receives a message goes to the dead-letter queue.
    """

    batch_size: int
    window_s: int
    concurrency_max: int
    receives_max: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmNumbers:
    """From which age on, in seconds, something that waits wakes a person; and from how many days before their end on
    the credentials of a connection do.

    An event waits for intake and a message for delivery; with the ledger down no message waits, but their records do.
    By the retry schedule an entry has been tried four times in its first hour or so; after the second hour the next
    try is hours away, and a person may be faster.
    """

    intake_oldest_s: int = 600
    delivery_oldest_s: int = 1800
    retrying_oldest_s: int = 7200
    unconfirmed_oldest_s: int = 3600
    credentials_days: int = 14
    listing_behind_s: int = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """One stage. `retain` keeps what holds money's history when the stack goes; `log_level` is the functions'."""

    name: str
    retain: bool
    log_level: str
    log_retention_days: int
    archive_days: int
    intake: FunctionNumbers
    intake_queue: QueueNumbers
    deliver: FunctionNumbers
    delivery_queue: QueueNumbers
    settle: FunctionNumbers
    settle_every_min: int
    posts_side_by_side: int
    post_budget_s: float
    retry: RetryPolicy
    breaker: BreakerPolicy = field(default_factory=BreakerPolicy)
    settle_grace_s: float = GRACE_S
    alarms: AlarmNumbers = AlarmNumbers()
    extracts: tuple[str, ...] = ()
    """The documents of the nightly extracts, JSON text each; without any there is no function for them."""
    extract: FunctionNumbers = FunctionNumbers(timeout_s=900, memory_mib=256)
    extract_schedule: str = "cron(0/15 0-5 * * ? *)"
    """Every quarter of an hour from midnight to six, UTC: a call that ends for want of time is taken up by the next."""
    extract_page_budget_s: float = 180.0
    extract_workers: int = 5
    serves_actions: bool = False
    """Whether there is a function for the Pennylane actions, and a bucket for what they extract."""
    action: FunctionNumbers = FunctionNumbers(timeout_s=300, memory_mib=512)
    groups_days: bool = False
    """Whether a shop's records are kept and its days closed; else there is neither a table nor a function for them."""
    close_day: FunctionNumbers = FunctionNumbers(timeout_s=900, memory_mib=512)
    company_budget_s: float = 300.0
    companies_side_by_side: int = 10
    """Companies of one invocation; each holds a connection to the table, of which a function has 32."""

    serves_console: bool = False
    """Whether there is a console with its API, people who sign in to it, and the listing that its pages read."""
    console: FunctionNumbers = FunctionNumbers(timeout_s=29, memory_mib=1024)
    """The HTTP API in front waits for 30 s; a person waits for a processor, so it has more than half of one."""
    listing: FunctionNumbers = FunctionNumbers(timeout_s=120, memory_mib=512)
    takes_webhooks: bool = False
    """Whether sources may send approvals to `POST /v1/approvals`, signed."""
    webhook: FunctionNumbers = FunctionNumbers(timeout_s=29, memory_mib=512)
    requests_a_second: int = 50
    requests_burst: int = 100
    """Of the HTTP API in all, before it answers 429: each may hold one invocation of the account's."""

    def __post_init__(self) -> None:
        """Refuse numbers that would lose or double work together, each being harmless alone."""
        deliver_s = self.deliver.timeout_s
        if self.post_budget_s >= deliver_s:
            raise ValueError(f"{self.name}: a post's budget must end before the function's time-out of {deliver_s} s.")
        if self.retry.lease_s <= deliver_s:
            raise ValueError(f"{self.name}: a lease must outlive the worker that holds it, {deliver_s} s.")
        if self.company_budget_s >= self.close_day.timeout_s:
            raise ValueError(f"{self.name}: a company's budget must end before the time-out, or none is begun.")
        if self.posts_side_by_side < self.delivery_queue.batch_size:
            raise ValueError(f"{self.name}: the last posts of a batch would wait for the first ones' time.")
        if self.extract_page_budget_s >= self.extract.timeout_s:
            raise ValueError(f"{self.name}: a page's budget must end before the function's time-out, or none is begun.")
        if max(self.console.timeout_s, self.webhook.timeout_s) > HTTP_API_S_MAX:
            raise ValueError(f"{self.name}: the HTTP API answers 503 while the function behind it still works.")
        delayed_s = DELAY_S_MAX + visibility_s(self.deliver, self.delivery_queue)
        if self.alarms.delivery_oldest_s <= delayed_s:
            raise ValueError(f"{self.name}: a message that waits on purpose, {delayed_s} s, would raise an alarm.")

    @property
    def secret_names(self) -> str:
        """What the names of this stage's secrets begin with."""
        return f"ledgerpost/{self.name}/"

    @property
    def webhook_secret_names(self) -> str:
        """What the names of the webhook's keys begin with: apart from the secrets that delivering reads."""
        return f"ledgerpost-webhook/{self.name}/"

    @property
    def needs_second_factor(self) -> bool:
        """Whether nobody signs in by a password alone: where the books are real."""
        return self.retain


def visibility_s(function: FunctionNumbers, queue: QueueNumbers) -> int:
    """Give how long a received message stays hidden: its clock starts before the batching window does."""
    return VISIBILITY_FACTOR * function.timeout_s + queue.window_s


DEV = Stage(
    name="dev",
    retain=False,
    log_level="INFO",
    log_retention_days=7,
    archive_days=7,
    intake=FunctionNumbers(timeout_s=30, memory_mib=256),
    # No window: on dev, and in the local cloud that reads this stage, one event should come out at once.
    intake_queue=QueueNumbers(batch_size=10, window_s=0, concurrency_max=2, receives_max=10),
    deliver=FunctionNumbers(timeout_s=60, memory_mib=256),
    delivery_queue=QueueNumbers(batch_size=10, window_s=0, concurrency_max=4, receives_max=10),
    settle=FunctionNumbers(timeout_s=50, memory_mib=256),
    settle_every_min=1,
    posts_side_by_side=10,
    post_budget_s=45.0,
    retry=RetryPolicy(),
)

PROD = Stage(
    name="prod",
    retain=True,
    log_level="INFO",
    log_retention_days=90,
    archive_days=90,
    intake=FunctionNumbers(timeout_s=30, memory_mib=256),
    intake_queue=QueueNumbers(batch_size=10, window_s=1, concurrency_max=5, receives_max=10),
    deliver=FunctionNumbers(timeout_s=60, memory_mib=256),
    # 10 invocations of 10 posts: a hundred at once is what one ledger may see of us.
    delivery_queue=QueueNumbers(batch_size=10, window_s=1, concurrency_max=10, receives_max=10),
    settle=FunctionNumbers(timeout_s=50, memory_mib=256),
    settle_every_min=1,
    posts_side_by_side=10,
    post_budget_s=45.0,
    retry=RetryPolicy(),
)

STAGES = {stage.name: stage for stage in (DEV, PROD)}
