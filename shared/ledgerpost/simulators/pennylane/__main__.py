"""`python -m ledgerpost.simulators.pennylane`: the simulator as a process."""

from ledgerpost.simulators.pennylane.serving import demo_served, served
from ledgerpost.simulators.pennylane.settings import SimulatorSettings
from ledgerpost.simulators.serving.running import CommandLine

main = CommandLine("pennylane", from_json=lambda line: served(SimulatorSettings.from_json(line)), demo=demo_served).run

if __name__ == "__main__":
    raise SystemExit(main())
