"""A Codat target, put together from a connection. Source: codat sheet, section 1."""

from ledgerpost.connectors.building import Building, place_of
from ledgerpost.connectors.codat.options import options_from
from ledgerpost.connectors.codat.target import CodatTarget


def codat_target(building: Building) -> CodatTarget:
    """Give the target behind the connection. Raises ConfigurationError for an option or an `auth` that is none."""
    options = options_from(building.connection.options, place_of(building.connection))
    return CodatTarget(building.base_url, building.with_api_key(), building.clock, options)
