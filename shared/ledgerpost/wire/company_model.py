"""The company's configuration as a document: the seed's names, strict, every key described. Source: seed 003."""

from datetime import date, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from ledgerpost.domain.company import AccountType, Classification, Output


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ValueError, OSError, KeyError):
        raise PydanticCustomError("zone", "a time zone of the IANA database, such as Europe/London") from None
    return value


def _written(value: Any) -> Any:
    """Give a date or an instant of YAML as the text that it was."""
    return value.isoformat() if isinstance(value, date) else value


def _start(value: str) -> str:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("start", "an ISO 8601 date, or date and time") from None
    return value


def _account_type(value: str) -> str:
    if value not in set(AccountType):
        known = ", ".join(AccountType)
        raise PydanticCustomError("account_type", "an account type: {known}", {"known": known})
    return value


def _classification(value: str) -> str:
    if value not in set(Classification):
        raise PydanticCustomError("classification", "nominal or bank")
    return value


def _output(value: str) -> str:
    if value not in set(Output):
        raise PydanticCustomError("output", "JournalEntry or Invoices")
    return value


Text = Annotated[str, Field(min_length=1, max_length=200)]
Label = Annotated[str, Field(max_length=1000)]
Zone = Annotated[str, AfterValidator(_zone)]
AccountKey = Annotated[str, AfterValidator(_account_type)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True, populate_by_name=False)


class OptionDocument(_Strict):
    """One thing of the ledger that may be chosen."""

    id: Text
    name: Label = ""
    classification: Annotated[str, AfterValidator(_classification)] | None = None
    nominal_code: Label | None = Field(default=None, alias="nominalCode")
    active: bool = True


class AccountDocument(_Strict):
    """The account for one account type."""

    label_text: Label = Field(default="", alias="labelText")
    description_text: Label = Field(default="", alias="descriptionText")
    selected: Text | None = Field(default=None, alias="selectedAccountId")
    required: bool = False
    options: list[OptionDocument] = Field(default=[], alias="accountOptions")


class InvoiceStatusDocument(_Strict):
    """The status that invoices are raised as."""

    selected: Text = Field(alias="selectedInvoiceStatus")
    options: list[Text] = Field(default=[], alias="invoiceStatusOptions")


class CustomerDocument(_Strict):
    """The customer that invoices are raised against."""

    selected: Text | None = Field(default=None, alias="selectedCustomerId")
    options: list[OptionDocument] = Field(default=[], alias="customerOptions")


class SupplierDocument(_Strict):
    """The supplier of the fees' bills."""

    selected: Text | None = Field(default=None, alias="selectedSupplierId")
    options: list[OptionDocument] = Field(default=[], alias="supplierOptions")


class TaxRateDocument(_Strict):
    """The ledger's tax rate for one numeric rate."""

    selected: Text | None = Field(default=None, alias="selectedTaxRateId")
    options: list[OptionDocument] = Field(default=[], alias="taxRateOptions")


class PeriodDocument(_Strict):
    """How often an invoice is made."""

    selected: Text = Field(default="daily", alias="selectedGroupingPeriod")
    options: list[Text] = Field(default=["daily"], alias="groupingPeriodOptions")


class LevelDocument(_Strict):
    """What one level groups by."""

    selected: list[Text] = Field(default=[], alias="selectedGroupByOptions")
    options: list[Text] = Field(default=[], alias="groupByOptions")


class LevelsDocument(_Strict):
    """The two levels of grouping."""

    invoice: LevelDocument = Field(default=LevelDocument(), alias="invoiceLevel")
    line: LevelDocument = Field(default=LevelDocument(), alias="invoiceLineLevel")


class GroupingDocument(_Strict):
    """How sales are grouped."""

    period: PeriodDocument = Field(default=PeriodDocument(), alias="groupingPeriod")
    levels: LevelsDocument = Field(default=LevelsDocument(), alias="groupingLevels")


class SalesDocument(_Strict):
    """The sales section."""

    sync: bool = Field(alias="syncSales")
    accounts: dict[AccountKey, AccountDocument] = {}
    invoice_status: InvoiceStatusDocument = Field(alias="invoiceStatus")
    customer: CustomerDocument = Field(default=CustomerDocument(), alias="salesCustomer")
    tax_rates: dict[str, TaxRateDocument] = Field(default={}, alias="taxRates")
    grouping: GroupingDocument = GroupingDocument()
    new_tax_rates: Any = Field(default=None, alias="newTaxRates")


class PaymentsDocument(_Strict):
    """The payments section."""

    sync: bool = Field(alias="syncPayments")
    accounts: dict[AccountKey, AccountDocument] = {}


class FeesDocument(_Strict):
    """The fees section."""

    sync: bool = Field(alias="syncFees")
    accounts: dict[AccountKey, AccountDocument] = {}
    supplier: SupplierDocument = Field(default=SupplierDocument(), alias="feesSupplier")


class SectionsDocument(_Strict):
    """The three sections; a section that is left out is switched off."""

    sales: SalesDocument
    payments: PaymentsDocument = PaymentsDocument(syncPayments=False)
    fees: FeesDocument = FeesDocument(syncFees=False)
    new_payments: Any = Field(default=None, alias="newPayments")


class ScheduleDocument(_Strict):
    """When days are closed."""

    frequency: Text = Field(alias="selectedFrequency")
    frequency_options: list[Text] = Field(default=[], alias="frequencyOptions")
    start: Annotated[str, BeforeValidator(_written), AfterValidator(_start)] = Field(alias="startDate")
    sync_hour_utc: Annotated[int, Field(ge=0, le=23)] | None = Field(default=None, alias="syncHourUtc")
    sync_hour: Annotated[int, Field(ge=0, le=23)] | None = Field(default=None, alias="syncHour")
    time_zone: Zone | None = Field(default=None, alias="timeZone")


class ExtrasDocument(_Strict):
    """Ledgerpost's own part."""

    tenant: Annotated[str, Field(min_length=1, max_length=64)]
    time_zone: Zone | None = Field(default=None, alias="timeZone")
    connection: Text
    account: Text
    rounding_account: Text | None = Field(default=None, alias="roundingAccount")
    tax_account: Text | None = Field(default=None, alias="taxAccount")
    receivable_account: Text | None = Field(default=None, alias="receivableAccount")
    clearing_account: Text | None = Field(default=None, alias="clearingAccount")
    line_limit: Annotated[int, Field(ge=2, le=900)] = Field(default=500, alias="lineLimit")
    entries: bool = False


class MapSettingsDocument(_Strict):
    """The current OpenAPI's settings of the output."""

    output_format: Annotated[str, AfterValidator(_output)] = Field(default="Invoices", alias="outputFormat")


class CompanyDocument(_Strict):
    """The whole configuration of one company."""

    company_id: Text = Field(alias="companyId")
    company_name: Label = Field(default="", alias="accountingSoftwareCompanyName")
    enabled: bool
    configured: bool | None = None
    country_code: Text | None = Field(default=None, alias="countryCode")
    data_connections: list[Text] | None = Field(default=None, alias="dataConnections")
    schedule: ScheduleDocument
    configuration: SectionsDocument
    map_settings: MapSettingsDocument = Field(default=MapSettingsDocument(), alias="mapSettings")
    ledgerpost: ExtrasDocument
