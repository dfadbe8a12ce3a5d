"""A rotating token pair as one JSON text, in whatever store. The text holds secrets."""

import json
from datetime import datetime

from ledgerpost.domain.token_pair import TokenPair


def token_pair_text(pair: TokenPair) -> str:
    """Give the text of a pair."""
    return json.dumps(
        {
            "generation": pair.generation,
            "origin": pair.origin,
            "refresh": pair.refresh_token,
            "access": pair.access_token,
            "goodUntil": _instant(pair.good_until),
            "lease": pair.lease,
            "leaseUntil": _instant(pair.lease_until),
            "inDoubt": pair.in_doubt,
            "lost": pair.lost,
        }
    )


def token_pair_of(text: str) -> TokenPair:
    """Give the pair that `token_pair_text` wrote."""
    document = json.loads(text)
    return TokenPair(
        generation=document["generation"],
        origin=document["origin"],
        refresh_token=document["refresh"],
        access_token=document["access"],
        good_until=_read_instant(document["goodUntil"]),
        lease=document["lease"],
        lease_until=_read_instant(document["leaseUntil"]),
        in_doubt=document["inDoubt"],
        lost=document["lost"],
    )


def _instant(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _read_instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
