"""The demo's client: one company in GBP with accounts of both kinds, a till customer, a fees supplier and tax rates.

The ids are ours and open nothing but this simulator; they are those of the codat sheet's example where it has one.
"""

from typing import Final

from ledgerpost.simulators.codat.settings import CompanySettings, Option, SimulatorSettings

DEMO_COMPANY: Final = "3f1c9e7a-0a3b-4c8d-9e2f-51a6b7c8d901"
DEMO_CONNECTION: Final = "8d2b6f10-6b1d-4e5a-8f3c-72d9e0a1b402"
DEMO_API_KEY: Final = "demo-key-opens-only-the-simulator"


def demo_settings() -> SimulatorSettings:
    """One client with one company and one key."""
    company = CompanySettings(
        id=DEMO_COMPANY,
        name="Acme",
        connection=DEMO_CONNECTION,
        commerce_connection="d0c1a2b3-0000-4000-8000-000000000001",
        accounts=(
            _account("a1", "Sales", "4000"),
            _account("a2", "Gratuities", "4100"),
            _account("a3", "Refunds", "4200"),
            _account("a4", "Rounding", "7900"),
            _account("e1", "Payment fees", "6000"),
            _account("e2", "Returned payment fees", "6010"),
            _account("2200", "VAT", "2200"),
            _account("1100", "Receivables", "1100"),
            _account("x1", "Closed account", "9999", active=False),
            _account("b1", "Cash in hand", "1200", "bank"),
            _account("b2", "Card clearing", "1210", "bank"),
        ),
        customers=(Option("c1", "Till sales"),),
        suppliers=(Option("s1", "Card services"),),
        tax_rates=(
            Option("t1", "VAT 20", rate="20"),
            Option("t2", "VAT 17.5", rate="17.5"),
            Option("t0", "No VAT", rate="0"),
        ),
    )
    return SimulatorSettings(companies=(company,), api_keys=(DEMO_API_KEY,))


def _account(
    account_id: str, name: str, nominal_code: str, classification: str = "nominal", *, active: bool = True
) -> Option:
    return Option(account_id, name, classification, nominal_code, active=active)
