"""What the outputs of the list actions have in common.

The rows are in `outputs_masters.py` and `outputs_documents.py`: every key of the seed, and `null` where API v2 has
nothing to fill it with. Keys that the seed misspells are given twice, as the seed has them and spelled right
(`SPELLED_RIGHT`), so that a workflow built on either finds its value. Source: seed 002; pennylane sheet, section 9.
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from ledgerpost.connectors.pennylane.resources import Address

Row = dict[str, Any]

SPELLED_RIGHT = {
    "udpatedAt": "updatedAt",
    "weigth": "weight",
    "nextOccurence": "nextOccurrence",
    "prevOccurence": "prevOccurrence",
    "billingSubsciption": "billingSubscription",
    "vaRate": "vatRate",
    "transactionreference": "transactionReference",
    "Amount": "amount",
}
"""The seed's spelling → the right one."""


def both_spellings(row: Row) -> Row:
    """Give the row with each misspelled key a second time, spelled right."""
    return row | {right: row[wrong] for wrong, right in SPELLED_RIGHT.items() if wrong in row}


def address_row(address: Address | None) -> Row | None:
    """An address in the vocabulary of the inputs."""
    if address is None:
        return None
    return {
        "street": address.address,
        "postalCode": address.postal_code,
        "city": address.city,
        "countryCode": address.country_alpha2,
    }


def money(amount: Decimal | None) -> str | None:
    """Give an amount as text, as the wire has it."""
    return None if amount is None else f"{amount:f}"


def instant(moment: datetime | None) -> str | None:
    """Give an instant as text."""
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")


def day(value: date | None) -> str | None:
    """Give a day as text."""
    return None if value is None else value.isoformat()
