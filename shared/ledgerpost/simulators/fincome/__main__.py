"""`python -m ledgerpost.simulators.fincome`: the simulator as a process."""

from ledgerpost.simulators.fincome.serving import served
from ledgerpost.simulators.fincome.settings import FincomeSettings
from ledgerpost.simulators.serving.running import CommandLine

COMMAND = CommandLine(
    name="fincome",
    from_json=lambda text: served(FincomeSettings.from_json(text)),
    demo=lambda faults, seed: served(FincomeSettings(faults=faults, seed=seed)),
)

if __name__ == "__main__":
    raise SystemExit(COMMAND.run())
