"""Totals as canonical text, to be kept with a closed day: what is closed already is what an adjustment starts from."""

import json
from typing import Any

from ledgerpost.domain.document import canonical_json
from ledgerpost.domain.grouping.totals import Bucket, Control, GroupKey, Kind, Review, Sum, Totals

_VERSION = 1


def totals_text(totals: Totals) -> str:
    """Give the totals as JSON text that is the same for the same totals."""
    return canonical_json(
        {
            "version": _VERSION,
            "byProduct": totals.by_product,
            "sums": [[*key, *totals.sums[key]] for key in sorted(totals.sums)],
            "controls": {currency: list(control) for currency, control in totals.controls.items()},
            "reviews": [list(review) for review in totals.reviews],
            "reviewCount": totals.review_count,
        }
    )


def totals_from(text: str) -> Totals:
    """Read totals back; raises ValueError for a version that this release does not know."""
    values = json.loads(text)
    if values["version"] != _VERSION:
        raise ValueError(f"totals of version {values['version']}")
    return Totals(
        by_product=values["byProduct"],
        sums=dict(_group(row) for row in values["sums"]),
        controls={currency: Control(*row) for currency, row in values["controls"].items()},
        reviews=tuple(Review(*row) for row in values["reviews"]),
        review_count=values["reviewCount"],
    )


def _group(row: list[Any]) -> tuple[GroupKey, Sum]:
    currency, bucket, location, kind, code, product, net, tax, lines = row
    return GroupKey(currency, Bucket(bucket), location, Kind(kind), code, product), Sum(net, tax, lines)
