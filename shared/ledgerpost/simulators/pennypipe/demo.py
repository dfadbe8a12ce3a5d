"""The demo's tenant: two accounts in GBP with the custom fields of the seed's own examples.

Source: seed 000 (mapping examples A and B, patterns 1 to 3) for the field ids; the ids of the accounts, the client and
the tokens are ours and open nothing but this simulator.
"""

from typing import Final

from ledgerpost.simulators.pennypipe.settings import (
    AccountSettings,
    FieldDefinition,
    FieldType,
    PersonalAccessToken,
    SimulatorSettings,
)

DEMO_SALES_ACCOUNT: Final = "7d5f1c9e-0a3b-4c8d-9e2f-51a6b7c8d901"
DEMO_PURCHASING_ACCOUNT: Final = "9c2e4f70-6b1d-4e5a-8f3c-72d9e0a1b402"
DEMO_PAT: Final = "demo-pat-opens-only-the-simulator"
DEMO_ADMIN_PAT: Final = "demo-admin-pat-opens-only-the-simulator"
DEMO_CLIENT_ID: Final = "ledgerpost-demo"
DEMO_CLIENT_KEY: Final = "demo-key-opens-only-the-simulator"


def demo_settings() -> SimulatorSettings:
    """One tenant: accounts Sales and Purchasing, a posting PAT, an admin PAT, and one allow-listed OAuth client."""
    sales = AccountSettings(
        id=DEMO_SALES_ACCOUNT, name="Sales", currency="GBP", fields=_sales_fields(), oauth_clients=(DEMO_CLIENT_ID,)
    )
    purchasing = AccountSettings(
        id=DEMO_PURCHASING_ACCOUNT,
        name="Purchasing",
        currency="GBP",
        fields=_purchasing_fields(),
        oauth_clients=(DEMO_CLIENT_ID,),
    )
    return SimulatorSettings(
        accounts=(sales, purchasing),
        clients={DEMO_CLIENT_ID: DEMO_CLIENT_KEY},
        pats=(PersonalAccessToken(DEMO_PAT), PersonalAccessToken(DEMO_ADMIN_PAT, is_admin=True)),
    )


def _sales_fields() -> tuple[FieldDefinition, ...]:
    return (
        _field("1", "Invoice Ref"),
        _field("2", "Internal Note"),
        _field("3", "Paid Amount", FieldType.NUMBER),
        _field("4", "Bank Account"),
        _field("a1", "Sale Invoice Ref"),
        _field("a2", "Sale Remarks"),
        _field("b1", "Customer Paid Amount", FieldType.NUMBER),
        _field("b2", "Customer Bank Account"),
        _field("b3", "Customer Receipt"),
    )


def _purchasing_fields() -> tuple[FieldDefinition, ...]:
    return (
        _field("5", "Purchase Ref"),
        _field("6", "Purchase Note"),
        _field("7", "Supplier Paid Amount", FieldType.NUMBER),
        _field("8", "Supplier Bank Account"),
        _field("c1", "Supplier Reference"),
        _field("c2", "Supplier Comments"),
        _field("c3", "Supplier Payment", FieldType.NUMBER),
        _field("c4", "Supplier Payment Account"),
    )


def _field(start: str, name: str, kind: FieldType = FieldType.TEXT) -> FieldDefinition:
    """A field with an id as the seed writes them: `1111…` or `a1111111-1111-…`, the last digit repeated."""
    digit = start[-1]
    group = digit * 4
    return FieldDefinition(f"{start}{digit * (8 - len(start))}-{group}-{group}-{group}-{digit * 12}", name, kind)
