"""The nightly extract: everything that a source holds, page by page, into a target that is written by id."""

from ledgerpost.app.extract.night import Ending, ExtractPlan, ExtractReport, run_extract
from ledgerpost.app.extract.ports import ExtractPorts, ExtractSource, ExtractStore, Rates, RowTarget, SourcePage

__all__ = [
    "Ending",
    "ExtractPlan",
    "ExtractPorts",
    "ExtractReport",
    "ExtractSource",
    "ExtractStore",
    "Rates",
    "RowTarget",
    "SourcePage",
    "run_extract",
]
