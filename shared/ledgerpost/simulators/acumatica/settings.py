"""What a simulator is started with: the tenant's set-up, who may sign in, and how the site behaves.

Source: seed 004, "Setup Requirements" and "System Caveats"; reference/acumatica.md §2, §5 and §12.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ledgerpost.simulators.acumatica.faults import parse_faults
from ledgerpost.simulators.pennypipe.settings import RateLimit
from ledgerpost.simulators.serving.settings import SettingsError, built


@dataclass(frozen=True, slots=True)
class StockItem:
    """A stock item; `price` is decimal text."""

    id: str
    description: str = ""
    price: str = "0"
    tax_category: str = "TAXABLE"


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer that is there from the start; its address is in the country that postal codes are checked by."""

    id: str
    name: str
    email: str = ""


@dataclass(frozen=True, slots=True)
class Tax:
    """A tax code with its rate in percent, decimal text, and the zones that it holds in."""

    id: str
    rate: str
    zones: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Terms:
    """Credit terms; with more than one instalment no payment can be applied to an order."""

    id: str
    installments: int = 1


@dataclass(frozen=True, slots=True)
class SimulatorSettings:
    """All a simulator needs to start.

    `tenant` is what a client id ends in (`GUID@tenant`). `manual_numbering` honours a sent OrderNbr (screen CS201010).
    `hold_shipments` is the option Hold Shipments on Entry. `company_header` is `Name: value`, wanted of every call
    where it is set. `action_polls` is how often an action's Location is asked before it is done. `absent_entities` are
    those that this endpoint does not have. `api_users_max` are the licence's slots for sessions. `fault_entities` are
    the entities whose writes faults strike, all where it is empty.
    """

    seed: int = 0
    faults: str = ""
    fault_entities: tuple[str, ...] = ()
    tenant: str = "Company"
    version: str = "24.200.001"
    currency: str = "USD"
    user: str = "api"
    password: str = field(default="", repr=False)
    client_id: str = ""
    client_secret: str = field(default="", repr=False)
    token_lifetime_s: int = 3600
    session_idle_s: int = 1200
    api_users_max: int = 2
    rate_limit: RateLimit | None = None
    company_header: str = ""
    manual_numbering: bool = False
    hold_shipments: bool = False
    action_polls: int = 1
    absent_entities: tuple[str, ...] = ()
    stock_items: tuple[StockItem, ...] = ()
    customers: tuple[Customer, ...] = ()
    customer_classes: tuple[str, ...] = ("DEFAULT",)
    taxes: tuple[Tax, ...] = ()
    tax_zones: tuple[str, ...] = ()
    terms: tuple[Terms, ...] = ()
    payment_methods: tuple[str, ...] = ()
    warehouses: tuple[str, ...] = ()
    boxes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        parse_faults(self.faults)
        if self.token_lifetime_s < 1 or self.session_idle_s < 1:
            raise SettingsError("a token and a session live at least one second")
        if self.api_users_max < 1:
            raise SettingsError("api_users_max is at least 1")
        if self.company_header and ":" not in self.company_header:
            raise SettingsError("company_header is written 'Name: value'")

    def to_json(self) -> str:
        """The settings on one line of JSON, secrets included: for a pipe or a private file, never a command line."""
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str | bytes) -> "SimulatorSettings":
        """The settings that `to_json` wrote. Raises `SettingsError`, `FaultSpecError`."""
        document = json.loads(text)
        limit = document.get("rate_limit")
        parts: Mapping[str, type[Any]] = {"stock_items": StockItem, "customers": Customer, "taxes": Tax, "terms": Terms}
        nested = {name: tuple(_part(kind, item) for item in document.get(name, ())) for name, kind in parts.items()}
        lists = {name: tuple(value) for name, value in document.items() if isinstance(value, list)}
        rate_limit = built(RateLimit, limit) if limit else None
        return built(SimulatorSettings, {**document, **lists, **nested, "rate_limit": rate_limit})


SWITCHES = frozenset(
    {"manual_numbering", "hold_shipments", "action_polls", "absent_entities", "api_users_max", "fault_entities"}
)
"""The settings that may be turned while the simulator runs."""


def _part(kind: type[Any], document: Mapping[str, Any]) -> Any:
    return built(kind, {name: tuple(value) if isinstance(value, list) else value for name, value in document.items()})
