"""An event, or one of its deliveries, that has no delivery record because no tenant or reference could be had."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """What was set aside and why. `id` is the event's id, with the route's where the event itself was understood.

    `parked` says that a person has to look; else it is a skip by rule. `source` is the event as it came, as text.
    """

    id: str
    tenant: str
    route: str
    code: str
    message: str
    parked: bool
    at: datetime
    source: str
