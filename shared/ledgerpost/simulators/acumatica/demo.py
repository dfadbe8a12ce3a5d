"""The demo's tenant: what the order mapping of seed 004 names is there, so that its defaults work.

Source: seed 004, "Setup Requirements"; the ids of the user, the client and the secrets are ours and open nothing but
this simulator.
"""

from typing import Final

from ledgerpost.simulators.acumatica.settings import Customer, SimulatorSettings, StockItem, Tax, Terms

DEMO_TENANT: Final = "Company"
DEMO_USER: Final = "ledgerpost"
DEMO_USER_KEY: Final = "demo-user-key-opens-only-the-simulator"
DEMO_CLIENT_ID: Final = "4b9d7c1e-55aa-4c02-9c0e-2d7a6f0e0001@Company"
DEMO_CLIENT_KEY: Final = "demo-client-key-opens-only-the-simulator"


def demo_settings() -> SimulatorSettings:
    """One tenant in USD: stock items, two customers, tax zones, terms of one and of three instalments, warehouses."""
    return SimulatorSettings(
        tenant=DEMO_TENANT,
        user=DEMO_USER,
        password=DEMO_USER_KEY,
        client_id=DEMO_CLIENT_ID,
        client_secret=DEMO_CLIENT_KEY,
        stock_items=tuple(
            StockItem(id=sku, description=f"Item {sku}", price=price)
            for sku, price in (("SKU1", "10.00"), ("SKU2", "4.50"), ("SKU3", "120.00"), ("AALEGO500", "25.00"))
        ),
        customers=(
            Customer(id="ABCSTUDIOS", name="ABC Studios Inc", email="billing@abcstudios.example"),
            Customer(id="C000001", name="Ann Bell", email="ann@example.com"),
        ),
        taxes=(Tax("NYSALES", "8", ("NYSTATE",)), Tax("CASALES", "7.25", ("CASTATE",))),
        tax_zones=("NYSTATE", "CASTATE"),
        terms=(Terms("30D"), Terms("COD"), Terms("3X30", installments=3)),
        payment_methods=("ONLINE", "CHECK"),
        warehouses=("MAIN", "EAST"),
        boxes=("SMALL", "LARGE"),
    )
