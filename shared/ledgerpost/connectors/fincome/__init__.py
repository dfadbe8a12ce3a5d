"""The Fincome connector: rows of an extract, written by id. Source: fincome sheet, section 1; seed 001."""

from ledgerpost.connectors.fincome.options import FincomeOptions, options_from
from ledgerpost.connectors.fincome.target import FincomeTarget, fincome_target

__all__ = ["FincomeOptions", "FincomeTarget", "fincome_target", "options_from"]
