"""The entities of the endpoint Default: which fields, linked objects and detail rows each has, and its keys.

Source: reference/acumatica.md §5, §7 and §8 (the names of the contract 24.200.001). What is not named here is a field
that the endpoint does not have: a sent one is dropped without a word (§11).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class Kind(StrEnum):
    """What a field's value is."""

    TEXT = "text"
    DECIMAL = "decimal"
    WHOLE = "whole"
    BOOLEAN = "boolean"
    DATE = "date"


@dataclass(frozen=True, slots=True)
class Schema:
    """One entity, linked object or detail row. Sent values of `computed` fields are ignored."""

    name: str
    fields: Mapping[str, Kind]
    objects: Mapping[str, "Schema"] = field(default_factory=dict)
    rows: Mapping[str, "Schema"] = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    computed: frozenset[str] = frozenset()

    def knows(self, name: str) -> bool:
        """Whether there is a field, an object or a list of rows of that name."""
        return name in self.fields or name in self.objects or name in self.rows


def _fields(**kinds: str) -> Mapping[str, Kind]:
    """Fields from one text of names per kind."""
    return MappingProxyType({name: Kind(kind) for kind, names in kinds.items() for name in names.split()})


ADDRESS: Final = Schema(
    "Address", _fields(text="AddressLine1 AddressLine2 City Country PostalCode State", boolean="Validated")
)
ORDER_CONTACT: Final = Schema("DocContact", _fields(text="Attention BusinessName Email Phone1"))
MAIN_CONTACT: Final = Schema(
    "Contact",
    _fields(text="Attention CompanyName DisplayName Email FirstName LastName Phone1"),
    objects={"Address": ADDRESS},
)

ORDER_LINE: Final = Schema(
    "SalesOrderDetail",
    _fields(
        text="InventoryID UOM WarehouseID TaxCategory LineDescription ExternalRef Branch",
        decimal="OrderQty UnitPrice DiscountedUnitPrice ExtendedPrice Amount DiscountAmount OpenQty QtyOnShipments",
        whole="LineNbr",
        boolean="ManualPrice FreeItem",
    ),
    computed=frozenset({"Amount", "OpenQty", "QtyOnShipments", "LineNbr"}),
)
ORDER_PAYMENT: Final = Schema(
    "SalesOrderPayment",
    _fields(
        text="DocType ReferenceNbr PaymentMethod PaymentRef CashAccount ExternalRef OrigTransactionNbr Status Currency",
        decimal="PaymentAmount AppliedToOrder Balance",
        date="ApplicationDate",
        boolean="Hold Capture Authorize Refund",
    ),
    computed=frozenset({"Balance", "Status", "ReferenceNbr"}),
)
ORDER_TAX: Final = Schema(
    "TaxDetail",
    _fields(text="TaxID CustomerTaxZone", decimal="TaxableAmount TaxAmount TaxRate", whole="RecordID LineNbr"),
    computed=frozenset({"RecordID", "LineNbr"}),
)
ORDER_SHIPMENT: Final = Schema(
    "SalesOrderShipment",
    _fields(text="ShipmentNbr ShipmentType InvoiceNbr Status", decimal="ShippedQty", date="ShipmentDate"),
    computed=frozenset({"ShipmentNbr", "ShipmentType", "InvoiceNbr", "Status", "ShippedQty", "ShipmentDate"}),
)
SALES_ORDER: Final = Schema(
    "SalesOrder",
    _fields(
        text="OrderType OrderNbr CustomerID Status Description CustomerOrder ExternalRef LocationID CurrencyID"
        " TaxCalcMode PaymentMethod PaymentRef Branch Project NoteID ExternalOrderOrigin ExternalOrderSource",
        decimal="OrderTotal TaxTotal ControlTotal OrderedQty",
        date="Date RequestedOn CreatedDate LastModified",
        boolean="Hold IsTaxValid DisableAutomaticTaxCalculation DisableAutomaticDiscountUpdate Approved CreditHold"
        " BillToAddressOverride BillToContactOverride ShipToAddressOverride ShipToContactOverride",
    ),
    objects={
        "BillToAddress": ADDRESS,
        "ShipToAddress": ADDRESS,
        "BillToContact": ORDER_CONTACT,
        "ShipToContact": ORDER_CONTACT,
        "FinancialSettings": Schema(
            "FinancialSettings", _fields(text="Terms CustomerTaxZone Branch", boolean="OverrideTaxZone")
        ),
        "Totals": Schema(
            "Totals",
            _fields(
                decimal="LineTotalAmount TaxTotal Freight PremiumFreight DiscountTotal UnpaidBalance",
                boolean="OverrideFreightAmount",
            ),
            computed=frozenset({"LineTotalAmount", "TaxTotal", "DiscountTotal", "UnpaidBalance"}),
        ),
    },
    rows={
        "Details": ORDER_LINE,
        "Payments": ORDER_PAYMENT,
        "TaxDetails": ORDER_TAX,
        "Shipments": ORDER_SHIPMENT,
    },
    keys=("OrderType", "OrderNbr"),
    computed=frozenset(
        {"Status", "OrderTotal", "TaxTotal", "OrderedQty", "CreatedDate", "LastModified", "Approved", "CreditHold"}
    ),
)

