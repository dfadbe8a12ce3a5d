"""Signing in to a stage's console: through the user pool's own pages, and a session that a browser's cookies carry."""
