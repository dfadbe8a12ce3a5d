"""Deliveries: from the claim to the recorded outcome."""
