"""The demo's company: one API token, one OAuth client. What they open is this simulator and nothing else."""

from typing import Final

from ledgerpost.simulators.pennylane.settings import ApiToken, SimulatorSettings

DEMO_TOKEN: Final = "demo-token-opens-only-the-simulator"  # noqa: S105
DEMO_CLIENT_ID: Final = "ledgerpost-demo"
DEMO_CLIENT_KEY: Final = "demo-key-opens-only-the-simulator"
DEMO_REFRESH_TOKEN: Final = "demo-refresh-opens-only-the-simulator"  # noqa: S105


def demo_settings() -> SimulatorSettings:
    """A company with a usual chart of accounts and an empty list of everything else."""
    return SimulatorSettings(
        tokens=(ApiToken(DEMO_TOKEN),),
        clients={DEMO_CLIENT_ID: DEMO_CLIENT_KEY},
        refresh_tokens=(DEMO_REFRESH_TOKEN,),
    )
