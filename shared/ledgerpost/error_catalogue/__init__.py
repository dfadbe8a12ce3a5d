"""The catalogue: each stable code with its cause, its mend and who acts. `docs/errors.md` is generated from it.

Codes are public: dashboards, scripts and people's notes rely on them. A code may be added; none is renamed. One module
per area; a new connector adds its own, and one line to `_AREAS`.
"""

from ledgerpost.error_catalogue import (
    acumatica,
    approvals,
    codat,
    collections,
    configuration,
    extract,
    grouping,
    ledgers,
    ourselves,
    pages,
    pennylane,
    ways_in,
)
from ledgerpost.error_catalogue.entry import CatalogueEntry, Who

__all__ = ["CATALOGUE", "CatalogueEntry", "Who"]

_AREAS = (
    acumatica.ROWS,
    approvals.ROWS,
    collections.ROWS,
    configuration.ROWS,
    extract.ROWS,
    grouping.ROWS,
    ledgers.ROWS,
    codat.ROWS,
    pennylane.ROWS,
    ourselves.ROWS,
    pages.ROWS,
    ways_in.ROWS,
)

_ROWS = tuple(row for area in _AREAS for row in area)

CATALOGUE: dict[str, CatalogueEntry] = {
    code: CatalogueEntry(code=code, cause=cause, fix=fix, who=who) for code, who, cause, fix in _ROWS
}
assert len(CATALOGUE) == len(_ROWS), "a code stands twice in the catalogue"
