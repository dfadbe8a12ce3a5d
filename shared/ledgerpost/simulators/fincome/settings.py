"""What the simulator is started with."""

import json
from dataclasses import asdict, dataclass, field
from typing import Final

from ledgerpost.simulators.fincome.faults import parse_faults
from ledgerpost.simulators.serving.settings import built

DEMO_KEY: Final = "fincome-key-opens-only-the-simulator"


@dataclass(frozen=True, slots=True, kw_only=True)
class FincomeSettings:
    """One tenant. `rate_calls` in any window of `rate_window_s` seconds are let through; 0 is no limit.

    `detail_as_text` answers a validation failure with text where else a list stands: the sheet shows neither form.
    """

    key: str = field(default=DEMO_KEY, repr=False)
    key_header: str = "Authorization"
    key_prefix: str = "Bearer "
    detail_as_text: bool = False
    rate_calls: int = 0
    rate_window_s: float = 1.0
    faults: str = ""
    seed: int = 0

    def __post_init__(self) -> None:
        parse_faults(self.faults)
        if not self.key or self.rate_calls < 0 or self.rate_window_s <= 0:
            raise ValueError("the settings need a key, and a rate of at least 0 calls in more than 0 seconds")

    def to_json(self) -> str:
        """The settings on one line of JSON, the key included: for a pipe, never a command line."""
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str | bytes) -> "FincomeSettings":
        """The settings that `to_json` wrote. Raises `ValueError`."""
        return built(FincomeSettings, json.loads(text))
