"""`python -m ledgerpost.simulators.codat`: the simulator as a process."""

from ledgerpost.simulators.codat.serving import demo_served, served
from ledgerpost.simulators.codat.settings import SimulatorSettings
from ledgerpost.simulators.serving.running import CommandLine

main = CommandLine("codat", from_json=lambda line: served(SimulatorSettings.from_json(line)), demo=demo_served).run

if __name__ == "__main__":
    raise SystemExit(main())
