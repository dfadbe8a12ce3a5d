"""The listing function on a stage: the table of the listing, and the log. Built once per container, on first use."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Protocol

from ledgerpost.app.listing import Listing
from ledgerpost.observability import Log
from ledgerpost.settings import ListingSettings


@dataclass(frozen=True, slots=True)
class ListingFunction:
    """All that `functions/listing` works with."""

    log: Log
    listing: Listing


class ListingServices(Protocol):
    """What surrounds the function."""

    def log(self, service: str, level: str) -> Log: ...
    def listing(self, table: str) -> Listing: ...


@cache
def listing_function() -> ListingFunction:
    """Give this container's function, from the environment's variables."""
    from ledgerpost.aws_services import AwsServices  # noqa: PLC0415 - loaded where it is used, for the cold start

    return build(os.environ, AwsServices())


def build(environment: Mapping[str, str], services: ListingServices) -> ListingFunction:
    """Build the function from its variables and what surrounds it."""
    settings = ListingSettings.from_environment(environment)
    return ListingFunction(
        log=services.log("listing", settings.log_level), listing=services.listing(settings.listing_table)
    )
