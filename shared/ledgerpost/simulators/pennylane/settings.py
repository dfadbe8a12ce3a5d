"""What a simulator is started with: who may call, the company's chart of accounts, and how the server behaves."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Final

from ledgerpost.simulators.pennylane.faults import parse_faults
from ledgerpost.simulators.serving.settings import SettingsError, built

RESOURCE_SCOPES: Final = (
    "customer_invoices", "customers", "products", "suppliers", "supplier_invoices", "categories",
    "billing_subscriptions", "quotes", "ledger_entries", "transactions",
)  # fmt: skip
ALL_SCOPES: Final = (
    *(f"{name}:all" for name in RESOURCE_SCOPES), "customer_invoice_templates:readonly", "file_attachments:all",
    "journals", "ledger_accounts",
)  # fmt: skip
"""Source: pennylane sheet, section 2."""


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A company API token and its scopes."""

    token: str = field(repr=False)
    scopes: tuple[str, ...] = ALL_SCOPES


@dataclass(frozen=True, slots=True)
class LedgerAccountSettings:
    """An account of the chart of accounts."""

    id: int
    number: str
    label: str


@dataclass(frozen=True, slots=True)
class NamedSettings:
    """A journal (`code` such as VT) or a group of categories (without one)."""

    id: int
    label: str
    code: str = ""


ACCOUNTS: Final = (
    LedgerAccountSettings(401, "401000", "Fournisseurs"),
    LedgerAccountSettings(411, "411000", "Clients"),
    LedgerAccountSettings(445, "445710", "TVA collectée"),
    LedgerAccountSettings(512, "512000", "Banque"),
    LedgerAccountSettings(601, "601000", "Achats"),
    LedgerAccountSettings(701, "701000", "Ventes de produits"),
    LedgerAccountSettings(706, "706000", "Prestations de services"),
)
JOURNALS: Final = (NamedSettings(1, "Ventes", "VT"), NamedSettings(2, "Opérations diverses", "OD"))
CATEGORY_GROUPS: Final = (NamedSettings(31, "Activités"), NamedSettings(32, "Pays"))


@dataclass(frozen=True, slots=True)
class SimulatorSettings:
    """All a simulator needs to start. `clients` maps OAuth client ids to their secrets, `codes` are authorization
    codes that are good once.

    `window_requests` in `window_s` per token, None for no limit. Where `family_dies`, a refresh token that is used a
    second time ends the pair that took its place too, which is the harshest reading of section 2. `rates` are units of
    a currency for one EUR.
    """

    seed: int = 0
    faults: str = ""
    tokens: tuple[ApiToken, ...] = ()
    clients: Mapping[str, str] = field(default_factory=dict, repr=False)
    codes: tuple[str, ...] = field(default=(), repr=False)
    refresh_tokens: tuple[str, ...] = field(default=(), repr=False)
    access_lifetime_s: int = 86400
    refresh_lifetime_s: int = 90 * 86400
    family_dies: bool = True
    window_requests: int | None = 25
    window_s: float = 5.0
    company: str = "Acme SAS"
    accounts: tuple[LedgerAccountSettings, ...] = ACCOUNTS
    journals: tuple[NamedSettings, ...] = JOURNALS
    category_groups: tuple[NamedSettings, ...] = CATEGORY_GROUPS
    rates: Mapping[str, str] = field(default_factory=lambda: {"EUR": "1.0", "USD": "1.08", "GBP": "0.85"})

    def __post_init__(self) -> None:
        parse_faults(self.faults)
        if self.window_requests is not None and (self.window_requests < 1 or self.window_s <= 0):
            raise SettingsError("a rate limit is at least one request in more than zero seconds")

    def to_json(self) -> str:
        """The settings on one line of JSON, secrets included: for a pipe, never a command line."""
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str | bytes) -> "SimulatorSettings":
        """The settings that `to_json` wrote. Raises `SettingsError`, `FaultSpecError`."""
        document = json.loads(text)
        nested = {
            "tokens": tuple(built(ApiToken, item, scopes=tuple(item["scopes"])) for item in document.get("tokens", ())),
            "accounts": tuple(built(LedgerAccountSettings, item) for item in document.get("accounts", ())),
            "journals": tuple(built(NamedSettings, item) for item in document.get("journals", ())),
            "category_groups": tuple(built(NamedSettings, item) for item in document.get("category_groups", ())),
            "codes": tuple(document.get("codes", ())),
            "refresh_tokens": tuple(document.get("refresh_tokens", ())),
        }
        return built(SimulatorSettings, document, **{key: value for key, value in nested.items() if key in document})
