"""The outside shapes: the approval event, the queue messages, the configuration document."""
