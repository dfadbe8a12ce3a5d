"""Which address fills which role of an order. Source: seed 004, after the table of the address collection."""

from collections.abc import Sequence

from ledgerpost.domain.formula import Value

SHIP_TO_CONTACT = "IsShipToContact"
CONTACTS = (SHIP_TO_CONTACT, "IsBillToContact")

Address = dict[str, Value]

_ROLES = (("IsBillToAddress", "IsShipToAddress"), ("IsShipToAddress", "IsBillToAddress"))


def with_roles(addresses: Sequence[Address], contacts: Sequence[str] = CONTACTS) -> list[Address]:
    """Give the addresses with exactly one for each role, in their order; none stay none. `contacts` are
    the flags of contacts that the collection has rows for.

    A single address fills both roles. Of several the first that is flagged fills its role; where none is flagged, the
    one that fills the other role, else the first: the seed has "the available address", which one is ours. An address
    that fills the ship-to role without being flagged for it also fills the ship-to contact, unless its row was taken
    out of the collection; a contact's flag that the source leaves blank is false.
    """
    if not addresses:
        return []
    roled = [dict(address) for address in addresses]
    chosen = {role: _chosen(addresses, role, other) for role, other in _ROLES}
    for place, address in enumerate(roled):
        for role, taken in chosen.items():
            address[role] = place == taken
        for contact in contacts:
            address[contact] = address.get(contact) is True
    ship_to = chosen["IsShipToAddress"]
    if SHIP_TO_CONTACT in contacts and addresses[ship_to].get("IsShipToAddress") is not True:
        roled[ship_to][SHIP_TO_CONTACT] = True
    return roled


def _chosen(addresses: Sequence[Address], role: str, other: str) -> int:
    for name in (role, other):
        flagged = next((place for place, address in enumerate(addresses) if address.get(name) is True), None)
        if flagged is not None:
            return flagged
    return 0
