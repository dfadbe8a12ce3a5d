"""Closing the days of companies."""
