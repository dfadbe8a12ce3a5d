"""`python -m ledgerpost.simulators.pennylane`: the simulator as a process."""

from dataclasses import replace

from ledgerpost.simulators.pennylane.demo import demo_settings
from ledgerpost.simulators.pennylane.serving import served
from ledgerpost.simulators.pennylane.settings import SimulatorSettings
from ledgerpost.simulators.serving.running import CommandLine

main = CommandLine(
    "pennylane",
    from_json=lambda line: served(SimulatorSettings.from_json(line)),
    demo=lambda faults, seed: served(replace(demo_settings(), faults=faults, seed=seed)),
).run

if __name__ == "__main__":
    raise SystemExit(main())
