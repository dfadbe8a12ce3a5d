"""Pennylane's sixteen actions, called by a workflow."""
