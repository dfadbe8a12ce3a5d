"""Fincome on loopback: customers, products, prices, subscriptions, invoices and credit notes, written by id.

Source: fincome sheet, sections 1 and 3. Only what the README beside this file marks as confirmed is public knowledge;
the rest is our reading of it.
"""

from ledgerpost.simulators.fincome.books import FincomeCounts
from ledgerpost.simulators.fincome.process import FincomeProcess
from ledgerpost.simulators.fincome.settings import DEMO_KEY, FincomeSettings

__all__ = ["DEMO_KEY", "FincomeCounts", "FincomeProcess", "FincomeSettings"]
