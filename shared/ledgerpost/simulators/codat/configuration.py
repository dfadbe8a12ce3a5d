"""The configuration of a company: what may be selected, what is, and the rules between them.

Source: seed 003 (names, read-only properties, options); codat sheet, sections 2 and 8. The properties that a caller may
not write are passed over. Ours: the wording of the refusals, and that a body may name only what it changes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from ledgerpost.simulators.codat.problems import Violation, bad_request
from ledgerpost.simulators.codat.settings import CompanySettings, Option

ACCOUNT_TYPES: Final[Mapping[str, tuple[str, ...]]] = {
    "sales": ("sales", "gratuity", "refund"),
    "payments": (
        "cash", "card", "invoice", "onlineCard", "swish", "vipps", "mobile", "storeCredit", "paypal", "custom", "loan",
        "cashback", "prePaid", "payout",
    ),
    "fees": ("paymentFee", "paymentFeeRefund", "loanFee"),
}  # fmt: skip
"""Section → account types. Source: seed 003; `payout` is of Codat's documentation."""

FREQUENCIES: Final = ("Daily", "Monthly")
INVOICE_STATUSES: Final = ("Submitted", "Draft")
GROUPING_PERIODS: Final = ("daily",)
GROUP_BY: Final[Mapping[str, tuple[str, ...]]] = {"invoiceLevel": ("location",), "invoiceLineLevel": ("product",)}
_SWITCHES: Final = {"sales": "syncSales", "payments": "syncPayments", "fees": "syncFees"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What was selected. `accounts` is account type → account id; `tax_rates` the rate as plain decimal text → id."""

    enabled: bool = False
    frequency: str = "Daily"
    start_date: str = ""
    sync_hour: int = 0
    switches: Mapping[str, bool] = field(default_factory=lambda: dict.fromkeys(_SWITCHES, False))
    accounts: Mapping[str, str] = field(default_factory=dict)
    invoice_status: str = "Submitted"
    customer: str | None = None
    supplier: str | None = None
    tax_rates: Mapping[str, str] = field(default_factory=dict)
    grouping_period: str = "daily"
    group_by: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: dict.fromkeys(GROUP_BY, ()))


class Configuration:
    """The configuration of one company. `options` are the accounting software's own, by name and id."""

    def __init__(self, settings: CompanySettings, options: Mapping[str, Mapping[str, Option]]) -> None:
        self._settings = settings
        self._options = options
        self.selection = Selection(start_date=settings.start_date)
        self.configured = False

    def update(self, body: object) -> None:
        """Take what the body selects, all of it or nothing. Raises 400 with every rule that it breaks."""
        if not isinstance(body, dict):
            raise bad_request("The body must be an object")
        try:
            wanted = _read(body, self.selection)
        except (TypeError, ValueError, AttributeError, InvalidOperation) as error:
            raise bad_request(f"The configuration cannot be read: {error}") from None
        found = [*self._of_schedule(wanted), *self.violations(wanted)]
        if found:
            raise bad_request("The configuration is not valid", found)
        self.selection = wanted
        self.configured = True

    def disable(self) -> None:
        """Switch the synchronisation off, as after 31 failing days."""
        self.selection = replace(self.selection, enabled=False)

    def violations(self, of: Selection | None = None) -> list[Violation]:
        """The rules that a selection breaks, today's where none is given: options may have gone since."""
        wanted = of or self.selection
        return [*self._of_connections(), *_of_switches(wanted), *self._of_sales(wanted), *self._of_accounts(wanted)]

    def _of_connections(self) -> Iterator[Violation]:
        if self._settings.commerce_connection is None or not self._settings.active:
            yield Violation("companyId", "Exactly two linked connections are needed", "Connections")

    def _of_schedule(self, wanted: Selection) -> Iterator[Violation]:
        if wanted.frequency not in FREQUENCIES:
            yield Violation("schedule.selectedFrequency", "is not one of the options", "Options")
        if not 0 <= wanted.sync_hour <= 23:
            yield Violation("schedule.syncHourUtc", "is an hour of the day, 0 to 23", "SyncHour")
        if datetime.fromisoformat(wanted.start_date) < datetime.fromisoformat(self.selection.start_date):
            yield Violation("schedule.startDate", "The start date can't be backdated", "StartDate")

    def _of_sales(self, wanted: Selection) -> Iterator[Violation]:
        at = "configuration.sales."
        if wanted.switches["sales"] and wanted.customer is None:
            yield Violation(f"{at}salesCustomer", "Sales customer is missing", "SalesCustomer")
        for path, selected, options in (
            (f"{at}salesCustomer.selectedCustomerId", wanted.customer, self._options["customers"]),
            (f"{at}invoiceStatus.selectedInvoiceStatus", wanted.invoice_status, INVOICE_STATUSES),
            (f"{at}grouping.groupingPeriod.selectedGroupingPeriod", wanted.grouping_period, GROUPING_PERIODS),
            ("configuration.fees.feesSupplier.selectedSupplierId", wanted.supplier, self._options["suppliers"]),
        ):
            if selected is not None and selected not in options:
                yield Violation(path, "is not one of the options", "Options")
        for rate, selected_id in wanted.tax_rates.items():
            if selected_id not in self._options["tax_rates"]:
                yield Violation(f"{at}taxRates.{rate}.selectedTaxRateId", "is not one of the options", "Options")
        for level, names in wanted.group_by.items():
            if not set(names) <= set(GROUP_BY[level]):
                yield Violation(f"{at}grouping.groupingLevels.{level}", "is not one of the options", "Options")

    def _of_accounts(self, wanted: Selection) -> Iterator[Violation]:
        for kind, account_id in wanted.accounts.items():
            account = self._options["accounts"].get(account_id)
            if account is None:
                yield Violation(f"accounts.{kind}.selectedAccountId", "is not one of the options", "Options")
            elif not account.active:
                yield Violation(f"accounts.{kind}.selectedAccountId", "Account is not active", "AccountActive")
        selected = {kind: wanted.accounts.get(kind) for kind in ACCOUNT_TYPES["payments"]}
        pre_paid = selected.pop("prePaid")
        if pre_paid is not None and pre_paid in selected.values():
            yield Violation("accounts.prePaid", "Pre-paid account must differ from payment accounts", "PrePaidAccount")
        if selected["card"] is not None and selected["card"] == selected["payout"]:
            yield Violation("accounts.card", "Card account must differ from payout account", "PayoutAccount")

    def document(self) -> dict[str, Any]:
        """The configuration as the API answers it. Source: codat sheet, section 2."""
        chosen = self.selection
        return {
            "companyId": self._settings.id,
            "accountingSoftwareCompanyName": self._settings.name,
            "enabled": chosen.enabled,
            "configured": self.configured,
            "schedule": {
                "selectedFrequency": chosen.frequency,
                "frequencyOptions": list(FREQUENCIES),
                "startDate": chosen.start_date,
                "syncHourUtc": chosen.sync_hour,
                "timeZone": self._settings.time_zone,
            },
            "configuration": {
                "sales": self._sales(chosen),
                "payments": self._section("payments"),
                "fees": {**self._section("fees"), "feesSupplier": self._supplier(chosen)},
            },
        }

    def _section(self, section: str) -> dict[str, Any]:
        accounts = [option.document() for option in self._options["accounts"].values() if option.active]
        return {
            _SWITCHES[section]: self.selection.switches[section],
            "accounts": {
                kind: {
                    "labelText": kind,
                    "descriptionText": f"Account that {kind} is pushed to",
                    "selectedAccountId": self.selection.accounts.get(kind),
                    "accountOptions": accounts,
                }
                for kind in ACCOUNT_TYPES[section]
            },
        }

    def _sales(self, chosen: Selection) -> dict[str, Any]:
        rates = [option.document() for option in self._options["tax_rates"].values()]
        levels = {
            level: {"selectedGroupByOptions": list(chosen.group_by[level]), "groupByOptions": list(options)}
            for level, options in GROUP_BY.items()
        }
        return {
            **self._section("sales"),
            "invoiceStatus": {
                "selectedInvoiceStatus": chosen.invoice_status,
                "invoiceStatusOptions": list(INVOICE_STATUSES),
            },
            "salesCustomer": {
                "selectedCustomerId": chosen.customer,
                "customerOptions": [option.document() for option in self._options["customers"].values()],
            },
            "taxRates": {
                rate: {"selectedTaxRateId": selected, "taxRateOptions": rates}
                for rate, selected in chosen.tax_rates.items()
            },
            "grouping": {
                "groupingPeriod": {
                    "selectedGroupingPeriod": chosen.grouping_period,
                    "groupingPeriodOptions": list(GROUPING_PERIODS),
                },
                "groupingLevels": levels,
            },
        }

    def _supplier(self, chosen: Selection) -> dict[str, Any]:
        options = [option.document() for option in self._options["suppliers"].values()]
        return {"selectedSupplierId": chosen.supplier, "supplierOptions": options}


def plain_rate(text: object) -> str:
    """A tax rate as plain decimal text without zeros at its end: "17.50" is "17.5". Source: codat sheet, section 2."""
    return f"{Decimal(str(text)).normalize():f}"


def _of_switches(wanted: Selection) -> Iterator[Violation]:
    if wanted.switches["payments"] and not wanted.switches["sales"]:
        yield Violation("configuration.payments.syncPayments", "Payments need sales to be synced", "PaymentsNeedSales")
    if wanted.switches["fees"] and not wanted.switches["payments"]:
        yield Violation("configuration.fees.syncFees", "Fees need payments to be synced", "FeesNeedPayments")
    if wanted.switches["payments"] and wanted.invoice_status == "Draft":
        message = "Payments are not allowed when the invoice status is Draft"
        yield Violation("configuration.sales.invoiceStatus", message, "DraftWithPayments")


def _read(body: Mapping[str, Any], before: Selection) -> Selection:
    """What the body selects, over what was selected before. Raises what reading a wrong value raises."""
    schedule = body.get("schedule") or {}
    content = body.get("configuration") or {}
    sales, fees = content.get("sales") or {}, content.get("fees") or {}
    grouping = sales.get("grouping") or {}
    start = str(schedule.get("startDate", before.start_date))
    return replace(
        before,
        enabled=_typed(body, "enabled", bool, before.enabled),
        frequency=_typed(schedule, "selectedFrequency", str, before.frequency),
        start_date=datetime.fromisoformat(start).replace(tzinfo=None).isoformat(),
        sync_hour=_typed(schedule, "syncHourUtc", int, before.sync_hour),
        switches={
            section: _typed(content.get(section) or {}, switch, bool, before.switches[section])
            for section, switch in _SWITCHES.items()
        },
        accounts=_accounts(content, before.accounts),
        invoice_status=_selected(sales, "invoiceStatus", "selectedInvoiceStatus", before.invoice_status),
        customer=_selected(sales, "salesCustomer", "selectedCustomerId", before.customer),
        supplier=_selected(fees, "feesSupplier", "selectedSupplierId", before.supplier),
        tax_rates=_tax_rates(sales, before.tax_rates),
        grouping_period=_selected(grouping, "groupingPeriod", "selectedGroupingPeriod", before.grouping_period),
        group_by=_group_by(grouping.get("groupingLevels") or {}, before.group_by),
    )


def _typed(holder: Mapping[str, Any], name: str, kind: type[Any], before: Any) -> Any:
    value = holder.get(name, before)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise TypeError(f"{name} must be {kind.__name__}")
    return value


def _selected(holder: Mapping[str, Any], name: str, selected: str, before: Any) -> Any:
    inner = holder.get(name)
    return before if inner is None else inner.get(selected, before)


def _accounts(content: Mapping[str, Any], before: Mapping[str, str]) -> Mapping[str, str]:
    accounts = dict(before)
    for section, kinds in ACCOUNT_TYPES.items():
        sent = (content.get(section) or {}).get("accounts") or {}
        for kind, account in sent.items():
            if kind not in kinds:
                raise ValueError(f"{section} has no account type {kind}")
            if account.get("selectedAccountId") is not None:
                accounts[kind] = account["selectedAccountId"]
    return accounts


def _tax_rates(sales: Mapping[str, Any], before: Mapping[str, str]) -> Mapping[str, str]:
    sent = sales.get("taxRates") or {}
    return {**before, **{plain_rate(rate): str(chosen["selectedTaxRateId"]) for rate, chosen in sent.items()}}


def _group_by(levels: Mapping[str, Any], before: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
    return {level: tuple((levels.get(level) or {}).get("selectedGroupByOptions", before[level])) for level in GROUP_BY}
