"""`python -m ledgerpost.simulators.codat`: the simulator as a process."""

from dataclasses import replace

from ledgerpost.simulators.codat.demo import demo_settings
from ledgerpost.simulators.codat.serving import served
from ledgerpost.simulators.codat.settings import SimulatorSettings
from ledgerpost.simulators.serving.running import CommandLine

main = CommandLine(
    "codat",
    from_json=lambda line: served(SimulatorSettings.from_json(line)),
    demo=lambda faults, seed: served(replace(demo_settings(), faults=faults, seed=seed)),
).run

if __name__ == "__main__":
    raise SystemExit(main())
