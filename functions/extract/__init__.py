"""Overdue deliveries are called again."""
