"""Faithful local servers of the ledgers' APIs, with faults on demand.

Each is written from its reference sheet and never from our client, so that a misreading of the sheet shows as a test
that fails and not as two sides that agree. Nothing here imports the rest of Ledgerpost.
"""
