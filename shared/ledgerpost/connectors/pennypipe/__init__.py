"""The PennyPipe connector. Its paths are our own design, in one table: the real ones are not published."""

from ledgerpost.connectors.pennypipe.answers import FieldDefinition, Tag
from ledgerpost.connectors.pennypipe.problems import advice_on
from ledgerpost.connectors.pennypipe.target import Deleted, PennyPipeTarget
from ledgerpost.connectors.pennypipe.trial import TestPostPlan, TestPostReport, run_test_post

__all__ = [
    "Deleted",
    "FieldDefinition",
    "PennyPipeTarget",
    "Tag",
    "TestPostPlan",
    "TestPostReport",
    "advice_on",
    "run_test_post",
]
