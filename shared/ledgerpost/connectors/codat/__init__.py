"""The Codat connector: documents of a merchant's day, pushed into the accounting software behind Codat."""
