"""One module for each engine; each is a process of its own and speaks the protocol of `runner.py`."""
