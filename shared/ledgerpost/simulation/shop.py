"""The shop of a history: its company, its records as the bus gets them, and what each is worth in the books.

`worth` is written from what a sale, a refund and a fee are, and not from the code that is under test.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from ledgerpost.domain.closing import CompanyKey
from ledgerpost.domain.company import Company
from ledgerpost.simulation.plan import Step
from ledgerpost.wire.company import read_company

COMPANY = "3f1c5b8e-2a54-4f0e-9a6b-0d7f1f3f2f10"
"""Both tenants name their company alike."""

FIRST_DAY = "2023-11-13"
ZONE = "Europe/Paris"
ACCOUNT = "7d5f"
_REFUNDED = Decimal("3.10")
_CURRENCIES = ("GBP", "EUR", "JPY")


@dataclass(frozen=True, slots=True)
class Sale:
    """A version of a commerce record, as the shop approved it."""

    step: Step

    @property
    def record(self) -> str:
        """What the store keeps it under, apart from the kind of record."""
        return self.step.reference

    @property
    def is_fee(self) -> bool:
        """Whether it is a fee of a payment provider, and no order."""
        return self.step.reference.startswith("f")

    @property
    def currency(self) -> str:
        """The currency, the same for all versions of a record."""
        return _CURRENCIES[int(self.step.reference[1:]) % len(_CURRENCIES)]

    @property
    def amount(self) -> Decimal:
        """What the shop wrote on it."""
        amount = Decimal(self.step.total)
        return amount.quantize(Decimal(1)) if self.currency == "JPY" else amount

    @property
    def worth(self) -> Decimal:
        """What it must add to the books: an order its total, a refund being negative; a fee is money out."""
        return -self.amount if self.is_fee else self.amount

    @property
    def created(self) -> datetime:
        """When the record came about, by this version."""
        return datetime.fromisoformat(self.step.approved_at)

    @property
    def modified(self) -> datetime:
        """When its source changed it last: what versions are ordered by."""
        return self.created + timedelta(minutes=self.step.revision)

    def entry(self) -> Mapping[str, Any]:
        """Give its entry for the bus."""
        modified = self.modified
        entity = {
            "companyId": COMPANY,
            "id": self.step.reference,
            "createdDate": self.step.approved_at,
            "sourceModifiedDate": modified.isoformat(),
            "totalAmount": f"{self.amount:f}",
            **({"type": "PaymentFee"} if self.is_fee else self._order()),
        }
        detail = {
            "schemaVersion": "1",
            "tenantId": self.step.tenant,
            "approvedAt": modified.isoformat(),
            "currency": self.currency,
            "entity": entity,
        }
        return {
            "Source": "shop",
            "DetailType": "CommerceTransactionApproved" if self.is_fee else "CommerceOrderApproved",
            "EventBusName": "ledgerpost",
            "Time": self.step.approved_at,
            "Detail": json.dumps(detail),
        }

    def _order(self) -> dict[str, Any]:
        """An order's lines; each later version has something given back, and each is sold at one of two places."""
        back = self._rounded(_REFUNDED) if self.step.revision > 1 and self.amount > 0 else Decimal(0)
        lines = [_line(self.amount + back), *([_line(-back)] if back else [])]
        return {"orderLineItems": lines, "locationRef": {"id": f"place-{int(self.step.reference[1:]) % 2}"}}

    def _rounded(self, amount: Decimal) -> Decimal:
        return amount.quantize(Decimal(1)) if self.currency == "JPY" else amount


def _line(total: Decimal) -> dict[str, Any]:
    side = 1 if total >= 0 else -1
    # Tax is what the source charged: a whole unit, so that every currency has it.
    rate, tax = (20, side) if abs(total) > 2 else (0, 0)
    return {"quantity": side, "totalAmount": f"{total:f}", "totalTaxAmount": tax, "taxPercentage": rate}


def key_of(tenant: str) -> CompanyKey:
    """Give what the tenant's company is kept under."""
    company = company_of(tenant)
    return CompanyKey(company.extras.tenant, company.id)


@cache
def company_of(tenant: str) -> Company:
    """Give the tenant's company: its documents are entries of one account, a document for each place."""
    text = json.dumps(
        {
            "companyId": COMPANY,
            "accountingSoftwareCompanyName": "Acme",
            "enabled": True,
            "schedule": {
                "selectedFrequency": "Daily",
                "frequencyOptions": ["Daily"],
                "startDate": f"{FIRST_DAY}T00:00:00",
                "syncHourUtc": 0,
            },
            "configuration": {"sales": _sales(), "payments": _payments(), "fees": _fees()},
            "ledgerpost": {
                "tenant": tenant,
                "timeZone": ZONE,
                "connection": "main",
                "account": ACCOUNT,
                "roundingAccount": "1",
                "entries": True,
            },
        }
    )
    return read_company(text).company


def _account() -> dict[str, Any]:
    options = [{"id": "1", "name": "One", "classification": "nominal"}]
    return {"selectedAccountId": "1", "accountOptions": options}


def _sales() -> dict[str, Any]:
    rate = {"selectedTaxRateId": "t", "taxRateOptions": [{"id": "t", "name": "Tax"}]}
    return {
        "syncSales": True,
        "accounts": {"sales": _account(), "refund": _account()},
        "invoiceStatus": {"selectedInvoiceStatus": "Submitted", "invoiceStatusOptions": ["Submitted"]},
        "salesCustomer": {"selectedCustomerId": "c", "customerOptions": [{"id": "c", "name": "Till"}]},
        "taxRates": {"20": rate, "0": rate},
        "grouping": {
            "groupingPeriod": {"selectedGroupingPeriod": "daily", "groupingPeriodOptions": ["daily"]},
            "groupingLevels": {
                "invoiceLevel": {"selectedGroupByOptions": ["location"], "groupByOptions": ["location"]},
                "invoiceLineLevel": {"selectedGroupByOptions": [], "groupByOptions": ["location"]},
            },
        },
    }


def _payments() -> dict[str, Any]:
    bank = [{"id": "2", "name": "Two", "classification": "bank"}]
    return {"syncPayments": True, "accounts": {"cash": {"selectedAccountId": "2", "accountOptions": bank}}}


def _fees() -> dict[str, Any]:
    supplier = {"selectedSupplierId": "s", "supplierOptions": [{"id": "s", "name": "Provider"}]}
    return {"syncFees": True, "accounts": {"paymentFee": _account()}, "feesSupplier": supplier}
