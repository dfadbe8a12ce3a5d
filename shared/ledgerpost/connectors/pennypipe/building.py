"""A PennyPipe target, put together from a connection. Source: pennypipe.md, section 3.1."""

from ledgerpost.connectors.building import Building, place_of
from ledgerpost.connectors.oauth import ClientAuthentication
from ledgerpost.connectors.pennypipe.paths import paths_from
from ledgerpost.connectors.pennypipe.target import PennyPipeTarget


def pennypipe_target(building: Building) -> PennyPipeTarget:
    """Give the target behind the connection. Raises ConfigurationError for an option that is none."""
    paths = paths_from(building.connection.options, place_of(building.connection))
    # PennyPipe's sheet has the client in the form's body.
    sender = building.authorized(ClientAuthentication.BODY)
    return PennyPipeTarget(building.base_url, sender, building.clock, paths)
