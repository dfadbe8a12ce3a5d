"""Ledgerpost: posts approved transactions to the right ledger."""

__version__ = "0.1.0"
