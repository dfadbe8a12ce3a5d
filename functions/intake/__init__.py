"""Approvals in: from the bus to one delivery message per route."""