CUSTOMER: Final = Schema(
    "Customer",
    _fields(
        text="CustomerID CustomerName CustomerClass AccountRef Email Terms TaxZone CurrencyID Status",
        boolean="IsGuestCustomer",
        date="CreatedDateTime LastModifiedDateTime",
    ),
    objects={"MainContact": MAIN_CONTACT, "BillingContact": MAIN_CONTACT, "PrimaryContact": MAIN_CONTACT},
    keys=("CustomerID",),
    computed=frozenset({"CreatedDateTime", "LastModifiedDateTime"}),
)
STOCK_ITEM: Final = Schema(
    "StockItem",
    _fields(
        text="InventoryID Description ItemStatus ItemClass TaxCategory BaseUOM SalesUOM DefaultWarehouseID",
        decimal="DefaultPrice",
    ),
    keys=("InventoryID",),
)
TAX_ZONE: Final = Schema(
    "TaxZone",
    _fields(text="TaxZoneID Description"),
    rows={"ApplicableTaxes": Schema("TaxZoneApplicableTaxDetail", _fields(text="TaxID"))},
    keys=("TaxZoneID",),
)
TAX: Final = Schema(
    "Tax",
    _fields(text="TaxID Description TaxType"),
    rows={"Zones": Schema("TaxZoneDetail", _fields(text="TaxZoneID"))},
    keys=("TaxID",),
)
SHIPMENT: Final = Schema(
    "Shipment",
    _fields(
        text="ShipmentNbr Type CustomerID WarehouseID Operation Status LocationID Description",
        decimal="ShippedQty ControlQty",
        whole="PackageCount",
        date="ShipmentDate CreatedDateTime LastModifiedDateTime",
        boolean="Hold Picked",
    ),
    rows={
        "Details": Schema(
            "ShipmentDetail",
            _fields(
                text="OrderType OrderNbr InventoryID WarehouseID UOM",
                whole="OrderLineNbr LineNbr",
                decimal="ShippedQty OrderedQty",
            ),
            computed=frozenset({"LineNbr", "OrderedQty", "InventoryID"}),
        ),
        "Packages": Schema(
            "ShipmentPackage",
            _fields(text="BoxID TrackingNbr Type Description CustomRefNbr1", decimal="DeclaredValue Weight"),
            rows={
                "PackageContents": Schema(
                    "ShipmentPackageDetail",
                    _fields(
                        text="InventoryID OrigOrderType OrigOrderNbr UOM",
                        decimal="Quantity",
                        whole="ShipmentSplitLineNbr",
                    ),
                )
            },
        ),
    },
    keys=("ShipmentNbr",),
    computed=frozenset({"Status", "ShippedQty", "PackageCount", "CreatedDateTime", "LastModifiedDateTime"}),
)

ENTITIES: Final[Mapping[str, Schema]] = MappingProxyType(
    {schema.name: schema for schema in (SALES_ORDER, CUSTOMER, STOCK_ITEM, TAX_ZONE, TAX, SHIPMENT)}
)
WRITABLE: Final = frozenset({"SalesOrder", "Customer", "Shipment", "StockItem"})
