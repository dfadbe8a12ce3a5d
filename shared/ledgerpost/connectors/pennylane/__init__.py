"""The Pennylane connector: API v2. Source: pennylane sheet."""
