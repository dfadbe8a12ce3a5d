"""The pure core: what an approval is, which entry it makes, and what becomes of a delivery. Standard library only."""
