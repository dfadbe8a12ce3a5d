"""The fault simulation: the real handlers on the template's wiring, in virtual time, through histories of faults.

A seed makes a plan (`plan`), a world runs it (`world`, `driver`), the invariants look at every step and at the end
(`step_invariants`, `rest_invariants`), and what fails is shrunk to its shortest form (`shrink`). `mutants` proves that
the invariants can fail.
"""
