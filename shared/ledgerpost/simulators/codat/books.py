"""The books of one company's accounting software: what has landed, and the pushes that are under way."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ledgerpost.simulators.codat.accounting_rules import Known, rule_violations
from ledgerpost.simulators.codat.push import PushOperation, Status
from ledgerpost.simulators.codat.settings import CompanySettings, Option

_LINKED = {"Invoice": "invoices", "CreditNote": "creditNotes", "Payment": "payments"}
"""The type of a payment's link → the data type it leads to."""


_ON_ACCOUNT = ("PaymentOnAccount", "Refund")
"""Links that lead to the customer."""


@dataclass(frozen=True, slots=True)
class Landed:
    """A document in the books; `late` where its operation had timed out before."""

    data_type: str
    reference: str | None
    document: Mapping[str, Any]
    landed_at: datetime
    late: bool


class Books:
    """One company. Each call is whole before the next: the simulator lives in one thread."""

    def __init__(self, settings: CompanySettings, *, new_id: Callable[[], str]) -> None:
        self._settings = settings
        self._new_id = new_id
        self.operations: dict[str, PushOperation] = {}
        self.landed: list[Landed] = []
        self._open: list[PushOperation] = []
        self.options: dict[str, dict[str, Option]] = {}
        self.clear()

    def clear(self) -> None:
        """Forget every push and document; what was configured comes back as it was."""
        self.operations.clear()
        self.landed.clear()
        self._open.clear()
        settings = self._settings
        for name in ("accounts", "customers", "suppliers", "tax_rates"):
            self.options[name] = {option.id: option for option in getattr(settings, name)}

    def take(self, operation: PushOperation) -> None:
        """Take a push; its processing follows with the clock."""
        operation.expire()
        self.operations[operation.key] = operation
        self._open.append(operation)

    def bring_forward(self, now: datetime) -> None:
        """Process what is due: in the order of the instants, so a payment finds the invoice that landed before it."""
        due = sorted((o for o in self._open if _next_at(o) <= now), key=_next_at)
        for operation in due:
            if operation.lands_at is not None:
                self._land(operation)
        self._open = [operation for operation in self._open if _next_at(operation) > now]

    def documents(self, data_type: str) -> list[Landed]:
        """What has landed of a data type, oldest first."""
        return [landed for landed in self.landed if landed.data_type == data_type]

    def duplicates(self) -> int:
        """The number of (data type, reference) with more than one document."""
        count = Counter((landed.data_type, landed.reference) for landed in self.landed if landed.reference is not None)
        return sum(number > 1 for number in count.values())

    def endings(self, now: datetime) -> Counter[Status]:
        """How many operations stand how."""
        return Counter(operation.status(now) for operation in self.operations.values())

    def as_json(self) -> Iterator[dict[str, Any]]:
        """Every document, with what the tests want to know of it."""
        for landed in self.landed:
            yield {
                "companyId": self._settings.id,
                "dataType": landed.data_type,
                "reference": landed.reference,
                "late": landed.late,
                "document": dict(landed.document),
            }

    def _land(self, operation: PushOperation) -> None:
        name = operation.data_type.name
        violations = rule_violations(name, operation.data, self._known())
        if violations:
            operation.fail(violations)
            return
        assert operation.lands_at is not None
        operation.document = {**operation.data, "id": self._new_id()}
        late = operation.ending is Status.TIMED_OUT
        reference = operation.data_type.reference_of(operation.data)
        self.landed.append(Landed(name, reference, operation.document, operation.lands_at, late))
        self._open_option(name, operation.document)

    def _open_option(self, name: str, document: Mapping[str, Any]) -> None:
        """A customer or account that was pushed can be used from then on."""
        if name == "customers":
            self.options["customers"][document["id"]] = Option(document["id"], document["customerName"])
        elif name == "accounts":
            account = Option(document["id"], document["name"], "nominal", document.get("nominalCode"))
            self.options["accounts"][document["id"]] = account

    def _known(self) -> Known:
        documents = {
            link: frozenset(str(landed.document["id"]) for landed in self.documents(name))
            for link, name in _LINKED.items()
        }
        documents |= dict.fromkeys(_ON_ACCOUNT, frozenset(self.options["customers"]))
        return Known(**self.options, documents=documents, currency=self._settings.currency)


def _next_at(operation: PushOperation) -> datetime:
    """The instant of the next thing that happens to an operation."""
    return operation.ends_at if operation.lands_at is None else operation.lands_at
