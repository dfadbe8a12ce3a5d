"""The sixteen actions of the Marjory connector for Pennylane, over API v2. Source: seed 002."""
