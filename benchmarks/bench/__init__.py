"""Ledgerpost beside what a user would pick instead: the same workloads, the same sink, in one run (`make bench`)."""
