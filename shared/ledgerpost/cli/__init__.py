"""The command line: one more host of the use cases. Exit 0: done; 1: something needs a person; 2: refused input."""
