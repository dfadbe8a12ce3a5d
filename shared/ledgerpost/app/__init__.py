"""The use cases: plain functions, ports as arguments."""
