"""The local cloud: the wiring of the synthesized template, run in process by the same handlers that deploy.

`template` reads the wiring, `cloud` is its deterministic core (no threads, no clock of its own), `functions` runs the
handlers; `realtime` and `virtual` drive all of it.
"""
