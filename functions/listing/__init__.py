"""The listing function."""
